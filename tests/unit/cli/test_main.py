"""The command line: what each command prints, and its exit code."""

import asyncio
import base64
import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from bot.cli.main import main
from bot.cli.program import program
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.store.embedded import EmbeddedRedis
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.redis import Scripts, connect
from tests.browser.demo_process import until
from tests.ports import free_port
from tests.unit.desk.desk_folder import DESK, write_desk

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs one command in an empty folder; returns its exit code."""
    monkeypatch.chdir(tmp_path)
    before = logging.getLogger().handlers[:], logging.getLogger().level

    def command(*arguments: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        code = stopped.value.code
        return code if isinstance(code, int) else 0 if code is None else 1

    yield command
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "command",
    [
        *("", "serve", "web", "worker", "demo", "chat", "doctor"),
        *("conversations", "conversations list", "conversations show", "desk", "desk check"),
        *(f"conversations {name}" for name in ("close", "export", "delete", "retry")),
    ],
)
def test_every_command_explains_itself(run: Run, capsys: pytest.CaptureFixture[str], command: str) -> None:
    for wish in ("--help", "-h"):
        assert run(*command.split(), wish) == 0
        shown = capsys.readouterr().out
        assert f"Usage: {program()} " in shown
        assert "<bool>" not in shown


def test_the_version_is_the_distributions(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"frontdesk {version('frontdesk-bot')}\n"


@pytest.mark.parametrize(
    "locale",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX"},
    ],
    ids=["latin-1", "ascii", "posix"],
)
def test_a_terminal_that_cannot_show_everything_is_told_in_plainer_characters(
    tmp_path: Path, locale: Mapping[str, str]
) -> None:
    (tmp_path / ".env").write_text("# Straße, 東京\nFRONTDESK_CHANNELS=général\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "doctor"],
        cwd=tmp_path,
        env={**environment, **locale, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=250,
        check=False,
    )
    shown = done.stdout.decode("latin-1")
    assert done.returncode == 1, done.stderr
    assert "      -> open the channel's details" in shown
    assert "Desk: store" in shown
    assert b"Traceback" not in done.stderr


def test_the_servers_listen_on_loopback_unless_told_otherwise(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("serve", "web"):
        run(command, "--help")
        shown = capsys.readouterr().out
        assert "127.0.0.1" in shown
        assert "8080" in shown
    run("worker", "--help")
    assert "200" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--port", "x"],
        ["serve", "--port", "99999"],
        ["worker", "--concurrency", "0"],
        ["conversations", "show"],
        ["conversations", "delete"],
        ["conversations", "delete", "zendesk:1", "--dead"],
        ["conversations", "retry"],
        ["conversations", "retry", "zendesk:1", "--all"],
        ["desk", "check"],
        ["desk", "check", "no-such-folder"],
    ],
)
def test_misuse_is_2(run: Run, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(*arguments) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["serve"], ["web"], ["worker"], ["demo"], ["chat"], ["doctor"], ["conversations", "list"]]
)
def test_missing_configuration_is_2_and_named_all_at_once(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s3cret")
    monkeypatch.setenv("ZENDESK_URL", "https://acme.zendesk.com")

    assert run(*command) == 2

    shown = capsys.readouterr().err
    for name in (
        "SLACK_BOT_TOKEN",
        "ZENDESK_CLIENT_ID",
        "ZENDESK_CLIENT_SECRET",
        "ZENDESK_WEBHOOK_SECRET",
        "FRONTDESK_MODEL",
    ):
        assert name in shown
    assert "s3cret" not in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("command", ["web", "worker", "doctor", "conversations list"])
def test_a_secrets_file_that_is_none_is_2_and_named(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("REDIS_URL_FILE", "/nowhere/redis")
    monkeypatch.setenv("FRONTDESK_API_KEYS_FILE", "/nowhere/keys")
    monkeypatch.setenv("FRONTDESK_API_KEYS", "web:s3cret:chat")

    assert run(*command.split()) == 2

    shown = capsys.readouterr().err
    assert "REDIS_URL_FILE names no file" in shown
    assert "FRONTDESK_API_KEYS_FILE is set too" in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize("in_files", [True, False])
def test_the_doctor_prints_no_secret(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_files: bool
) -> None:
    away = "127.0.0.1:9"
    key = base64.urlsafe_b64encode(b"s3cret" * 5 + b"of").decode()
    secrets = {
        **{name: f"s3cret-{name}" for name in ("SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET", "OPENAI_API_KEY")},
        **{name: f"s3cret-{name}" for name in ("ZENDESK_CLIENT_SECRET", "ZENDESK_WEBHOOK_SECRET")},
        "SLACK_BOT_TOKEN": "xoxp-s3cret",
        "SLACK_APP_TOKEN": "xoxb-s3cret",
        "FRONTDESK_SECRET_KEY": key,
        "FRONTDESK_API_KEYS": "web:s3cret:chat",
        "FRONTDESK_SMTP_URL": f"smtp://bot:s3cret@{away}",
        "DATABASE_URL": f"postgresql+asyncpg://desk:s3cret@{away}/desk",
    }
    for name, value in secrets.items():
        (tmp_path / name).write_text(value, "utf-8")
        monkeypatch.setenv(*((f"{name}_FILE", str(tmp_path / name)) if in_files else (name, value)))
    for name, value in {
        "SLACK_API_URL": f"http://{away}/api/",
        "ZENDESK_URL": f"http://{away}",
        "ZENDESK_CLIENT_ID": "client",
        "OPENAI_BASE_URL": f"http://{away}/v1",
        "FRONTDESK_MODEL": "gpt-none",
        "SLACK_CLIENT_ID": "client",
        "FRONTDESK_MAIL_FROM": "bot@desk.example",
    }.items():
        monkeypatch.setenv(name, value)

    assert run("doctor") == 1

    shown = "".join(capsys.readouterr())
    assert "FIX" in shown
    assert key not in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("conversations list", "unix:///nowhere/nothing.sock"),
        ("worker", "redis+cluster://127.0.0.1:1,127.0.0.1:2"),
        ("web --port 0", "redis+sentinel://127.0.0.1:1,127.0.0.1:2/desk"),
    ],
)
def test_a_redis_that_does_not_answer_is_2_whatever_its_kind(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str, command: str
) -> None:
    monkeypatch.setenv("REDIS_URL", url)

    assert run(*command.split()) == 2
    shown = capsys.readouterr().err
    assert "REDIS_URL: the server does not answer" in shown
    assert "Traceback" not in shown


def test_a_sound_desk_is_0_and_a_broken_one_1_with_file_and_line(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    (broken / "specialists").mkdir(parents=True)
    (broken / "desk.yml").write_text("name: Broken\nno_such_key: 1\n")

    assert run("desk", "check", "store") == 0
    assert capsys.readouterr().out.startswith("ok    store")
    assert run("desk", "check", str(broken)) == 1
    assert "desk.yml:2" in capsys.readouterr().out


def test_a_desk_that_is_not_there_is_told_by_the_arguments_name(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("desk", "check", "nosuchdir") == 2

    told = capsys.readouterr().err
    assert "DIR: nosuchdir is neither" in told
    assert "FRONTDESK_DESK" not in told


def test_a_slip_that_no_start_would_see_is_a_finding_of_the_check(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_desk(tmp_path / "acme", desk=f"{DESK}answer_groups: [Suport]\n")

    assert run("desk", "check", "acme") == 1
    assert "did you mean `Support`?" in capsys.readouterr().out


def test_the_doctor_finds_an_unconnected_front_desk_well(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 0

    shown = capsys.readouterr().out
    for line in ("Redis", "Desk: store", "Database", "offline rule model", "Slack: not connected", "All is well."):
        assert line in shown


def test_the_doctor_ends_with_1_on_a_finding(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_CHANNELS", "general")

    assert run("doctor") == 1
    assert "FIX   FRONTDESK_CHANNELS: general is no channel id" in capsys.readouterr().out


async def _write(folder: Path) -> None:
    server = EmbeddedRedis(folder)
    server.start()
    client = connect(server.url)
    scripts = Scripts(client)
    message = CustomerMessage(
        "m1", ConversationId("zendesk:35"), Author(AuthorId("zendesk:7")), "hello", 0.0, Origin.ZENDESK
    )
    await Inbox(scripts, DueQueue(scripts, debounce=0.5), ttl=600, debounce=0.5).accept(message)
    await client.aclose()
    server.close()


def test_conversations_are_listed_and_shown(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asyncio.run(_write(tmp_path / ".frontdesk"))

    assert run("conversations", "list") == 0
    listed = capsys.readouterr().out
    assert run("conversations", "show", "zendesk:35") == 0
    shown = capsys.readouterr().out
    assert run("conversations", "show", "zendesk:35", "--json") == 0
    as_json = json.loads(capsys.readouterr().out)
    assert run("conversations", "show", "zendesk:36") == 1

    assert "zendesk:35" in listed
    assert "1 conversations: 1 bot; 0 dead letters" in listed
    assert "waiting       1" in shown
    assert "Nothing has happened yet" in shown
    assert (as_json["owner"], as_json["events"]) == ("bot", [])


def test_chat_answers_at_the_terminal(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("where is order A1001?\nsummary\nreset\nsummary\nquit\n"))

    assert run("chat", "--customer", "cust_001") == 0

    shown = capsys.readouterr().out
    assert "shipped" in shown
    assert "— orders" in shown
    assert "turns: 1" in shown
    assert "Forgotten." in shown
    assert "turns: 0" in shown


def test_chat_knows_nobody_by_the_name_of_you(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello\nquit\n"))

    assert run("chat") == 0

    told = capsys.readouterr().out
    assert "— triage" in told
    assert "You!" not in told


class Served:
    """`frontdesk serve`, or another server, in a folder of its own, and the lines of its log."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        environment = {**os.environ, "FRONTDESK_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "bot.cli", *(arguments or ("serve", "--port", "0"))]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, encoding="utf-8")
        assert self.process.stderr
        self.lines = (json.loads(line) for line in self.process.stderr)

    def until(self, event: str) -> list[dict[str, Any]]:
        """Return the lines up to the first with this event."""
        told = []
        for line in self.lines:
            told.append(line)
            if line["event"] == event:
                return told
        raise AssertionError(told)

    def end(self) -> int:
        """Stop it, and return its code."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.stderr
        self.process.stderr.read()
        self.process.stderr.close()
        return self.process.wait(timeout=60)


def test_a_start_says_in_one_line_what_is_connected_and_warns_of_what_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FRONTDESK_DESC=acme\nZENDESK_URL https://acme.zendesk.com\n", "utf-8")
    served = Served(
        tmp_path,
        SLACK_BOT_TOKEN="xoxb-1",
        SLACK_SIGNING_SECRET="s3cret",
        SLACK_API_URL="http://127.0.0.1:9/api/",
        FRONTDESK_MODEL="gpt-none",
        OPENAI_API_KEY="sk-none",
        OPENAI_BASE_URL="http://127.0.0.1:9/v1",
    )
    try:
        told = served.until("process.started")
    finally:
        code = served.end()

    start = told[-1]
    known = {"slack": "unreachable (TemporaryFailure)", "zendesk": "off", "desk": "store", "mode": "auto"}
    assert start.items() >= known.items()
    assert start["model"].startswith("gpt-none: unreachable (")
    assert start["store"].startswith("embedded in ")
    slips = {line.get("variable") or line.get("line"): line["mend"] for line in told if "environment." in line["event"]}
    assert slips == {"FRONTDESK_DESC": "did you mean FRONTDESK_DESK?", 2: "write NAME=VALUE"}
    assert "s3cret" not in str(told)
    assert code == 0


def test_a_worker_alone_can_be_asked_how_it_is(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    variables = {"FRONTDESK_METRICS_PORT": str(free_port()), "FRONTDESK_MODEL": "offline"}
    served = Served(tmp_path, "worker", **variables, OTEL_EXPORTER_OTLP_ENDPOINT=away)
    try:
        told = served.until("metrics.served")
        url = told[-1]["url"]
        until(lambda: _is_ready(url), 60, lambda: "never ready")
        ready = httpx.get(f"{url}/readyz", timeout=40).json()
    finally:
        code = served.end()

    assert ready["dependencies"] == {"redis": "ok", "database": "ok", "worker": "ok"}
    assert "traces.sent" in {line["event"] for line in told}
    assert code == 0


def _is_ready(url: str) -> bool:
    return bool(httpx.get(f"{url}/readyz", timeout=40).json()["status"] == "ready")


def test_a_served_front_desk_says_where_it_is_and_ends_cleanly(tmp_path: Path) -> None:
    environment = {**os.environ, "FRONTDESK_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            lines = (json.loads(line) for line in process.stderr)
            url = next(line["url"] for line in lines if line["event"] == "web.started")
            assert httpx.get(f"{url}/healthz", timeout=40).status_code == 200
            until(lambda: _is_ready(url), 60, lambda: "never ready")
            process.send_signal(signal.SIGTERM)
            rest = [line["event"] for line in lines]
        finally:
            process.terminate()
        assert process.wait(timeout=60) == 0
    assert "process.stopping" in rest
