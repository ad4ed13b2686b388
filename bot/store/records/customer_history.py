"""A customer's latest conversations, wherever they wrote: the `PastConversations` port on Redis."""

from collections.abc import Sequence
from contextlib import suppress

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.records.conversations import Conversations
from bot.store.redis import Client, store_errors

MOST = 3
KEPT = 20


class CustomerHistory:
    """A customer's newest conversations.

    Args:
        ttl: seconds an idle conversation is kept.
    """

    def __init__(self, client: Client, conversations: Conversations, *, ttl: int) -> None:
        self._client = client
        self._conversations = conversations
        self._ttl = ttl

    async def begin(self, customer: str, conversation: str, now: float) -> Sequence[str]:
        """Note that the customer begins a conversation; return the summaries of their last ones, newest first.

        A store that is down costs the memory, never the answer.

        Args:
            now: Unix seconds.
        """
        summaries: list[str] = []
        with suppress(TemporaryFailure, *store_errors):
            name = keys.visits(customer)
            pipe = self._client.pipeline(transaction=False)
            pipe.zadd(name, {conversation: now})
            pipe.zremrangebyrank(name, 0, -KEPT - 1)
            pipe.expire(name, self._ttl)
            pipe.zrevrange(name, 0, MOST)
            for raw in (await pipe.execute())[-1]:
                other = raw.decode() if isinstance(raw, bytes) else str(raw)
                found = await self._conversations.at_rest(other) if other != conversation else None
                if found and found.summary:
                    summaries.append(found.summary)
        return summaries[:MOST]
