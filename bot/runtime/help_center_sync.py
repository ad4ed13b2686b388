"""Keeps the desk's knowledge in step with a Help Center, in the background of searches."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.desk.knowledge.search import Knowledge, Passage, split_article
from bot.domain.articles import Article, ArticlePage, HelpCenter
from bot.domain.errors import PermanentFailure, RemoteError
from bot.domain.ports import Clock

if TYPE_CHECKING:  # numpy is not for processes that only accept
    from bot.desk.knowledge.embeddings import EmbeddingSearch

CHANGES_SECONDS = 300
"""How often changed articles are read."""
EVERYTHING_SECONDS = 3600
"""How often all articles are listed, which alone tells what was deleted."""
LEARN_SECONDS = 20
"""How often passages are looked for whose meaning is not known yet."""

_PAGES = 1000  # of one listing; a listing that does not end is broken
_PREFIX = "article:"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rhythm:
    """How often, in seconds, changes and everything are read."""

    changes: float = CHANGES_SECONDS
    everything: float = EVERYTHING_SECONDS


class HelpCenterSync:
    """Reads a help center's articles into the knowledge, again and again.

    Args:
        knowledge: of the desk; what its own files say stays as it is.
    """

    def __init__(
        self, knowledge: Knowledge, help_center: HelpCenter, clock: Clock, rhythm: Rhythm | None = None
    ) -> None:
        self._knowledge = knowledge
        self._help_center = help_center
        self._clock = clock
        self._rhythm = rhythm or Rhythm()
        self._since = 0
        self._listed_at: float | None = None

    async def run(self) -> None:
        """Synchronise until cancelled; a failure leaves what is known as it is, until the next time."""
        while True:
            try:
                await self.refresh()
            except RemoteError as error:
                log.warning("knowledge.not_refreshed", error=type(error).__name__)
            await asyncio.sleep(self._rhythm.changes)

    async def refresh(self) -> None:
        """Read what changed; where the last full listing is old, everything.

        Raises:
            RemoteError: the help center did not answer; what was read before it failed is kept.
        """
        now = self._clock.now()
        if self._listed_at is None or now - self._listed_at >= self._rhythm.everything:
            await self._read_everything(now)
        else:
            await self._read_changes()

    async def _read_everything(self, now: float) -> None:
        """What the whole listing does not tell has been deleted; nothing is, where it breaks off."""
        told = await self._read(self._help_center.all_articles)
        await asyncio.to_thread(self._drop, self._known() - told)
        self._since, self._listed_at = int(now), now
        log.info("knowledge.listed", articles=len(told), public=len(self._known()))

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


async def keep_learning(knowledge: Knowledge, meaning: "EmbeddingSearch") -> None:
    """Learn the meaning of what the knowledge holds, new articles too, until cancelled."""
    knowledge.meaning = meaning
    while True:
        try:
            await meaning.learn(knowledge.passages())
        except Exception as error:  # a model server that is away costs the search by meaning, nothing else
            log.warning("embeddings.not_refreshed", error=type(error).__name__)
        await asyncio.sleep(LEARN_SECONDS)


def passages_of(article: Article) -> list[Passage]:
    """Return an article's passages, each with its link."""
    return [
        Passage(passage.title, passage.text, article.link, article.locale)
        for passage in split_article(f"# {article.title}\n\n{article.text}", article.link)
    ]
