"""Passages: what an article says under each of its headings, and who may read it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.knowledge.articles import EVERYBODY

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
class Part:
    """A section of a document.

    Args:
        title: of the article that it stands in, where the document has it.
        anchor: leads to it inside the document; empty for its beginning.
    """

    text: str
    heading: str = ""
    title: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of an article beside its text.

    Args:
        title: stands for the one that the text has.
        audience, updated: as in a `Passage`.
        questions: heading of a section → other ways to ask for it; those under an empty heading ask for the first one.
        is_draft: whether nobody may read it yet.
    """

    title: str = ""
    audience: frozenset[str] = EVERYBODY
    questions: Mapping[str, Sequence[str]] | None = None
    updated: str = ""
    is_draft: bool = False


def may_read(audience: Collection[str], readers: Collection[str]) -> bool:
    """Return whether somebody who is all of `readers` may read what is for `audience`."""
    return not set(audience).isdisjoint(readers)


def split_article(text: str, source: str, facts: Facts | None = None) -> Iterator[Passage]:
    """Yield a Markdown article's passages: what stands under each of its headings."""
    return passages_of_parts(list(parts_of_markdown(text)), source, facts or Facts())


def passages_of_parts(parts: Sequence[Part], source: str, facts: Facts) -> Iterator[Passage]:
    """Yield an article's passages, each with its title and its source."""
    asked = {heading.casefold(): tuple(lines) for heading, lines in (facts.questions or {}).items()}
    first = asked.pop("", ())
    titles = _titles(parts, source, facts)
    for part in parts:
        title = titles.get(part.title, part.title)
        yield Passage(
            f"{title}: {part.heading}" if part.heading else title,
            part.text,
            f"{source}#{part.anchor}" if part.anchor else source,
            audience=facts.audience,
            questions=first + asked.get((part.heading or part.title).casefold(), ()),
            updated=facts.updated,
        )
        first = ()


def _titles(parts: Sequence[Part], source: str, facts: Facts) -> Mapping[str, str]:
    """Return the article's title by the title that a part may have; other articles' parts keep theirs."""
    own = next((part.title for part in parts if part.title), "")
    title = facts.title or own or _title_of(source)
    return {"": facts.title or _title_of(source), own: title} if own else {"": title}


def parts_of_markdown(text: str) -> Iterator[Part]:
    """Yield each section that says something."""
    before, *sections = _HEADING.split(text)
    if before.strip():
        yield Part(before.strip())
    title, tops = "", 0
    for level, heading, body in zip(sections[::3], sections[1::3], sections[2::3], strict=True):
        if level == "#":
            title, tops = heading, tops + 1
        if body.strip():
            is_top = level == "#"
            anchor = "" if is_top and tops == 1 else _anchor(heading)
            yield Part(body.strip(), "" if is_top else heading, title, anchor)


def _title_of(file: str) -> str:
    return re.sub(r"\.\w{2,4}$", "", file).rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()


def _anchor(heading: str) -> str:
    return "-".join(_WORD.findall(heading.casefold()))
