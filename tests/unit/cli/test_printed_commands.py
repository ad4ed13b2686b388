"""Every command that a page, a hint or a comment shows is one that the program has, with options that it takes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from bot.cli.main import app

ROOT = Path(__file__).resolve().parents[3]
PAGES = [
    *(page for page in ROOT.glob("*.md") if page.name != "CHANGELOG.md"),
    *(page for name in (".github", "bot", "integrations", "deploy", "tests") for page in (ROOT / name).rglob("*.md")),
    *(file for name in ("bot", "integrations") for file in (ROOT / name).rglob("*.py")),
    *(file for name in ("bot", "deploy") for file in (ROOT / name).rglob("*.yml")),
    ROOT / "deploy" / "env.example",
]
_SHOWN = re.compile(r"(?:^|[`\s(/>])frontdesk +((?!bot\b)[a-z][^`\n#;|)(,<\"'.{]*)", re.MULTILINE)
_IS_COMMAND = re.compile(r"(?:[`(>/]|\$ |^|&& |: |run )frontdesk ", re.MULTILINE)


def shown_in(path: Path) -> Iterator[str]:
    """Yield what stands behind `frontdesk`, for what is meant to be typed: quoted, or at the beginning of a line."""
    text = path.read_text("utf-8")
    for line in text.splitlines():
        if _IS_COMMAND.search(line):
            yield from (found[1] for found in _SHOWN.finditer(line))


def wrong_in(words: list[str]) -> str:
    """Return the word that the program does not have; empty where all of it can be typed."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        name, *words = words
        if name not in command.commands:
            return name
        command = command.commands[name]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
    options = (re.match(r"--?[a-z][a-z-]*", word) for word in words)
    return next((found[0] for found in options if found and found[0] not in known), "")


def test_what_is_shown_can_be_typed() -> None:
    shown = [(page.relative_to(ROOT), words) for page in PAGES for words in shown_in(page)]

    assert [f"{page}: {words}" for page, words in shown if wrong_in(words.split())] == []


def test_there_is_much_to_look_at_and_a_slip_is_seen() -> None:
    assert sum(1 for page in PAGES for _ in shown_in(page)) > 150
    assert wrong_in(["conversations", "shew", "ID"]) == "shew"
    assert wrong_in(["zendesk", "setup", "--dry"]) == "--dry"
