"""How long a search takes over a large help center, at rest and while its articles are read in again."""

import asyncio
import random
import time
from collections.abc import Sequence

from bot.desk.knowledge.search import Knowledge
from bot.domain.knowledge.articles import Article
from bot.runtime.help_center_sync import passages_of
from tests.bench.table import Table, Target

ARTICLES = 5000
SEARCHES = 400
WANTED_MS = 20.0

_VOCABULARY = 6000
_COMMON_WORDS = 40  # that are in about every text, as in any language


class Writer:
    """Writes texts whose words are as unevenly common as people's; the same ones every time."""

    def __init__(self) -> None:
        self._chance = random.Random(5)
        self._words = [self._word() for _ in range(_VOCABULARY)]
        self._weights = [1 / (place + 1) for place in range(_VOCABULARY)]

    def words(self, count: int, *, telling: bool = False) -> str:
        """Return a text; a telling one has none of the commonest words."""
        start = _COMMON_WORDS if telling else 0
        return " ".join(self._chance.choices(self._words[start:], self._weights[start:], k=count))

    def article(self, number: int) -> Article:
        """Return an article of three sections, about 300 words."""
        sections = [f"## {self.words(3, telling=True)}\n\n{self.words(100)}" for _ in range(3)]
        link = f"https://example.com/hc/articles/{number}"
        return Article(str(number), self.words(5, telling=True), "\n\n".join(sections), link, "en-us")

    def _word(self) -> str:
        syllables = self._chance.randint(2, 4)
        return "".join(self._chance.choice("bcdfglmnprst") + self._chance.choice("aeiou") for _ in range(syllables))


async def run() -> Table:
    """Measure and return the table."""
    writer, knowledge = Writer(), Knowledge()
    articles = [writer.article(number) for number in range(ARTICLES)]
    begin = time.perf_counter()
    _take_in(knowledge, articles)
    filled = time.perf_counter() - begin
    questions = [f"how do I {writer.words(3)} {writer.words(4, telling=True)}?" for _ in range(SEARCHES)]
    at_rest = [_search_ms(knowledge, question) for question in questions]
    reading = asyncio.create_task(asyncio.to_thread(_take_in, knowledge, articles))
    meanwhile = []
    for question in questions:
        meanwhile.append(_search_ms(knowledge, question))
        await asyncio.sleep(0)
    was_reading = not reading.done()
    await reading
    target = Target("search p95", f"at most {WANTED_MS:g} ms", f"{_p95(at_rest):.1f} ms", _p95(at_rest) <= WANTED_MS)
    return Table(
        f"Knowledge: {ARTICLES} articles, {len(knowledge)} passages",
        ("", "p50 ms", "p95 ms", "max ms"),
        (_row("at rest", at_rest), _row("while all are read in again", meanwhile)),
        (target,),
        (
            f"The index is filled in {filled:.1f} s.",
            f"The second row ended {'before' if was_reading else 'after'} the reading in did.",
        ),
    )


def _take_in(knowledge: Knowledge, articles: Sequence[Article]) -> None:
    for article in articles:
        knowledge.replace(article.id, passages_of(article))


def _search_ms(knowledge: Knowledge, question: str) -> float:
    begin = time.perf_counter()
    knowledge.search(question)
    return (time.perf_counter() - begin) * 1000


def _row(name: str, times: Sequence[float]) -> tuple[str, str, str, str]:
    return name, f"{sorted(times)[len(times) // 2]:.2f}", f"{_p95(times):.2f}", f"{max(times):.2f}"


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
