"""Reads a desk's `knowledge/` folder: each file's text, and what its front matter says of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.desk.knowledge.file_text import READERS, Unreadable
from bot.desk.knowledge.passages import Facts, Part, Passage, passages_of_parts
from bot.desk.loading.schema import Also, Names, Section
from bot.desk.loading.yaml_source import Mistake, Source, nearest
from bot.domain.knowledge.articles import PUBLIC

BESIDE = ".yml"
"""Ending of the file that says of the one beside it what its front matter would."""

_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(?P<head>.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_HAS_HEAD = frozenset({".md", ".html", ".txt"})


_UNDER_NO_HEADING = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _by_heading(value: Any) -> Any:
    return {"": value} if isinstance(value, list | str) else value


Questions = Annotated[Mapping[str, Names], BeforeValidator(_by_heading), Also(_UNDER_NO_HEADING)]


class FrontMatter(Section):
    """What a document says of itself.

    Args:
        title: in place of the one in its text.
        audience: `public`, `staff`, plans and organisations; one of them is enough.
        questions: other ways to ask for what it says: a list, for its beginning, or lists under its sections' headings.
        updated: the day of its last change.
        draft: whether nobody is to read it yet; whoever takes the line out publishes it.
    """

    title: str = ""
    audience: Names = Field((PUBLIC,), min_length=1)
    questions: Questions = Field(default_factory=dict)
    updated: date | None = None
    draft: bool = False


def read_knowledge(folder: Path, mistakes: list[Mistake]) -> list[Passage]:
    """Return the passages of every file below `knowledge/` of a desk's folder; what is wrong goes to `mistakes`."""
    home = folder / "knowledge"
    files = [path for path in sorted(home.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    known = [path for path in files if path.suffix in READERS]
    _note_strays(files, known, folder, mistakes)
    return [passage for path in known for passage in _read(path, folder, mistakes)]


def _read(path: Path, folder: Path, mistakes: list[Mistake]) -> Iterable[Passage]:
    name = path.relative_to(folder).as_posix()
    try:
        raw = path.read_bytes()
        facts, text = _facts(path, name, raw, folder, mistakes)
        parts = READERS[path.suffix](text)
    except Unreadable as error:
        mistakes.append(Mistake(name, 0, "cannot be read", str(error)))
        return []
    except (OSError, UnicodeDecodeError):
        mistakes.append(Mistake(name, 0, "cannot be read", "save it as UTF-8 text"))
        return []
    if facts.is_draft:
        return []
    if not parts:
        mistakes.append(Mistake(name, 0, "says nothing", _mend(path)))
    _note_unasked(facts, parts, name, mistakes)
    return passages_of_parts(parts, name.removeprefix("knowledge/"), facts)


def _mend(path: Path) -> str:
    if path.suffix == ".pdf":
        return "its pages are pictures: take one with text, or write it as Markdown"
    return "write the article or remove the file"


def _facts(path: Path, name: str, raw: bytes, folder: Path, mistakes: list[Mistake]) -> tuple[Facts, bytes]:
    """Return what the file's front matter says, or the one beside it, and the text without it."""
    found = _HEAD.match(raw) if path.suffix in _HAS_HEAD else None
    beside = path.with_suffix(BESIDE)
    if found:
        if beside.is_file():
            what = f"has front matter, and {beside.name} beside it"
            mistakes.append(Mistake(name, 1, what, "keep one of them"))
        source = Source(name, found["head"].decode(), first=2)
    elif beside.is_file():
        source = Source(beside.relative_to(folder).as_posix(), beside.read_text("utf-8-sig"))
    else:
        return Facts(), raw
    head = source.read(FrontMatter)
    mistakes += source.mistakes
    return _told(head), raw[found.end() :] if found else raw


def _told(head: FrontMatter | None) -> Facts:
    if head is None:
        return Facts(audience=frozenset())  # nobody's, until somebody has mended it
    updated = head.updated.isoformat() if head.updated else ""
    return Facts(head.title, frozenset(head.audience), head.questions, updated, head.draft)


def _note_unasked(facts: Facts, parts: Sequence[Part], name: str, mistakes: list[Mistake]) -> None:
    """A question for a section that is not there would find nothing, and nobody would know why."""
    headings = [part.heading or part.title for part in parts]
    for heading in facts.questions or {}:
        if heading and heading.casefold() not in {known.casefold() for known in headings}:
            mend = nearest(heading, headings) or "write it as it stands in the text"
            mistakes.append(Mistake(name, 0, f"`questions`: there is no section “{heading}”", mend))


def _note_strays(files: Sequence[Path], known: Sequence[Path], folder: Path, mistakes: list[Mistake]) -> None:
    """Note files that nothing reads, and front matter beside nothing."""
    stems = {path.with_suffix("") for path in known}
    for path in files:
        name = path.relative_to(folder).as_posix()
        if path.suffix == BESIDE and path.with_suffix("") not in stems:
            mistakes.append(Mistake(name, 0, "stands beside no document", "give it the document's name"))
        elif path.suffix not in {*READERS, BESIDE}:
            mend = f"let its name end in {', '.join(READERS)}"
            mistakes.append(Mistake(name, 0, "is not read: knowledge is Markdown, HTML, text and PDF", mend))
