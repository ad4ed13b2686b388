"""`frontdesk eval`: a desk's cases through the whole engine, and what a build server makes of it."""

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from bot.app.settings import Settings
from bot.cli.main import FINDING, MISUSE, main
from bot.evals.command import Options, evaluate
from bot.evals.trial import Result
from tests.flow.harness.openai_server import provider
from tests.unit.desk.desk_folder import write_desk

CASES = """\
cases:
  - name: Who asks for a person gets one
    turns:
      - says: I want to speak to a human
        tools: [escalate_to_human]
        effects: [{kind: escalate, group: Support, priority: high}]
        answer: {has: ["#1001", colleague]}
        note: {has: [human]}
    judge: ["Is the customer told what happens next?"]
  - name: A greeting is greeted
    turns:
      - says: Hi there
        specialist: waiter
        answer: {has: ["?"]}
        no_effects: [escalate]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with two cases that the rule model passes."""
    folder = write_desk(tmp_path / "pizza")
    (folder / "cases").mkdir()
    (folder / "cases" / "first.yml").write_text(CASES)
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return int(stopped.value.code or 0)


def test_a_desk_that_keeps_its_cases_passes_and_is_reported(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    baseline = tmp_path / "before.json"
    junit = tmp_path / "j.xml"
    markdown = tmp_path / "r.md"
    reports = ["--junit", junit, "--markdown", markdown]

    assert run("eval", desk, "-k", 2, "--baseline", baseline, "--update-baseline", *reports) == 0
    assert "2 of 2 cases passed, all of 2 plays each, by the offline rule model" in capsys.readouterr().out
    assert len(ET.parse(junit).findall(".//testcase")) == 2  # noqa: S314 (our own file)
    assert "| pizza | first | 2 | 2 | 0 |" in markdown.read_text("utf-8")


def test_what_passed_before_and_fails_now_is_found_out(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    baseline = tmp_path / "before.json"
    cases = desk / "cases" / "first.yml"
    assert run("eval", desk, "--baseline", baseline, "--update-baseline") == 0
    capsys.readouterr()

    cases.write_text(CASES + CASES.partition("\n")[2].replace("name: ", "name: Never, and ").replace('"?"', "pasta"))
    assert run("eval", desk, "--baseline", baseline, "--only", "greeting") == 0  # what never passed is no regression
    assert "turn 1: answer lacks “pasta”" in capsys.readouterr().out

    cases.write_text(CASES.replace('"?"', "pasta"))
    assert run("eval", desk, "--baseline", baseline) == FINDING
    assert "(passed before)" in capsys.readouterr().out


def test_a_case_of_nobody_or_of_no_specialist_is_found_out(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cases = desk / "cases" / "first.yml"

    cases.write_text(CASES.replace("    turns:", "    customer: cust_404\n    turns:", 1))
    assert run("eval", desk) == FINDING
    assert "the desk's data has no customer cust_404" in capsys.readouterr().out

    cases.write_text(CASES.replace("waiter", "waitress"))
    assert run("eval", desk) == MISUSE
    assert "cases/first.yml:13: there is no `waitress`; did you mean `waiter`?" in capsys.readouterr().err
    assert run("desk", "check", desk) == FINDING


def test_a_real_model_is_paid_only_after_a_yes(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[str] = []

    async def play(*_: object) -> list[Result]:
        played.append("played")
        return []

    monkeypatch.setattr("bot.evals.command._play", play)
    settings = Settings(frontdesk_model="gpt", openai_api_key="key", _env_file=None)
    out = Console(file=io.StringIO(), force_terminal=True)
    monkeypatch.setattr(out, "input", lambda *_, **__: "n")

    assert run_with(settings, desk, out) == "nothing was played: the cost was not agreed to"
    assert "about 6 model calls" in out.file.getvalue()  # type: ignore[attr-defined]
    assert run_with(settings, desk, Console(file=io.StringIO())).startswith("--yes: needed")
    assert played == []
    monkeypatch.setattr(out, "input", lambda *_, **__: "y")
    assert run_with(settings, desk, out) == ""
    assert played == ["played"]


def run_with(settings: Settings, desk: Path, out: Console) -> str:
    """Return why nothing was played, empty where it was."""
    try:
        evaluate(settings, Options([str(desk)]), out, Console(file=io.StringIO()))
    except Exception as error:
        return str(error)
    return ""


def test_a_real_model_plays_and_judges_over_http(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with provider() as server:
        for name, value in {"FRONTDESK_MODEL": "big", "FRONTDESK_ROUTER_MODEL": "small"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        code = run("eval", desk, "--yes")

    out = capsys.readouterr().out
    assert code == 0, out
    assert "2 cases with big: about 6 model calls" in out
    assert "2 of 2 cases passed, by big" in out
    assert " USD without the judge" in out
    judged = [body for body in server.asked if "Is the customer told what happens next?" in str(body["input"])]
    assert [body["model"] for body in judged] == ["small"]
    assert "ticket #1001" in str(judged[0]["input"])
