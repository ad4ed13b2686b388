"""The desk's knowledge follows a help center: what is new is found, what is gone or hidden is not."""

import asyncio

import pytest

from bot.desk.knowledge.passages import Passage
from bot.desk.knowledge.search import Knowledge
from bot.domain.errors import TemporaryFailure
from bot.domain.knowledge.articles import Article, ArticlePage
from bot.runtime.help_center_sync import HelpCenterSync
from tests.doubles.clock import ManualClock

HOUR = 3600.0


class Shelf:
    """A help center whose articles a test changes.

    Attributes:
        articles: id → article, None for one that customers must not see.
        changed: ids that the next look at changes tells of.
    """

    def __init__(self) -> None:
        self.articles: dict[str, Article | None] = {}
        self.changed: list[str] = []
        self.asked: list[int | None] = []
        self.breaks_after: int | None = None

    def put(self, number: str, text: str, locale: str = "en-us") -> None:
        self.articles[number] = Article(number, f"Title {number}", text, f"https://acme.test/hc/{number}", locale)
        self.changed.append(number)

    def hide(self, number: str) -> None:
        self.articles[number] = None
        self.changed.append(number)

    async def all_articles(self, following: str = "") -> ArticlePage:
        self.asked.append(None)
        place = int(following or 0)
        if self.breaks_after is not None and place >= self.breaks_after:
            raise TemporaryFailure("away")
        ids = sorted(self.articles)
        return self._page(ids[place : place + 2], str(place + 2) if place + 2 < len(ids) else "")

    async def changed_articles(self, since: int, following: str = "") -> ArticlePage:
        self.asked.append(since)
        told, self.changed = self.changed, []
        return self._page([number for number in told if number in self.articles], "", until=since + 7)

    def _page(self, ids: list[str], following: str, until: int = 0) -> ArticlePage:
        found = tuple(article for number in ids if (article := self.articles[number]))
        return ArticlePage(tuple(ids), found, following, until)


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    for number, text in enumerate(["Giraffes are tall.", "Zebras have stripes.", "Llamas spit.", "Otters swim."], 1):
        shelf.put(str(number), text)
    return shelf


def library(shelf: Shelf, knowledge: Knowledge, clock: ManualClock) -> HelpCenterSync:
    return HelpCenterSync(knowledge, shelf, clock, everything=HOUR)


async def test_every_public_article_is_found_with_its_link(shelf: Shelf) -> None:
    knowledge = Knowledge([Passage("Own", "Pandas eat.", "own.md")])
    await library(shelf, knowledge, ManualClock()).refresh()

    assert [passage.source for passage in knowledge.search("otter")] == ["https://acme.test/hc/4"]
    assert [passage.source for passage in knowledge.search("panda")] == ["own.md"]


async def test_between_two_listings_only_changes_are_read(shelf: Shelf) -> None:
    knowledge, clock = Knowledge(), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    begin = int(clock.now())
    shelf.changed.clear()
    shelf.put("2", "Zebras have no spots.")
    clock.advance(300)
    await books.refresh()
    clock.advance(300)
    await books.refresh()

    assert [passage.text for passage in knowledge.search("zebra")] == ["Zebras have no spots."]
    assert shelf.asked == [None, None, begin, begin + 7]


async def test_a_withdrawn_article_is_not_found_any_more(shelf: Shelf) -> None:
    knowledge, clock = Knowledge(), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    shelf.hide("3")
    clock.advance(300)
    await books.refresh()

    assert knowledge.search("llama") == []


async def test_a_deleted_article_is_gone_after_the_next_listing(shelf: Shelf) -> None:
    knowledge, clock = Knowledge([Passage("Own", "Pandas eat.", "own.md")]), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    del shelf.articles["1"]
    clock.advance(HOUR)
    await books.refresh()

    assert knowledge.search("giraffe") == []
    assert knowledge.search("panda")
    assert knowledge.search("otter")


async def test_a_short_listing_is_believed_the_second_time(shelf: Shelf) -> None:
    knowledge, clock = Knowledge(), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    for number in ("2", "3", "4"):
        del shelf.articles[number]
    clock.advance(HOUR)
    await books.refresh()
    assert knowledge.search("otter")

    clock.advance(HOUR)
    await books.refresh()
    assert knowledge.search("otter") == []
    assert knowledge.search("giraffe")


async def test_a_listing_of_nothing_does_not_empty_the_index_for_a_day(shelf: Shelf) -> None:
    knowledge, clock = Knowledge(), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    before = dict(shelf.articles)
    for hours in (12, 24):  # the second silence begins anew
        shelf.articles.clear()
        for _ in range(hours):
            clock.advance(HOUR)
            await books.refresh()
        assert knowledge.search("otter")
        if hours == 12:
            shelf.articles.update(before)
            clock.advance(HOUR)
            await books.refresh()

    clock.advance(HOUR)
    await books.refresh()
    assert knowledge.search("otter") == []


async def test_what_a_short_listing_hides_from_customers_goes_at_once(shelf: Shelf) -> None:
    knowledge, clock = Knowledge(), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    for number in ("2", "3", "4"):
        shelf.hide(number)
    clock.advance(HOUR)
    await books.refresh()

    assert knowledge.search("otter") == []


async def test_a_listing_that_breaks_off_deletes_nothing(shelf: Shelf) -> None:
    knowledge, clock = Knowledge(), ManualClock()
    books = library(shelf, knowledge, clock)
    await books.refresh()
    clock.advance(HOUR)
    shelf.breaks_after = 2
    with pytest.raises(TemporaryFailure):
        await books.refresh()
    assert knowledge.search("otter")

    shelf.breaks_after = None
    del shelf.articles["4"]
    await books.refresh()
    assert knowledge.search("otter") == []


async def test_searches_go_on_while_thousands_of_articles_come_in() -> None:
    shelf = Shelf()
    for number in range(2000):
        shelf.put(str(number), f"Subject number{number} has colour{number % 7} and shape{number % 11}.")
    knowledge = Knowledge([Passage("Own", "Pandas eat.", "own.md")])
    reading = asyncio.create_task(library(shelf, knowledge, ManualClock()).refresh())
    answered = 0
    while not reading.done():
        assert knowledge.search("panda")
        answered += 1
        await asyncio.sleep(0)
    await reading

    assert answered > 100
    assert knowledge.search("number1999")
