"""The full-text index of a desk's passages: ranks them by the words that they share with a query."""

import itertools
import math
import re
import sqlite3
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing

from bot.desk.knowledge.function_words import COMMON_WORDS, FUNCTION_WORDS
from bot.desk.knowledge.passages import Passage, may_read
from bot.desk.language import language_of

_WORD = re.compile(r"\w+", re.UNICODE)
_MANY = 200  # passages
_SHARE = 20  # a word of more than so many passages, and more than one in so many, is not searched for alone
_MOST_WORDS = 40  # of a query
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM passages WHERE passages MATCH ? LIMIT ?)"
_TITLE_WEIGHT = 3.0  # a word in a heading says more about a passage than one in its text


class WordIndex:
    """A searchable set of passages; may be searched and changed by several threads."""

    def __init__(self) -> None:
        self._passages: dict[int, Passage] = {}
        self._row_of: dict[Passage, int] = {}
        self._rows: dict[str, list[int]] = {}
        self._count = itertools.count(1)
        self._lock = threading.Lock()
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "CREATE VIRTUAL TABLE passages USING "
            "fts5(title, text, language UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
        )

    def __len__(self) -> int:
        return len(self._passages)

    def __contains__(self, passage: object) -> bool:
        return passage in self._row_of

    def close(self) -> None:
        """Free the index."""
        self._index.close()

    def replace(self, article: str, passages: Iterable[Passage]) -> None:
        """Let these be the only passages under this id; none removes the article."""
        with self._lock:
            gone = self._rows.pop(article, [])
            self._index.executemany("DELETE FROM passages WHERE rowid = ?", [(row,) for row in gone])
            for row in gone:
                self._row_of.pop(self._passages.pop(row), None)
            new = {next(self._count): passage for passage in passages}
            rows = [(row, p.title, "\n".join((p.text, *p.questions)), language(p.locale)) for row, p in new.items()]
            self._index.executemany("INSERT INTO passages(rowid, title, text, language) VALUES (?, ?, ?, ?)", rows)
            self._passages |= new
            self._row_of |= {passage: row for row, passage in new.items()}
            if new:
                self._rows[article] = list(new)

    def articles(self) -> frozenset[str]:
        """Return the ids of the articles that were put in by `replace`."""
        with self._lock:
            return frozenset(self._rows) - {""}

    def passages(self) -> list[Passage]:
        """Return every passage, whoever may read it."""
        with self._lock:
            return list(self._passages.values())

    def search(self, query: str, limit: int, readers: Collection[str]) -> list[Passage]:
        """Return the passages that share telling words with the query, the best first; none is an answer too.

        Passages in the query's own language, and those of no known one, come before all others.
        """
        spoken = language_of(query)
        words = _telling(query, spoken)
        if not words:
            return []
        with self._lock:
            rows = self._index.execute(
                "SELECT rowid FROM passages WHERE passages MATCH ? "
                "ORDER BY language NOT IN ('', ?) AND ? <> '', bm25(passages, ?, 1.0), rowid",
                (self._wanted(words), spoken, spoken, _TITLE_WEIGHT),
            )
            with closing(rows):
                found = (self._passages[row] for (row,) in rows)
                return list(itertools.islice((each for each in found if may_read(each.audience, readers)), limit))

    def shares(self, query: str, passages: Sequence[Passage]) -> Mapping[Passage, float]:
        """Return how much of what the query's words tell each passage has, 0 to 1; a rare word tells most."""
        held, told = dict.fromkeys(passages, 0.0), 0.0
        with self._lock:
            rows = {self._row_of[passage]: passage for passage in passages if passage in self._row_of}
            for word in _telling(query, language_of(query))[:_MOST_WORDS]:
                tells = self._tells(f'"{word}"')
                told += tells
                for row in self._with(f'"{word}"', list(rows)) if tells else ():
                    held[rows[row]] += tells
        return {passage: share / told if told else 0.0 for passage, share in held.items()}

    def _tells(self, word: str) -> float:
        """Return how much a word tells: nothing where most passages have it."""
        many = max(_MANY, len(self._passages) // _SHARE)
        count = self._index.execute(_COUNT, (word, many)).fetchone()[0]
        return 0.0 if count >= many else math.log(1 + (len(self._passages) - count + 0.5) / (count + 0.5))

    def _with(self, word: str, rows: Sequence[int]) -> list[int]:
        places = ", ".join("?" * len(rows))
        asked = f"SELECT rowid FROM passages WHERE passages MATCH ? AND rowid IN ({places})"  # noqa: S608 (marks alone)
        return [row for (row,) in self._index.execute(asked, (word, *rows))]

    def _wanted(self, words: Sequence[str]) -> str:
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


def language(locale: str) -> str:
    """`de-at` is German."""
    return re.split("[-_]", locale.casefold())[0]


def _telling(query: str, spoken: str) -> list[str]:
    common = COMMON_WORDS | FUNCTION_WORDS.get(spoken, frozenset())
    return list(dict.fromkeys(word for word in _WORD.findall(query.casefold()) if word not in common))
