"""Reads a specialist's Markdown file: front matter says what it may do, the body is its instructions."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from bot.desk.loading.schema import Section
from bot.desk.loading.yaml_source import Mistake, Source, nearest

TURN_TOOLS = frozenset({"escalate_to_human", "verify_identity"})
"""Tools that every specialist has from the turn; a desk neither names nor defines them."""

_FILE = re.compile(r"\A---[ \t]*\r?\n(?P<head>.*?)^---[ \t]*\r?$\n?(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)


class FrontMatter(Section):
    """The head of a specialist's file; below it stand the instructions, as one would give them to a colleague.

    Args:
        name: the file's own, in small letters.
        handles: what it is for, in one sentence; others read it when they consider a transfer.
        tools: names of functions of `tools.py`, and of built-in tools.
        mcp: names of servers under `mcp_servers` whose tools it has.
        transfers: specialists to whom it may transfer; left out: to every other one.
        examples: a customer's sentences that belong to it; two specialists cannot share one.
        model: `small` for one that only sorts.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    handles: str = Field(min_length=1)
    tools: tuple[str, ...] = ()
    mcp: tuple[str, ...] = ()
    transfers: tuple[str, ...] | None = None
    examples: tuple[str, ...] = ()
    model: Literal["small", "large"] = "large"


@dataclass(frozen=True)
class Specialist:
    """An SDK agent with one domain, as the desk describes it.

    Args:
        handles: what it is for, in one sentence; others read it when they consider a transfer.
        instructions: for the model.
        tools: names of its tools, without those the turn gives to everyone.
        mcp: names of the servers whose tools it has.
        transfers: specialists it may transfer to.
        examples: a customer's sentences that belong to it.
    """

    name: str
    handles: str
    instructions: str
    tools: tuple[str, ...]
    transfers: tuple[str, ...]
    examples: tuple[str, ...]
    model: Literal["small", "large"]
    mcp: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpecialistFile:
    """One file that could be read, before it is known which other specialists there are."""

    head: FrontMatter
    body: str
    source: Source


def read_specialists(folder: Path, mistakes: list[Mistake]) -> dict[str, SpecialistFile]:
    """Return the files of `folder` by name, in alphabetical order; what is wrong goes to `mistakes`."""
    read: dict[str, SpecialistFile] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            source, body = _split(f"{folder.name}/{path.name}", path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            mistakes.append(Mistake(f"{folder.name}/{path.name}", 0, "cannot be read", "save it as UTF-8 text"))
            continue
        head = source.read(FrontMatter)
        if head is not None and head.name != path.stem:
            source.add(f"`name` is {head.name}, the file is {path.name}", "let them agree", "name")
        if head is not None and not body.strip():
            source.add("has no instructions", "write them below the front matter")
        mistakes += source.mistakes
        if head is not None:
            source.mistakes = []
            read[path.stem] = SpecialistFile(head, body.strip(), source)
    return read


def twice_said(files: Mapping[str, SpecialistFile], mistakes: list[Mistake]) -> None:
    """Note example sentences that two specialists claim: nothing could tell whose a customer's is."""
    claimed: dict[str, str] = {}
    for name, file in files.items():
        for number, example in enumerate(file.head.examples):
            words = " ".join(example.lower().split())
            if (other := claimed.setdefault(words, name)) != name:
                line = file.source.line_of("examples", number)
                what = f"“{example}” is an example of `{other}` too"
                mistakes.append(Mistake(file.source.file, line, what, "leave it to one of them"))


def in_order(wanted: Sequence[str], files: Collection[str], folder: Path, desk: Source) -> list[str]:
    """Return the readable names in the desk's order, then those it does not name; what has no file is noted."""
    known = sorted(path.stem for path in folder.glob("*.md"))
    for number, name in enumerate(wanted):
        if name not in known:
            mend = nearest(name, known) or f"write specialists/{name}.md"
            desk.add(f"there is no specialist `{name}`", mend, "specialists", number)
    listed = [name for name in dict.fromkeys(wanted) if name in files]
    return listed + [name for name in files if name not in listed]


def finish(
    file: SpecialistFile,
    order: Sequence[str],
    tools: Mapping[str, object] | None,
    servers: Collection[str] | None,
    mistakes: list[Mistake],
) -> Specialist:
    """Return the specialist once all names are known; names that mean nothing go to `mistakes`.

    Args:
        tools: by name; None where they could not be read, so that nothing is said about their names.
        servers: names of the MCP servers; None likewise.
    """
    head = file.head
    others = tuple(name for name in order if name != head.name)
    transfers = others if head.transfers is None else head.transfers

    _check_tools(head, tools, file.source)
    _check_servers(head, servers, file.source)
    _check_transfers(head, others, file.source)
    mistakes += file.source.mistakes

    return Specialist(head.name, head.handles, file.body, head.tools, transfers, head.examples, head.model, head.mcp)


def _check_tools(head: FrontMatter, known: Mapping[str, object] | None, source: Source) -> None:
    for number, name in enumerate(head.tools):
        if name in TURN_TOOLS:
            source.add(f"`{name}` need not be named", "every specialist has it; remove it", "tools", number)
        elif known is not None and name not in known:
            mend = nearest(name, sorted(known)) or "write it in tools.py and decorate it with @tool"
            source.add(f"there is no tool `{name}`", mend, "tools", number)


def _check_servers(head: FrontMatter, known: Collection[str] | None, source: Source) -> None:
    for number, name in enumerate(head.mcp):
        if known is not None and name not in known:
            mend = nearest(name, sorted(known)) or "describe it under `mcp_servers` in desk.yml"
            source.add(f"there is no MCP server `{name}`", mend, "mcp", number)


def _check_transfers(head: FrontMatter, others: Sequence[str], source: Source) -> None:
    for number, name in enumerate(head.transfers or ()):
        if name == head.name:
            source.add(f"`{name}` transfers to itself", "remove it", "transfers", number)
        elif name not in others:
            mend = nearest(name, others) or f"write specialists/{name}.md"
            source.add(f"there is no specialist `{name}`", mend, "transfers", number)


def _split(file: str, text: str) -> tuple[Source, str]:
    match = _FILE.match(text)
    if match is None:
        source = Source(file, "")
        mistake = Mistake(file, 1, "has no front matter", "begin with `---`, `name: …`, `handles: …`, `---`")
        source.mistakes.append(mistake)
        return source, ""
    return Source(file, match["head"], first=2), match["body"]
