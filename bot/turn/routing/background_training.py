"""Trains the router in the background; until then it is sure of nothing and triage decides."""

import asyncio
from contextlib import suppress
from pathlib import Path

import structlog

from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.desk import Desk
from bot.turn.routing.learning import router_before, router_of
from bot.turn.routing.router import NOT_SURE, Route, Router

KEPT_SECONDS = 1.0
"""Long enough to read what an earlier start has learnt."""

log = structlog.get_logger(__name__)


class BackgroundRouter:
    """Routes once it can; until then every first message goes to triage.

    Args:
        sentences: tells what a message means; None goes by words alone.
    """

    def __init__(self, sentences: Sentences | None = None) -> None:
        self._sentences = sentences
        self._router: Router | None = None
        self._learning: asyncio.Task[None] | None = None
        self._looked = asyncio.Event()

    @property
    def has_learnt(self) -> bool:
        """Whether everything is learnt that can be."""
        return self._learning is not None and self._learning.done()

    async def learn(self, desk: Desk, folder: Path) -> None:
        """Begin to learn, and wait a moment: what an earlier start has learnt is read in no time.

        Args:
            folder: where what was learnt is kept.
        """
        self._learning = asyncio.create_task(self._learn(desk, folder))
        with suppress(TimeoutError):
            async with asyncio.timeout(KEPT_SECONDS):
                await self._looked.wait()

    async def wait(self) -> None:
        """Return once everything is learnt that can be."""
        if self._learning:
            await asyncio.wait({self._learning})

    async def close(self) -> None:
        """Stop learning: nobody needs it any more."""
        if self._learning:
            self._learning.cancel()
            with suppress(asyncio.CancelledError):
                await self._learning

    async def route(self, text: str) -> Route:
        """Return where the message belongs; not sure before anything is learnt."""
        router = self._router
        if router is None:
            return NOT_SURE
        if not (self._sentences and router.wants_vector):
            return router.route(text)
        plain = router.by_words(text)
        return plain if plain.sure else router.route(text, await self._sentences.of_question(text))

    async def _learn(self, desk: Desk, folder: Path) -> None:
        """Learn the words first, which takes a second; what sentences mean takes as long as the model.

        Where all that was learnt before, as for the built-in desks, nothing is.
        """
        try:
            self._router = await router_before(desk, folder, self._sentences)
        finally:
            self._looked.set()  # what takes longer than reading it nobody waits for
        if self._router:
            return
        for sentences in (None, self._sentences) if self._sentences else (None,):
            try:
                self._router = await router_of(desk, folder, sentences)
            except Exception as error:  # the sentence model's may be any
                then = "words alone decide" if self._router else "every first message goes to triage"
                log.warning("router.not_learnt", error=type(error).__name__, then=then)
