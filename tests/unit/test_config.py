"""The environment: what cannot work is refused at once, in words, with everything that is wrong in one go."""

from pathlib import Path

import pytest

from bot.config import load_settings
from bot.domain.errors import ConfigError


@pytest.fixture(autouse=True)
def no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused() -> str:
    with pytest.raises(ConfigError) as error:
        load_settings()
    return str(error.value)


@pytest.mark.parametrize("is_connected", [True, False])
def test_drafts_are_refused_before_they_exist(monkeypatch: pytest.MonkeyPatch, is_connected: bool) -> None:
    monkeypatch.setenv("FRONTDESK_ZENDESK_MODE", "draft")
    if is_connected:
        monkeypatch.setenv("ZENDESK_URL", "https://acme.zendesk.com")

    told = refused()

    assert "FRONTDESK_ZENDESK_MODE: there are no drafts yet" in told
    assert "public" in told
    assert "auto or off" in told
    assert ("ZENDESK_WEBHOOK_SECRET" in told) is is_connected


def test_drafts_are_refused_in_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FRONTDESK_ZENDESK_MODE=draft\n", "utf-8")

    assert "FRONTDESK_ZENDESK_MODE" in refused()


def test_what_is_missing_is_named_beside_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_LEASE_SECONDS", "soon")
    monkeypatch.setenv("SLACK_API_URL", "https://slack.com/")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("ZENDESK_URL", "https://acme.zendesk.com")

    told = refused()

    for name in ("FRONTDESK_LEASE_SECONDS", "SLACK_API_URL", "SLACK_SIGNING_SECRET", "ZENDESK_CLIENT_ID"):
        assert told.count(name) == 1
    assert "FRONTDESK_MODEL" in told
