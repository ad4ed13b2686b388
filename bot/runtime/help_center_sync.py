"""Keeps the desk's knowledge in step with a Help Center, in the background of searches."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.desk.knowledge.passages import Facts, Passage, split_article
from bot.desk.knowledge.search import Knowledge
from bot.domain.errors import PermanentFailure, TemporaryFailure
from bot.domain.knowledge.articles import Article, ArticlePage, HelpCenter
from bot.domain.ports import Clock
from bot.telemetry import metrics

if TYPE_CHECKING:  # numpy is not for processes that only accept
    from bot.desk.knowledge.meaning import MeaningSearch

CHANGES_SECONDS = 300
"""How often changed articles are read."""
EVERYTHING_SECONDS = 3600
"""How often all articles are listed, which alone tells what was deleted."""
MOST_MISSING = 0.5
"""Of the articles that are known, so many cannot be deleted by one listing alone."""
EMPTY_SECONDS = 86_400
"""For how long a help center that tells of no article at all is not believed."""
LEARN_SECONDS = 20
"""How often passages are looked for whose meaning is not known yet."""

_PAGES = 1000  # of one listing; a listing that does not end is broken
_PREFIX = "article:"

log = structlog.get_logger(__name__)


class HelpCenterSync:
    """Reads a help center's articles into the knowledge, again and again.

    Args:
        knowledge: of the desk; what its own files say stays as it is.
        everything: seconds between two full listings.
    """

    def __init__(
        self, knowledge: Knowledge, help_center: HelpCenter, clock: Clock, *, everything: float = EVERYTHING_SECONDS
    ) -> None:
        self._knowledge = knowledge
        self._help_center = help_center
        self._clock = clock
        self._everything = everything
        self._since = 0
        self._listed_at: float | None = None
        self._missed: set[str] = set()
        self._missed_at = 0.0

    async def refresh(self) -> None:
        """Read what changed; where the last full listing is old, everything.

        Raises:
            RemoteError: the help center did not answer; what was read before it failed is kept.
        """
        now = self._clock.now()
        if self._listed_at is None or now - self._listed_at >= self._everything:
            await self._read_everything(now)
        else:
            await self._read_changes()

    async def _read_everything(self, now: float) -> None:
        """What the whole listing does not tell has been deleted; nothing is, where it breaks off or is too short."""
        told = await self._read(self._help_center.all_articles)
        missing = self._known() - told
        if self._is_doubtful(missing, told, now):
            metrics.SHORT_LISTINGS.inc()
            log.warning("knowledge.short_listing", articles=len(told), missing=len(missing), then="they are kept")
        else:
            await asyncio.to_thread(self._drop, missing)
        self._since = int(now)
        self._listed_at = now
        log.info("knowledge.listed", articles=len(told), known=len(self._known()))

    def _is_doubtful(self, missing: set[str], told: set[str], now: float) -> bool:
        """Whether so much is missing at once that it is likelier a fault of the listing than a clearing out.

        The next whole listing settles it; where nothing at all is told, those of a whole day.
        """
        if not missing <= self._missed:
            self._missed_at = now
        self._missed = missing
        if not missing or len(missing) < MOST_MISSING * len(self._known()):
            return False
        return now - self._missed_at < (self._everything / 2 if told else EMPTY_SECONDS)

    async def _read_changes(self) -> None:
        since, until = self._since, 0

        async def page(following: str) -> ArticlePage:
            nonlocal until
            part = await self._help_center.changed_articles(since, following)
            until = max(until, part.until)
            return part

        await self._read(page)
        self._since = max(self._since, until)

    async def _read(self, read_page: Callable[[str], Awaitable[ArticlePage]]) -> set[str]:
        """Take in every part of a listing; return the ids it told of."""
        told: set[str] = set()
        following = ""
        for _ in range(_PAGES):
            part = await read_page(following)
            told.update(part.ids)
            await asyncio.to_thread(self._take_in, part)
            if not part.following or part.following == following:
                return told
            following = part.following
        raise PermanentFailure("the help center's listing does not end", "endless")

    def _take_in(self, part: ArticlePage) -> None:
        """Every told article is put in anew; one that customers must not see any more goes."""
        passages: dict[str, list[Passage]] = {number: [] for number in part.ids}
        for article in part.articles:
            passages[article.id] += passages_of(article)
        for number, found in passages.items():
            self._knowledge.replace(f"{_PREFIX}{number}", found)

    def _known(self) -> set[str]:
        return {name.removeprefix(_PREFIX) for name in self._knowledge.articles() if name.startswith(_PREFIX)}

    def _drop(self, ids: set[str]) -> None:
        for number in ids:
            self._knowledge.replace(f"{_PREFIX}{number}", ())


async def learn(knowledge: Knowledge, meaning: "MeaningSearch") -> None:
    """Learn the meaning of what the knowledge holds, new articles too.

    Raises:
        TemporaryFailure: the model is away, which costs the search by meaning, nothing else.
    """
    try:
        await meaning.learn(knowledge.passages())
    except Exception as error:
        raise TemporaryFailure(f"sentences: {type(error).__name__}") from error


def passages_of(article: Article) -> list[Passage]:
    """Return an article's passages, each with its link."""
    facts = Facts(audience=article.audience, updated=article.updated)
    return [
        replace(passage, source=article.link, locale=article.locale)
        for passage in split_article(f"# {article.title}\n\n{article.text}", article.link, facts)
    ]
