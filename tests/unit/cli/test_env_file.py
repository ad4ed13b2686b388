"""One variable in an `.env` file: its owner alone reads it, and everything else stays."""

import stat
from pathlib import Path

import pytest

from bot.cli.env_file import drop_value, must_be_writable, value_in, write_value
from bot.domain.errors import ConfigError


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    write_value(file, "SECRET", "a+b/c=")

    assert file.read_text(encoding="utf-8") == "SECRET=a+b/c=\n"
    assert mode_of(file) == 0o600
    assert value_in(file, "SECRET") == "a+b/c="
    assert list(tmp_path.iterdir()) == [file]


def test_a_variable_is_replaced_where_it_stands_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nexport SECRET='old'\n\nOTHER=1\nSECRET=older\nNOT_SECRET=2", encoding="utf-8")
    file.chmod(0o644)

    write_value(file, "SECRET", "new")

    assert file.read_text(encoding="utf-8") == "# ours\nSECRET=new\n\nOTHER=1\nNOT_SECRET=2\n"
    assert mode_of(file) == 0o600
    drop_value(file, "SECRET")
    assert file.read_text(encoding="utf-8") == "# ours\n\nOTHER=1\nNOT_SECRET=2\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "real.env", tmp_path / ".env"
    file.write_text("A=1\n", encoding="utf-8")
    link.symlink_to(file)

    write_value(link, "SECRET", "new")

    assert link.is_symlink()
    assert value_in(file, "SECRET") == "new"


def test_a_place_that_cannot_be_written_is_told_before_anything_is_made(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / ".env"):
        with pytest.raises(ConfigError, match="--env-file"):
            must_be_writable(place)
    must_be_writable(tmp_path / ".env")
