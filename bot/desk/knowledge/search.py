"""Searches the desk's Markdown articles in a local full-text index; a search makes no network call."""

import itertools
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.desk.language import language_of

_HEADING = re.compile(r"^(#{1,3})\s+(.+?)\s*$", re.MULTILINE)
_WORD = re.compile(r"\w+", re.UNICODE)
_MANY = 200  # passages
_SHARE = 20  # a word of more than so many passages, and more than one in so many, is not searched for alone
_CANDIDATES = 20  # of each search, when two are joined
_RANK = 60  # so much does the first place weigh less than its rank alone would say
_MOST_WORDS = 40  # of a query
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM passages WHERE passages MATCH ? LIMIT ?)"
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


_FUNCTION_WORDS = {
    "en": COMMON_WORDS,
    "de": frozenset(
        """
        aber als am an auch auf aus bei bin bitte das dass dem den der des die ein eine einen einer es für habe haben
        hat ich ihr im in ist kann können man mein meine meinen mich mir mit muss nach nicht noch oder sich sie sind
        um und uns vom von wann warum was wenn wie wird wir wo zu zum zur über
        """.split()  # noqa: SIM905
    ),
    "fr": frozenset(
        """
        au aux avec ce ces comment dans de des du elle en est et être il je la le les leur ma mes mon ne nous
        on ou où par pas pour pourquoi puis quand que quel quelle qui sa se ses si son sont sur un une votre vos vous
        """.split()  # noqa: SIM905
    ),
    "es": frozenset(
        """
        al como con cómo cuando cuál cuándo de del donde dónde el ella en es esta este esto hay la las lo los mi mis
        no para pero por porque puede puedo que qué se si sin sobre son su sus tengo un una yo
        """.split()  # noqa: SIM905
    ),
    "it": frozenset(
        """
        che chi come con cosa da dal dei del della delle di dove è gli ha hai ho i il in io la le lo ma mi mia mio nel
        nella non per perché posso può quando quanto questo questa se si sono su suo tra un una vorrei
        """.split()  # noqa: SIM905
    ),
    "pt": frozenset(
        """
        ao aos as até com como da das de do dos é ela ele em está estou eu foi isso mas me meu minha na não nas no nos
        o onde os ou para pela pelo por porque posso quando que quero se seu sua tenho um uma você
        """.split()  # noqa: SIM905
    ),
    "nl": frozenset(
        """
        aan als bij dat de deze dit door een en er gaat geen heb heeft het hoe hoeveel ik in is jullie kan kunnen maar
        mag met mij mijn naar niet nog of om ook op te uit van voor waar waarom wanneer wat we welke wij worden ze zijn
        """.split()  # noqa: SIM905
    ),
}


@dataclass(frozen=True)
class Passage:
    """A part of an article.

    Args:
        title: the article's title, with the section's after a colon where it has one.
        text: Markdown.
        source: `FILE#ANCHOR` inside the knowledge folder, or the article's link.
        locale: such as `de` or `en-us`; empty where it is not known.
    """

    title: str
    text: str
    source: str
    locale: str = ""


class Nearest(Protocol):
    """A search by meaning."""

    async def nearest(self, query: str, limit: int) -> list[Passage]:
        """Return the passages nearest in meaning, the nearest first; none where it cannot tell."""


class Knowledge:
    """A searchable set of passages; may be searched and changed by several threads.

    Args:
        passages: kept in memory; the index lives as long as this object.
    """

    meaning: Nearest | None = None
    """Searches beside the words, where the desk has an embedding model."""

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        self._passages: dict[int, Passage] = {}
        self._rows: dict[str, list[int]] = {}
        self._count = itertools.count(1)
        self._lock = threading.Lock()
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "CREATE VIRTUAL TABLE passages USING "
            "fts5(title, text, language UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        self.replace("", passages)

    def __len__(self) -> int:
        return len(self._passages)

    def close(self) -> None:
        """Free the index."""
        self._index.close()

    def replace(self, article: str, passages: Iterable[Passage]) -> None:
        """Let these be the only passages under this id; none removes the article."""
        with self._lock:
            gone = self._rows.pop(article, [])
            self._index.executemany("DELETE FROM passages WHERE rowid = ?", [(row,) for row in gone])
            for row in gone:
                del self._passages[row]
            new = {next(self._count): passage for passage in passages}
            rows = [(row, p.title, p.text, _language(p.locale)) for row, p in new.items()]
            self._index.executemany("INSERT INTO passages(rowid, title, text, language) VALUES (?, ?, ?, ?)", rows)
            self._passages |= new
            if new:
                self._rows[article] = list(new)

    def articles(self) -> frozenset[str]:
        """Return the ids of the articles that were put in by `replace`."""
        with self._lock:
            return frozenset(self._rows) - {""}

    def passages(self) -> list[Passage]:
        """Return every passage."""
        with self._lock:
            return list(self._passages.values())

    async def find(self, query: str, limit: int = 3) -> list[Passage]:
        """Return the best passages by words and, where there is a model for it, by meaning too.

        The two lists are joined by rank (https://doi.org/10.1145/1571941.1572114): their scores cannot be compared.
        """
        by_words = self.search(query, limit if self.meaning is None else _CANDIDATES)
        if self.meaning is None:
            return by_words
        by_meaning = await self.meaning.nearest(query, _CANDIDATES)
        scores: dict[Passage, float] = {}
        for found in (by_words, by_meaning):
            for rank, passage in enumerate(found):
                scores[passage] = scores.get(passage, 0.0) + 1 / (_RANK + rank)
        language = language_of(query)
        foreign = {passage: _language(passage.locale) not in {"", language} for passage in scores if language}
        return sorted(scores, key=lambda passage: (foreign.get(passage, False), -scores[passage]))[:limit]

    def search(self, query: str, limit: int = 3) -> list[Passage]:
        """Return the passages that share telling words with the query, the best first; none is an answer too.

        Passages in the query's own language, and those of no known one, come before all others.
        """
        said = _WORD.findall(query.casefold())
        language = language_of(query)
        common = COMMON_WORDS | _FUNCTION_WORDS.get(language, frozenset())
        words = [word for word in said if word not in common]
        if not words:
            return []
        with self._lock:
            wanted = self._wanted(list(dict.fromkeys(words)))
            rows = self._index.execute(
                "SELECT rowid FROM passages WHERE passages MATCH ? "
                "ORDER BY language NOT IN ('', ?) AND ? <> '', bm25(passages, ?, 1.0), rowid LIMIT ?",
                (wanted, language, language, _TITLE_WEIGHT, limit),
            ).fetchall()
            return [self._passages[row] for (row,) in rows]

    def _wanted(self, words: list[str]) -> str:
        """Return the query: passages that hold a word which few others do, ranked by all words.

        A word that most passages hold tells little, and sorting all of them takes most of the time.
        """
        many = max(_MANY, len(self._passages) // _SHARE)
        quoted = [f'"{word}"' for word in words[:_MOST_WORDS]]
        rare = [word for word in quoted if self._index.execute(_COUNT, (word, many)).fetchone()[0] < many]
        everything = " OR ".join(quoted)
        if len(rare) == len(quoted):
            return everything
        return f"({' OR '.join(rare)}) AND ({everything})" if rare else " AND ".join(quoted)


def _language(locale: str) -> str:
    """`de-at` is German."""
    return re.split("[-_]", locale.casefold())[0]


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
