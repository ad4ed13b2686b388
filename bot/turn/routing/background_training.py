"""Trains the router in the background; until then it is sure of nothing and triage decides."""

import asyncio
import subprocess
import threading
from pathlib import Path

import structlog

from bot.desk.loading.loader import Desk
from bot.turn.routing.classifier import NOWHERE
from bot.turn.routing.router import Route, Router, router_of

KEPT_SECONDS = 1.0
"""Long enough to read what an earlier start has learnt."""

log = structlog.get_logger(__name__)


class BackgroundRouter:
    """Routes once it can; until then every first message goes to triage."""

    def __init__(self) -> None:
        self._router: Router | None = None
        self._tried = threading.Event()

    async def learn(self, desk: Desk, folder: Path) -> None:
        """Begin to learn, and wait a moment: what an earlier start has learnt is read in no time.

        Args:
            folder: where what was learnt is kept.
        """
        # A daemon: a process that is told to stop does not wait for what it will not need.
        threading.Thread(target=self._learn, args=(desk, folder), daemon=True).start()
        await asyncio.to_thread(self._tried.wait, KEPT_SECONDS)

    def route(self, text: str) -> Route:
        """Return where the message belongs; not sure before anything is learnt."""
        return self._router.route(text) if self._router else Route(NOWHERE, 0.0, sure=False)

    def _learn(self, desk: Desk, folder: Path) -> None:
        try:
            self._router = router_of(desk, folder)
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            log.warning("router.not_learnt", error=type(error).__name__, then="every first message goes to triage")
        finally:
            self._tried.set()
