"""A new desk works before anything in it is changed, and one more specialist is one file and one function."""

from pathlib import Path

import pytest

from bot.cli.main import main
from bot.desk import load_desk
from bot.desk.loading.loader import read_desk
from bot.desk.loading.scaffold import new_desk
from bot.domain.errors import ConfigError

PARKING = """\
---
name: parking
handles: Parking at the shop.
tools: [free_spaces, search_knowledge]
examples: ["where can I park?"]
---
You are the parking specialist. Call `free_spaces` before you say that there is room.
"""
SPACES = '''

@tool
def free_spaces() -> int:
    """Say how many parking spaces are free."""
    return 7
'''


def test_the_starter_has_no_mistakes(tmp_path: Path) -> None:
    files = new_desk(tmp_path / "mine")
    desk = load_desk(str(tmp_path / "mine"))

    assert desk.first == "triage"
    assert "opening_hours" in desk.tools
    assert not [file for file in files if "__pycache__" in file.parts]


def test_the_starter_says_each_fact_in_one_place_alone(tmp_path: Path) -> None:
    files = [file for file in new_desk(tmp_path) if file.parent.name != "cases" and file.suffix != ".json"]
    said = {file: file.read_text("utf-8") for file in files}
    places = {
        fact: [file.name for file, text in said.items() if fact in text]
        for fact in ("09:00", "17:00", "Example Street")
    }

    assert places == {"09:00": ["desk.yml"], "17:00": ["desk.yml"], "Example Street": ["visiting.md"]}


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "desk.yml").write_text("name: Mine")

    with pytest.raises(ConfigError, match="not empty"):
        new_desk(tmp_path)
    assert (tmp_path / "desk.yml").read_text() == "name: Mine"


def test_a_new_specialist_is_one_file_and_one_function(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    new_desk(folder)
    (folder / "specialists" / "parking.md").write_text(PARKING)
    (folder / "knowledge" / "parking.md").write_text("# Parking\n\nParking is free for customers.\n")
    with (folder / "tools.py").open("a") as tools:
        tools.write(SPACES)

    desk, mistakes = read_desk(folder)

    assert mistakes == []
    assert desk is not None
    assert list(desk.specialists) == ["triage", "faq", "parking"]
    assert "parking" in desk.specialists["triage"].transfers
    assert desk.knowledge.search("is parking free?")


def test_the_command_tells_what_it_wrote_and_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main(["desk", "new", str(tmp_path / "mine")])
    out = capsys.readouterr().out

    assert done.value.code == 0
    assert "desk.yml" in out
    assert "desk check" in out
    with pytest.raises(SystemExit) as again:
        main(["desk", "new", str(tmp_path / "mine")])
    assert again.value.code == 2
