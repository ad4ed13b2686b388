"""Passages: what an article says under each of its headings, and who may read it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

PUBLIC = "public"
"""Who everybody is, verified or not."""
STAFF = "staff"
"""Our own people, who are never customers."""
SIGNED_IN = "verified"
"""Every customer whose identity is proven."""
EVERYBODY = frozenset({PUBLIC})

_HEADING = re.compile(r"^(#{1,3})\s+(.+?)\s*$", re.MULTILINE)
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True)
class Passage:
    """A part of an article.

    Args:
        title: the article's title, with the section's after a colon where it has one.
        text: Markdown.
        source: `FILE#ANCHOR` inside the knowledge folder, or the article's link.
        locale: such as `de` or `en-us`; empty where it is not known.
        audience: who may read it; one of them is enough: `public`, `verified`, `staff`, a plan or an organisation.
        questions: other ways to ask for it, in any language.
        updated: the day of its last change, as `2026-11-29`; empty where it is not known.
    """

    title: str
    text: str
    source: str
    locale: str = ""
    audience: frozenset[str] = EVERYBODY
    questions: tuple[str, ...] = ()
    updated: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of an article beside its text.

    Args:
        title: stands for the one that the text has.
        audience, updated: as in a `Passage`.
        questions: heading of a section → other ways to ask for it; those under an empty heading ask for the first one.
    """

    title: str = ""
    audience: frozenset[str] = EVERYBODY
    questions: Mapping[str, Sequence[str]] | None = None
    updated: str = ""


def may_read(audience: Collection[str], readers: Collection[str]) -> bool:
    """Return whether somebody who is all of `readers` may read what is for `audience`."""
    return not set(audience).isdisjoint(readers)


def split_article(text: str, file: str, facts: Facts | None = None) -> Iterator[Passage]:
    """Yield an article's passages: what stands under each of its headings."""
    facts = facts or Facts()
    asked = {heading.casefold(): tuple(lines) for heading, lines in (facts.questions or {}).items()}
    first = asked.pop("", ())
    for heading, title, body, source in _sections(text, file, facts.title):
        questions = first + asked.get(heading.casefold(), ())
        first = ()
        yield Passage(title, body, source, audience=facts.audience, questions=questions, updated=facts.updated)


def _sections(text: str, file: str, named: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield heading, title, text and source of each section that says something."""
    parts = _HEADING.split(text)
    title, tops = named or _title_of(file), 0
    if parts[0].strip():
        yield "", title, parts[0].strip(), file
    for level, heading, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if level == "#":
            tops += 1
            title = named if named and tops == 1 else heading
        if body.strip():
            is_first = level == "#" and tops == 1
            name = title if level == "#" else f"{title}: {heading}"
            yield heading, name, body.strip(), file if is_first else f"{file}#{_anchor(heading)}"


def _title_of(file: str) -> str:
    return re.sub(r"\.\w{2,4}$", "", file).rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()


def _anchor(heading: str) -> str:
    return "-".join(_WORD.findall(heading.casefold()))
