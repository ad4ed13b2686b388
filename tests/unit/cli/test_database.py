"""`frontdesk db`: upgrades the product's own tables, and says of which version they are."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.migrations.schema import NEWEST, known


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTDESK_DATA_DIR", str(tmp_path / "data"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["db", *arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_an_upgrade_names_what_it_did_and_does_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "status")
    assert (code, "version none" in said, "next start" in said) == (0, True, True)

    code, said = run(capsys, "upgrade")
    assert (code, f"now of version {NEWEST}" in said) == (0, True)
    assert [version for version in known() if f"\n  {version}  " in said] == known()

    assert run(capsys, "upgrade")[1].endswith(f"version {NEWEST}, nothing to do\n")
    assert run(capsys, "status") == (0, f"{Path.cwd()}/data/desk.db: version {NEWEST}; this program knows {NEWEST}\n")


def test_tables_on_which_this_program_may_not_run_are_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "upgrade")
    with closing(sqlite3.connect(tmp_path / "data" / "desk.db")) as connection:
        connection.execute("UPDATE frontdesk_version SET version_num = '9999'")
        connection.execute("UPDATE frontdesk_schema SET needs = '9999'")
        connection.commit()

    code, said = run(capsys, "status")

    assert (code, "start the newer Frontdesk" in said) == (1, True)
    assert run(capsys, "upgrade")[0] == 2


def test_a_database_that_is_away_is_missing_configuration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://u:s3cret@127.0.0.1:1/desk")

    code, said = run(capsys, "upgrade")

    assert (code, "does not answer" in said, "s3cret" in said) == (2, True, False)
