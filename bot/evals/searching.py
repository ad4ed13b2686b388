"""Searches a desk's knowledge with the questions of its cases, and reports how often they find what they have to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from bot.app.sentences import open_sentences
from bot.app.settings import Settings
from bot.app.store import WallClock
from bot.desk.cases import searches_of
from bot.desk.loading.desk import Desk
from bot.desk.searches import Search, Searches

HEAD = ("desk", "searches in", "questions", "found first", "among three", "off-topic", "that found something")
_SHOWN = 3


@dataclass(frozen=True)
class Searched:
    """A question and the sources of what it found, the best first."""

    desk: str
    search: Search
    found: tuple[str, ...]

    @property
    def place(self) -> int:
        """Where the right section stands, from 0; as far behind as can be where it was not found."""
        return next((place for place, source in enumerate(self.found) if source in self.search.finds), len(self.found))

    @property
    def is_first(self) -> bool:
        """Whether the right section was found first."""
        return bool(self.found) and self.place == 0

    @property
    def is_third(self) -> bool:
        """Whether it was found among three."""
        return self.place < min(len(self.found), _SHOWN)


@dataclass(frozen=True)
class SearchReport:
    """What all questions of some desks found.

    Args:
        wanted: desk → the shares that its cases want.
        by_words: desks that were searched by words alone, for want of a sentence model.
    """

    searched: Sequence[Searched]
    wanted: Mapping[str, Sequence[Searches]]
    by_words: frozenset[str] = frozenset()

    def findings(self) -> Iterator[str]:
        """Yield what is less than the cases want, and why nothing is held against a desk."""
        for desk in self.wanted:
            if desk in self.by_words:
                yield f"{desk}: searched by words alone, for this machine has no sentence model"
            yield from (f"{desk}: {line}" for line in self._short_of(desk))

    @property
    def passed(self) -> bool:
        """Whether every desk's shares are reached; without a sentence model none is held against it."""
        return not any(line for desk in self.wanted for line in self._short_of(desk))

    def _short_of(self, desk: str) -> Iterator[str]:
        if self.wanted[desk] and desk not in self.by_words:
            yield from _short([each for each in self.searched if each.desk == desk], self.wanted[desk])

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the figures per desk and language, and those of all desks together."""
        for desk in dict.fromkeys(each.desk for each in self.searched):
            own = [each for each in self.searched if each.desk == desk]
            for language in dict.fromkeys(each.search.language for each in own):
                yield _row(desk, language or "-", [each for each in own if each.search.language == language])
            yield _row(desk, "all", own)

    def table(self) -> Table:
        """Return them for a terminal."""
        shown = Table(*HEAD, box=None, pad_edge=False)
        for row in self.rows():
            shown.add_row(*row)
        return shown

    def markdown(self) -> str:
        """Return them as Markdown."""
        lines = [f"| {' | '.join(HEAD)} |", "|---|---|--:|--:|--:|--:|--:|"]
        return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in self.rows())]) + "\n"


async def try_searches(settings: Settings, desks: Sequence[Desk]) -> SearchReport:
    """Return what the desks' questions find, as the desks would search at work."""
    searched: list[Searched] = []
    wanted: dict[str, Sequence[Searches]] = {}
    by_words: set[str] = set()
    for desk in desks:
        wanted[desk.id] = searches_of(desk)
        questions = [search for searches in wanted[desk.id] for search in searches.questions]
        if questions and not await _learn_and_search(settings, desk, questions, searched):
            by_words.add(desk.id)
    return SearchReport(searched, wanted, frozenset(by_words))


async def _learn_and_search(
    settings: Settings, desk: Desk, questions: Sequence[Search], searched: list[Searched]
) -> bool:
    """Add what the questions find; return whether there was a sentence model for it."""
    from bot.desk.knowledge.meaning import MeaningSearch, VectorFile  # numpy: not for every command

    async with open_sentences(settings, desk.policy, WallClock()) as sentences:
        if sentences:
            meaning = desk.knowledge.meaning = MeaningSearch(sentences, VectorFile(None, sentences.name))
            await meaning.learn(desk.knowledge.passages())
        for search in questions:
            found = await desk.knowledge.find(search.asks)
            searched.append(Searched(desk.id, search, tuple(passage.source for passage in found)))
    return sentences is not None


def _short(own: Sequence[Searched], wanted: Sequence[Searches]) -> Iterator[str]:
    """Yield the shares that are not reached, with what missed them."""
    yield from _not_found(_asked(own), wanted)
    yield from _found_in_vain(_foreign(own), wanted)


def _not_found(asked: Sequence[Searched], wanted: Sequence[Searches]) -> Iterator[str]:
    first = max(each.first for each in wanted)
    third = max(each.third for each in wanted)
    if _share(asked, lambda each: each.is_first) < first or _share(asked, lambda each: each.is_third) < third:
        yield f"fewer than {first:.0%} of its questions find their section first, or {third:.0%} among three"
        yield from map(_line, [each for each in asked if not each.is_first])


def _found_in_vain(foreign: Sequence[Searched], wanted: Sequence[Searches]) -> Iterator[str]:
    off_topic = min(each.off_topic for each in wanted)
    if _share(foreign, lambda each: bool(each.found)) > off_topic:
        yield f"more than {off_topic:.0%} of the questions that it cannot answer find something"
        yield from map(_line, [each for each in foreign if each.found])


def _line(each: Searched) -> str:
    return f"  “{each.search.asks}” found {_told(each)}"


def _row(desk: str, language: str, some: Sequence[Searched]) -> tuple[str, ...]:
    asked, foreign = _asked(some), _foreign(some)
    first, third = (_figure(asked, lambda each: each.is_first), _figure(asked, lambda each: each.is_third))
    found = str(sum(bool(each.found) for each in foreign))
    return desk, language, str(len(asked)), first, third, str(len(foreign)), found if foreign else "-"


def _asked(some: Sequence[Searched]) -> list[Searched]:
    return [each for each in some if each.search.finds]


def _foreign(some: Sequence[Searched]) -> list[Searched]:
    return [each for each in some if not each.search.finds]


def _share(some: Sequence[Searched], is_so: Callable[[Searched], bool]) -> float:
    return sum(map(is_so, some)) / len(some) if some else float("nan")  # which is neither too little nor too much


def _figure(some: Sequence[Searched], is_so: Callable[[Searched], bool]) -> str:
    return f"{_share(some, is_so):.2f}" if some else "-"


def _told(each: Searched) -> str:
    return ", ".join(each.found) or "nothing"
