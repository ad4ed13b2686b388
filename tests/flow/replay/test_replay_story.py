"""`frontdesk replay` of a file: the same verdicts twice, nothing written anywhere, nobody's data in what is left."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.app.server import serving
from bot.desk.cases import read_cases
from bot.desk.loading.loader import load_desk
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.flow.harness.openai_server import provider
from tests.flow.replay.kit import PRIVATE, SAMPLE, desk_with_data, leaks, replay, report, rows_of, verdicts
from tests.unit.replay.kit import ANSWERED, ASKED, line

OPTIONS = SandboxOptions(random_seed=7)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTDESK_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@dataclass(frozen=True)
class Twice:
    """The sample, replayed twice with both vendors and a database in reach.

    Args:
        requests: what the vendors were asked.
        before, after: all that the database held.
    """

    home: Path
    codes: list[int]
    requests: list[object]
    before: list[str]
    after: list[str]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """The sample, replayed twice."""
    with pytest.MonkeyPatch.context() as patch:
        return asyncio.run(_replayed_twice(tmp_path_factory.mktemp("twice"), patch))


async def _replayed_twice(home: Path, patch: pytest.MonkeyPatch) -> Twice:
    patch.chdir(home)
    patch.setenv("FRONTDESK_DATA_DIR", str(home / "data"))
    database = await desk_with_data(home / "data")
    before = rows_of(database)
    async with serving(create_sandbox(OPTIONS), "127.0.0.1", 0) as vendors, httpx.AsyncClient(base_url=vendors) as spy:
        for name, value in _connected(vendors).items():
            patch.setenv(name, value)
        codes = [await replay("--tickets", SAMPLE, "--out", home / out) for out in ("one", "two")]
        requests = (await spy.get("/_sandbox/requests")).json()["requests"]
    return Twice(home, codes, requests, before, rows_of(database))


def _connected(vendors: str) -> dict[str, str]:
    """Return variables with which both vendors could be reached."""
    return {
        "ZENDESK_URL": vendors,
        "ZENDESK_CLIENT_ID": OPTIONS.zendesk_client_id,
        "ZENDESK_CLIENT_SECRET": OPTIONS.zendesk_client_secret,
        "ZENDESK_WEBHOOK_SECRET": "secret",
        "SLACK_API_URL": f"{vendors}/slack/api/",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "secret",
        "FRONTDESK_APPROVALS_CHANNEL": "C0APPROVE",
        "FRONTDESK_SMTP_URL": "smtp://127.0.0.1:1",
        "FRONTDESK_MAIL_FROM": "desk@acme.example",
    }


def test_the_same_sample_twice_has_the_same_verdicts(twice: Twice) -> None:
    assert twice.codes == [0, 0]
    assert verdicts(twice.home / "one") == verdicts(twice.home / "two")
    assert report(twice.home / "two")["sample"]["answered_before"] == 36


def test_neither_vendor_is_asked_anything_and_the_database_is_as_before(twice: Twice) -> None:
    assert twice.requests == []
    assert twice.after == twice.before
    assert report(twice.home / "one")["held_back"]["tickets"] > 0


def test_nothing_that_is_left_holds_what_somebody_is_known_by(twice: Twice) -> None:
    assert leaks(twice.home / "one", twice.home / "two", twice.home / "data" / "replays") == []


def test_the_sample_shows_every_verdict_and_agrees_with_those_by_hand(twice: Twice) -> None:
    told = report(twice.home / "one")
    assert {each["verdict"] for each in told["tickets"]} == {
        *("settles", "asks_back", "hands_over", "acts", "wrong", "not_comparable")
    }
    assert told["labels"]["verdicts"]["count"] >= 33
    assert told["held_back"]["tickets"] == told["totals"]["hands_over"]["count"]
    assert "| billing |" in (twice.home / "one" / "report.md").read_text("utf-8")


def test_each_disagreement_is_a_case_that_eval_can_read(twice: Twice, tmp_path: Path) -> None:
    desk = tmp_path / "store"
    shutil.copytree(load_desk("store").folder, desk, ignore=shutil.ignore_patterns("cases", "__pycache__"))
    shutil.copytree(twice.home / "one" / "cases", desk / "cases")
    cases, mistakes = read_cases(load_desk(str(desk)))

    disagreements = [each["ticket"] for each in report(twice.home / "one")["tickets"] if each["agrees"] is False]
    assert (mistakes, sorted(file for file, _ in cases)) == ([], sorted(f"ticket-{name}" for name in disagreements))


async def test_two_people_with_empty_folders_get_the_same_answers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for name in ("one", "two"):
        monkeypatch.setenv("FRONTDESK_DATA_DIR", str(home / name))
        assert await replay("--tickets", SAMPLE, "--sample", 12, "--out", home / f"{name}-out") == 0
        told.append(
            [(each["ticket"], each["verdict"], each["desk"]) for each in report(home / f"{name}-out")["tickets"]]
        )

    assert told[0] == told[1]


async def test_no_request_to_a_model_holds_what_somebody_is_known_by(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with provider() as server:
        _use(monkeypatch, server.url)
        assert await replay("--tickets", SAMPLE, "--out", home / "out", "--sample", 14, "--yes") == 0
        asked = [json.dumps(body, ensure_ascii=False) for body in server.asked]

    assert len(asked) > 14
    assert [found[0] for body in asked for found in PRIVATE.finditer(body)] == []
    assert leaks(home / "out", home / "data" / "replays") == []
    assert report(home / "out")["judge"]["agrees"] > 0


async def test_a_price_that_nobody_agreed_to_is_not_paid(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with provider() as server:
        _use(monkeypatch, server.url)
        assert await replay("--tickets", SAMPLE, "--out", home / "out") == 2
        assert server.asked == []
    assert "36 past tickets with gpt-5: about" in capsys.readouterr().out


async def test_the_cost_has_a_hard_limit_and_a_later_run_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with provider() as server:
        _use(monkeypatch, server.url)
        asked = ("--tickets", SAMPLE, "--sample", 8, "--yes", "--out", home / "out")
        assert await replay(*asked, "--max-cost", 0.2) == 1
        first = report(home / "out")
        assert await replay(*asked) == 0
    second = report(home / "out")

    assert 0 < first["sample"]["unanswered"] < 8
    assert first["cost_usd"]["this_run"] <= 0.2
    assert second["sample"]["answered_before"] == len(first["tickets"])
    assert second["sample"]["unanswered"] == 0


def _use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "key-1")
    monkeypatch.setenv("FRONTDESK_MODEL", "gpt-5")


async def test_what_was_answered_before_ctrl_c_is_not_answered_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("replay", "--tickets", str(SAMPLE), "--yes", "--out", str(home / "out"))
    answers = home / "data" / "replays" / "answers"
    with provider() as server:
        _use(monkeypatch, server.url)
        server.has_said_enough = lambda: len(list(answers.glob("*.json"))) >= 3
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        process = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-m", "bot.cli", *asked], env=environment, stderr=subprocess.PIPE, encoding="utf-8"
        )
        await wait_until(server.has_said_enough, 2 * PATIENCE_SECONDS, "a few answers")
        process.send_signal(signal.SIGINT)
        told = (await asyncio.to_thread(process.communicate))[1]
        server.has_said_enough = lambda: False
        code = await replay(*asked[1:])

    assert (process.returncode, "goes on from there" in told) == (1, True)
    assert "Traceback" not in told
    assert code == 0
    assert report(home / "out")["sample"]["answered_before"] >= 3


async def test_a_desk_that_holds_everything_back_is_judged_by_what_it_would_say(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = home / "store"
    shutil.copytree(load_desk("store").folder, desk, ignore=shutil.ignore_patterns("__pycache__"))
    rules = desk / "desk.yml"
    rules.write_text(f"{rules.read_text('utf-8')}\nautonomy: {{otherwise: silent}}\n", "utf-8")
    monkeypatch.setenv("FRONTDESK_DESK", str(desk))

    assert await replay("--tickets", SAMPLE, "--out", home / "out", "--sample", 6) == 0

    assert report(home / "out")["totals"]["settles"]["count"] > 0


async def test_a_folder_that_was_there_before_stays_open_to_whom_it_was(home: Path) -> None:
    (home / "shared").mkdir()
    (home / "shared").chmod(0o755)

    assert await replay("--tickets", SAMPLE, "--out", home / "shared", "--sample", 6) == 0
    assert await replay("--tickets", SAMPLE, "--out", home / "new", "--sample", 6) == 0

    assert [(home / name).stat().st_mode & 0o777 for name in ("shared", "new")] == [0o755, 0o700]


async def test_rubbish_in_a_file_is_named_by_its_line_and_the_rest_is_replayed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    huge = line(ASKED | {"plain_body": "word " * 50_000}, ANSWERED, id=70)
    lines = [json.dumps(line(ASKED, ANSWERED)), "{", json.dumps(line(ASKED, id=60, status="open")), json.dumps(huge)]
    file = home / "tickets.jsonl"
    file.write_text("\n".join(lines), "utf-8")

    assert await replay("--tickets", file, "--out", home / "out") == 0

    assert "line 2: is no JSON; skipped" in capsys.readouterr().err
    told = report(home / "out")
    assert told["sample"]["left_out"] == {"not solved": 1}
    assert [(each["ticket"], each["verdict"]) for each in told["tickets"]] == [("55", "acts"), ("70", "not_comparable")]


async def test_a_file_without_a_solved_ticket_is_misuse(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "tickets.jsonl"
    file.write_text("rubbish\n", "utf-8")
    assert await replay("--tickets", file) == 2
    assert "no solved ticket" in capsys.readouterr().err


async def test_without_an_account_and_a_file_the_missing_variable_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (home.name != "", await replay()) == (True, 2)
    assert "ZENDESK_URL (or say --tickets FILE.jsonl" in capsys.readouterr().err
