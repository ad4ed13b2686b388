"""Commands in hints are printed as they can be typed where they are printed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.cli.program import as_typed, program


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the program in `.venv/bin`, which is not on the PATH; the working folder."""
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "frontdesk").write_text(f'#!/bin/sh\nexec {sys.executable} -m bot.cli "$@"\n')
    (bin_folder / "frontdesk").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(bin_folder / "python"))
    monkeypatch.setenv("PATH", os.defpath)
    return tmp_path


def test_in_a_checkout_it_is_the_path(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert program() == ".venv/bin/frontdesk"
    assert as_typed("run `frontdesk db upgrade`") == "run `.venv/bin/frontdesk db upgrade`"

    (checkout / "acme").mkdir()
    monkeypatch.chdir(checkout / "acme")
    assert program() == str(checkout / ".venv" / "bin" / "frontdesk")


def test_on_the_path_it_is_the_name(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout / ".venv" / "bin"))
    assert program() == "frontdesk"


def test_another_program_of_that_name_is_not_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = checkout / "other" / "frontdesk"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    assert program() == ".venv/bin/frontdesk"


@pytest.mark.parametrize(
    "text",
    ["/invite @frontdesk in that channel", "the tag frontdesk goes", "see ./frontdesk chat", "a frontdesk for acme"],
)
def test_what_is_no_command_stays(checkout: Path, text: str) -> None:
    assert as_typed(text) == text


def test_what_comes_next_after_a_new_desk_can_be_typed(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["desk", "new", "acme"])
    hint = capsys.readouterr().out.splitlines()[-1]
    check = hint.removeprefix("Next: ").partition(", then ")[0]

    assert check == ".venv/bin/frontdesk desk check acme"
    done = subprocess.run(check.split(), capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.startswith("ok    acme")
