"""The image: its file is well formed, all it copies exists, it runs as nobody, and its steps are those of build.sh."""

import re
import shlex
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.unit.deploy.tools import DEPLOY, PROJECT, ROOT, run, tool

DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
INSTRUCTIONS = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in INSTRUCTIONS if line.startswith(f"{name} ")]


def test_hadolint_finds_nothing() -> None:
    done = run(tool("hadolint"), str(DEPLOY / "Dockerfile"))
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_exists_and_is_sent_to_the_builder() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    sent = [line.removeprefix("!") for line in lines if line.startswith("!")]
    copied = [name for line in instructions("COPY") if "--from" not in line for name in line.split()[:-1]]

    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in copied if not any(fnmatch(name, each) for each in sent)] == []


def test_both_stages_have_the_same_python_by_its_whole_version() -> None:
    bases = {line.split()[0] for line in instructions("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases.pop())


def test_it_runs_as_a_numbered_user_and_listens_on_every_address_itself() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert instructions("ENTRYPOINT") == ['["frontdesk"]']
    assert instructions("CMD") == ['["serve", "--host", "0.0.0.0"]']
    everywhere = [
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "integrations")
        for path in (ROOT / folder).rglob("*.py")
        if '"0.0.0.0"' in path.read_text("utf-8")
    ]
    assert everywhere == []


def test_every_step_is_one_that_a_plain_folder_takes_too() -> None:
    steps = [shlex.split(line)[:2] for line in instructions("RUN")]
    assert steps == [["deploy/build.sh", "dependencies"], ["deploy/build.sh", "product"]]
    usage = run("sh", "deploy/build.sh")
    assert (usage.returncode, "deploy/build.sh all FOLDER" in usage.stdout) == (2, True)


def test_it_installs_what_the_product_needs_and_no_test_tool() -> None:
    extras = PROJECT["optional-dependencies"]
    done = run("sh", "deploy/build.sh", "requirements")

    assert done.returncode == 0, done.stderr
    found = set(done.stdout.splitlines())
    wanted = {*PROJECT["dependencies"], *extras["postgres"], *extras["otel"]}
    assert found >= wanted
    assert not found & ({*extras["test"], *extras["deploy"]} - wanted)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_its_health_is_that_of_whoever_runs_in_it(status: int, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Worker(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Worker) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        script = DEPLOY / "healthcheck.py"
        monkeypatch.setenv("FRONTDESK_METRICS_PORT", str(server.server_port))
        text = script.read_text("utf-8").replace('"8080"', '"1"')  # where no web app is, whatever else runs here
        done = run(tool("python"), "-c", text)
        server.shutdown()
        thread.join()

    assert done.returncode == code, done.stderr
