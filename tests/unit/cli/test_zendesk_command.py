"""`frontdesk zendesk` on the command line: what it needs, and how it ends without it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.domain.errors import SignedOut

Run = Callable[..., int]
ACCOUNT = {
    "ZENDESK_URL": "http://127.0.0.1:9",
    "ZENDESK_EMAIL": "bot@acme.example",
    "ZENDESK_API_TOKEN": "token",
    "FRONTDESK_PUBLIC_URL": "https://support.example.com",
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder; return its exit code."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> int:
        with pytest.raises(SystemExit) as end:
            main(["zendesk", *arguments])
        return int(end.value.code or 0)

    return command


def test_everything_that_a_setup_misses_is_named_at_once(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("setup") == 2

    told = capsys.readouterr().err
    for name in ("ZENDESK_URL", "ZENDESK_CLIENT_ID", "ZENDESK_CLIENT_SECRET", "FRONTDESK_PUBLIC_URL"):
        assert name in told
    assert "FRONTDESK_MODEL" not in told
    assert "ZENDESK_WEBHOOK_SECRET" not in told


def test_a_trial_needs_the_account_alone(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("try") == 2

    told = capsys.readouterr().err
    assert "ZENDESK_URL" in told
    assert "FRONTDESK_PUBLIC_URL" not in told


@pytest.mark.parametrize("address", ["http://support.example.com", "support.example.com", "https://x.example.com/?a=1"])
def test_an_address_that_no_vendor_would_call_is_refused(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    for name, value in (ACCOUNT | {"FRONTDESK_PUBLIC_URL": address}).items():
        monkeypatch.setenv(name, value)

    assert run("setup") == 2
    assert "FRONTDESK_PUBLIC_URL: is our address" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [(), ("setup",), ("try",)])
def test_help_is_there(run: Run, command: tuple[str, ...], option: str) -> None:
    assert run(*command, option) == 0


def test_a_file_that_cannot_be_written_ends_it_before_anything_is_asked_of_zendesk(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)

    assert run("setup", "--yes", "--env-file", "missing/.env") == 2
    assert "--env-file" in capsys.readouterr().err


def test_a_zendesk_that_is_away_is_told_in_words(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)

    assert run("setup", "--dry-run") == 1
    assert "Traceback" not in capsys.readouterr().err


def test_credentials_that_are_not_taken_are_told_with_where_to_look(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> bool:
        raise SignedOut("POST /oauth/tokens: 401 invalid_client")

    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.cli.zendesk_setup.run_setup", refused)

    assert run("setup", "--dry-run") == 1
    told = capsys.readouterr().err
    assert "401 invalid_client" in told
    assert "frontdesk doctor` says which" in told
