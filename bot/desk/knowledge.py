"""What the desk knows: Markdown articles in a local full-text index; a search makes no call to anyone."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"^(#{1,3})\s+(.+?)\s*$", re.MULTILINE)
_WORD = re.compile(r"\w+", re.UNICODE)
_TITLE_WEIGHT = 3.0  # a word in a heading says more about a passage than one in its text

COMMON_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before but by can could did do does doing for
    from get give got had has have help her here hey hi hello him his how i if in into is it its just know let like
    make many may me might more most much must my need no not of on one or our out over please put s she should so
    some such t tell than thank thanks that the their them then there these they this those to too up us use very
    want was way we were what when where which while who why will with would yes yet you your
    """.split()  # noqa: SIM905 (a column of quoted words reads worse)
)
"""Words of questions, not of answers: a passage that shares only these with a question does not answer it."""


@dataclass(frozen=True)
class Passage:
    """A part of an article.

    Args:
        title: the article's title, with the section's after a colon where it has one.
        text: Markdown.
        source: `FILE#ANCHOR` inside the knowledge folder.
    """

    title: str
    text: str
    source: str


class Knowledge:
    """A searchable set of passages.

    Args:
        passages: kept in memory; the index lives as long as this object.
    """

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        self._passages = tuple(passages)
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(title, text, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        rows = [(number, p.title, p.text) for number, p in enumerate(self._passages)]
        self._index.executemany("INSERT INTO passages(rowid, title, text) VALUES (?, ?, ?)", rows)

    def __len__(self) -> int:
        return len(self._passages)

    def close(self) -> None:
        """Free the index."""
        self._index.close()

    def search(self, query: str, limit: int = 3) -> list[Passage]:
        """Return the passages that share telling words with the query, the best first; none is an answer too."""
        words = [word for word in _WORD.findall(query.casefold()) if word not in COMMON_WORDS]
        if not words:
            return []
        wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        rows = self._index.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, ?, 1.0), rowid LIMIT ?",
            (wanted, _TITLE_WEIGHT, limit),
        )
        return [self._passages[number] for (number,) in rows]


def split_article(text: str, file: str) -> Iterator[Passage]:
    """Yield an article's passages: what stands under each of its headings."""
    parts = _HEADING.split(text)
    title = file.removesuffix(".md").rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()
    if parts[0].strip():
        yield Passage(title, parts[0].strip(), file)
    for level, heading, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if level == "#":
            title = heading
        if body.strip():
            name = heading if level == "#" else f"{title}: {heading}"
            yield Passage(name, body.strip(), file if level == "#" else f"{file}#{_anchor(heading)}")


def _anchor(heading: str) -> str:
    return "-".join(_WORD.findall(heading.casefold()))
