"""In the image an empty address of a store ends a start in words: a container's own store would be lost, unseen."""

from pathlib import Path

import pytest

from bot.app.server_stores import load_server_settings
from bot.cli.main import main
from tests.unit.deploy.tools import DEPLOY

NAMED = {"REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgresql+asyncpg://127.0.0.1:1/desk"}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without any of our variables, as the image begins it."""
    monkeypatch.chdir(tmp_path)
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STORES_ARE_SERVERS", "1")
    return tmp_path


@pytest.mark.parametrize("command", [("serve",), ("web",), ("worker",), ("db", "upgrade")])
@pytest.mark.parametrize("value", ["", " ", None])
def test_nothing_starts_on_a_store_of_its_own(
    command: tuple[str, ...],
    value: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    empty_folder: Path,
) -> None:
    for name in NAMED if value is not None else ():
        monkeypatch.setenv(name, str(value))

    with pytest.raises(SystemExit) as stopped:
        main(command)

    told = capsys.readouterr().err
    expected = set(NAMED) - ({"REDIS_URL"} if command[0] == "db" else set())
    assert stopped.value.code == 2
    assert {name for name in NAMED if f"{name}: is empty" in told} == expected
    assert not (empty_folder / ".frontdesk").exists()


def test_an_env_file_that_was_copied_and_not_filled_in_is_told_with_all_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    (empty_folder / ".env").write_text((DEPLOY / "env.example").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("ZENDESK_URL", "https://acme.zendesk.com")

    with pytest.raises(SystemExit):
        main(["worker"])

    told = capsys.readouterr().err
    assert [name for name in (*NAMED, "FRONTDESK_MODEL", "ZENDESK_WEBHOOK_SECRET") if name not in told] == []


def test_servers_that_are_named_also_in_files_are_taken(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    (empty_folder / "redis").write_text(NAMED["REDIS_URL"], "utf-8")
    monkeypatch.setenv("REDIS_URL_FILE", str(empty_folder / "redis"))
    monkeypatch.setenv("DATABASE_URL", NAMED["DATABASE_URL"])

    assert load_server_settings().redis_url == NAMED["REDIS_URL"]


@pytest.mark.parametrize("mark", ["", None])
def test_elsewhere_a_store_of_its_own_is_the_default(mark: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORES_ARE_SERVERS")
    if mark is not None:
        monkeypatch.setenv("STORES_ARE_SERVERS", mark)
    monkeypatch.setenv("REDIS_URL", "")

    assert load_server_settings().redis_url == ""


def test_the_image_says_so() -> None:
    assert "STORES_ARE_SERVERS=1" in (DEPLOY / "Dockerfile").read_text("utf-8")
