"""Sends a test ticket through the account and this Frontdesk, shows each hop as it happens, and removes it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from bot.app.settings import Settings
from bot.app.store import WallClock, open_store
from bot.cli.program import as_typed
from bot.cli.zendesk_setup import open_administration
from bot.domain.ids import ConversationId
from bot.runtime.administration import Administration, Hop, Trial
from bot.store.admin.export import delete
from bot.store.records.conversations import Conversations
from bot.store.redis import Client, Scripts

WORDS = "Hello, this is a test of Frontdesk. How long does shipping take?"
LOOK_SECONDS = 1.0

Look = Callable[[], Awaitable[Hop | None]]


async def run_trial(settings: Settings, seconds: float) -> bool:
    """Send a ticket through everything; return whether each hop went well, the removal too.

    Args:
        seconds: how long each hop may take.
    """
    async with open_administration(settings) as account, open_store(settings) as client:
        return await Attempt(client, seconds).made(account)


class Attempt:
    """One trial, and how it goes."""

    def __init__(self, client: Client, seconds: float) -> None:
        self._scripts = Scripts(client)
        self._conversations = Conversations(self._scripts, WallClock())
        self._seconds = seconds
        self._start = monotonic()
        self._is_well = True

    async def made(self, account: Administration) -> bool:
        """Open the ticket, follow it, and remove it in any case."""
        trial = await account.trial(WORDS)
        name = ConversationId.of_ticket(trial.ticket_id)
        self._tell([Hop(f"ticket #{trial.ticket_id} is opened")])
        try:
            await self._follow(trial, name)
        finally:
            self._tell(await trial.remove())
            if await delete(self._scripts, self._conversations, name):
                self._tell([Hop("its conversation is removed")])
        return self._is_well

    async def _follow(self, trial: Trial, name: str) -> None:
        """Look at one hop after the other; what follows one that failed would only fail too."""
        hops: Sequence[tuple[Look, Hop]] = (
            (trial.delivered, Hop("webhook", "Zendesk has called nobody", "run `frontdesk doctor`")),
            (
                lambda: self._stored(name),
                Hop(
                    "worker", "this store has not heard of the ticket", "see that it is the store of `frontdesk serve`"
                ),
            ),
            (lambda: self._taken(name), Hop("worker", "took no turn", "see that `frontdesk worker` runs, and its log")),
            (
                trial.answered,
                Hop(
                    "answer",
                    "the bot wrote nothing",
                    f"frontdesk conversations show {name} says why, while it is there",
                ),
            ),
        )
        for look, missing in hops:
            hop = await self._awaited(look) or missing
            self._tell([hop])
            if hop.problem:
                return

    async def _awaited(self, look: Look) -> Hop | None:
        end = monotonic() + self._seconds
        while (hop := await look()) is None and monotonic() < end:  # noqa: ASYNC110  # what is looked at is elsewhere
            await asyncio.sleep(LOOK_SECONDS)
        return hop

    async def _stored(self, name: str) -> Hop | None:
        view = await self._conversations.read(name)
        return Hop("the ticket's words are stored") if view else None

    async def _taken(self, name: str) -> Hop | None:
        view = await self._conversations.read(name)
        if view is None or not view.entries or view.waiting:
            return None
        return Hop(
            f"a turn was taken (agent {view.conversation.specialist or 'none'}, owner {view.conversation.owner})"
        )

    def _tell(self, hops: Sequence[Hop]) -> None:
        for hop in hops:
            passed = f"{monotonic() - self._start:5.1f} s"
            told = f"FIX   {passed}  {hop.what}: {hop.problem}\n      → {hop.mend}"
            print(as_typed(told) if hop.problem else f"ok    {passed}  {hop.what}", flush=True)
            self._is_well = self._is_well and not hop.problem
