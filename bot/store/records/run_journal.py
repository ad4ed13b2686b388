"""Stores model answers and tool results of a running turn until it commits: the `Journal` port on Redis."""

from bot.domain.errors import LeaseLost
from bot.store import keys
from bot.store.queue.held import Held
from bot.store.redis import Scripts, fetched_hash


class TurnJournal:
    """The journal of one turn on a held conversation; a first attempt finds nothing and does not ask.

    Args:
        ttl: seconds an idle conversation is kept.
    """

    def __init__(self, scripts: Scripts, held: Held, *, ttl: int) -> None:
        self._scripts = scripts
        self._held = held
        self._ttl = ttl
        self._known: dict[str, str] | None = {} if held.attempts <= 1 else None

    @property
    def holds_something(self) -> bool:
        """Whether an earlier attempt may have recorded anything."""
        return self._known != {}

    async def recall(self, key: str) -> str | None:
        """Return what an attempt of this turn recorded, None when there is nothing.

        Raises:
            TemporaryFailure: the store is down.
        """
        if self._known is None:
            self._known = await fetched_hash(self._scripts.client, keys.journal(self._held.id))
        return self._known.get(key)

    async def record(self, key: str, value: str) -> None:
        """Keep a result before anything follows from it.

        Raises:
            LeaseLost: another worker holds the conversation; nothing was written.
            TemporaryFailure: the store is down.
        """
        key_names = [keys.state(self._held.id), keys.journal(self._held.id)]
        reply = await self._scripts.run("journal", key_names, self._held.proof, key, value, self._ttl)
        if int(reply) == -1:
            raise LeaseLost(self._held.id)
