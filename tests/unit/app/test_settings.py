"""The environment: what cannot work is refused at once, in words, with everything that is wrong in one go."""

from pathlib import Path

import pytest

from bot.app.account_settings import SetupSettings
from bot.app.environment import broken_lines
from bot.app.settings import load_settings, settings_of, strangers
from bot.domain.errors import ConfigError


@pytest.fixture(autouse=True)
def no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused() -> str:
    with pytest.raises(ConfigError) as error:
        load_settings()
    return str(error.value)


@pytest.mark.parametrize("mode", ["auto", "draft", "off"])
def test_tickets_have_three_modes(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("FRONTDESK_ZENDESK_MODE", mode)

    assert load_settings().frontdesk_zendesk_mode == mode


def test_another_mode_is_refused_in_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FRONTDESK_ZENDESK_MODE=loud\n", "utf-8")

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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SLACK_SIGNING_SECRT", "SLACK_SIGNING_SECRET"),
        ("FRONTDESK_DESC", "FRONTDESK_DESK"),
        ("ZENDESK_WEBHOOK_SECRETS", "ZENDESK_WEBHOOK_SECRET"),
        ("FRONTDESK_APPROVAL_CHANNEL", "FRONTDESK_APPROVALS_CHANNEL"),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_misspelt_variable_is_told_with_the_nearest_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, meant: str, place: str
) -> None:
    if place == "file":
        (tmp_path / ".env").write_text(f"# Zürich\n{written}=s3cret\n", "utf-8")
    else:
        monkeypatch.setenv(written, "s3cret")

    assert strangers() == [(written, f"did you mean {meant}?")]
    assert strangers({written}) == []


def test_a_misspelt_variable_stands_beside_the_one_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRT", "s3cret")
    monkeypatch.setenv("FRONTDESK_MODEL", "offline")

    told = refused()

    assert "missing: SLACK_SIGNING_SECRET" in told
    assert "SLACK_SIGNING_SECRT: is not read; did you mean SLACK_SIGNING_SECRET?" in told
    assert "s3cret" not in told


def test_what_is_written_wrong_is_not_called_missing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENDESK_URL", "acme")
    monkeypatch.setenv("ZENDESK_CLIENT_ID", "desk")
    monkeypatch.setenv("FRONTDESK_PUBLIC_URL", "http://desk.example.com")

    with pytest.raises(ConfigError) as error:
        settings_of(SetupSettings)

    wrong, public, missing = str(error.value).splitlines()
    assert wrong.startswith("ZENDESK_URL: is https://")
    assert public.startswith("FRONTDESK_PUBLIC_URL: is our address")
    assert missing == "missing: ZENDESK_CLIENT_SECRET"


@pytest.mark.parametrize(
    "name",
    [
        *("FRONTDESK_SERVICE_HOST", "FRONTDESK_SERVICE_PORT", "FRONTDESK_SERVICE_PORT_HTTP", "FRONTDESK_PORT"),
        *("FRONTDESK_PORT_8080_TCP", "FRONTDESK_PORT_8080_TCP_ADDR", "frontdesk_desk"),
    ],
)
def test_what_kubernetes_sets_and_small_letters_are_no_slip(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "tcp://10.0.0.1:8080")

    assert strangers() == []


def test_lines_of_the_file_that_are_none_are_counted(tmp_path: Path) -> None:
    lines = [
        "# ours",
        "FRONTDESK_DESK=store",
        "SLACK_BOT_TOKEN: xoxb-1",
        "",
        "just words",
        "FRONTDESK_MODEL",
        "export A=1",
    ]
    (tmp_path / ".env").write_text("\n".join(lines), "utf-8")

    assert broken_lines() == [3, 5, 6]


def test_a_file_in_another_encoding_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# Zürich\nFRONTDESK_DESK=store\n".encode("latin-1"))

    assert refused() == ".env: is no UTF-8 text; save it as such"
