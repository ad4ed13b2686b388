"""What every story can do and see, whatever its vendors are: the API of both stages."""

import io
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf
from time import time
from typing import Any

from bot.app.container import Engine
from bot.store import keys
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.doubles.clock import ManualClock

BOT = "U0BOT"
SARAH, MARCUS, DANA, OLEG, ERIN = "U0SARAH", "U0MARCUS", "U0DANA", "U0OLEG", "U0EXT"
SARAH_DM, MARCUS_DM, HELP, SHARED = "D0SARAH", "D0MARCUS", "C0HELP", "C0SHARED"
TEAM, PARTNER = "T0FRONTDSK", "T0PARTNER"
SARAH_ID, MARCUS_ID, DANA_ID, LEE_ID, BOT_ID = 2001, 2002, 1002, 1003, 1001
"""The same people in Zendesk, and two human agents."""

SUPPORT, BILLING, TECHNICAL, SHIPPING, ESCALATIONS = range(5001, 5006)
"""Zendesk's groups."""

Json = Mapping[str, Any]


@dataclass
class Story:
    """Customers write, human agents work, and everybody sees what stands where.

    Args:
        log: what the process logs.
    """

    engine: Engine
    log: io.StringIO
    clock: ManualClock

    @abstractmethod
    async def state(self) -> Any:
        """Return everything both vendors hold."""

    @abstractmethod
    async def writes(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> str:
        """A person writes in Slack; return the message's ts."""

    @abstractmethod
    async def opens(self, body: str, requester: int | Json = SARAH_ID, **more: Any) -> int:
        """A customer opens a ticket in Zendesk; return its id."""

    @abstractmethod
    async def comments(self, ticket_id: int, author: int, body: str, *, public: bool = True, **more: Any) -> None:
        """Somebody writes on a ticket."""

    @abstractmethod
    async def changes(self, ticket_id: int, actor: int = DANA_ID, **fields: Any) -> None:
        """A human agent changes a ticket's fields and tags."""

    @abstractmethod
    async def takes_all(self) -> None:
        """The vendors' rate limits are off, for stories that say much in no time."""

    @abstractmethod
    async def _delivered(self) -> tuple[int, int]:
        """How many events are on their way, and how many have arrived."""

    async def thread(self, channel: str, ts: str) -> list[Any]:
        """Return the replies in a thread, oldest first, without those still being streamed."""
        messages = (await self.state())["slack"]["messages"]
        return [
            message
            for message in messages
            if message["channel"] == channel
            and message["thread_ts"] == ts
            and message["ts"] != ts
            and not message["streaming"]
        ]

    async def answers(self, channel: str, ts: str, count: int = 1) -> list[str]:
        """Return the texts of the bot's messages in a thread once there are `count`, without what is only shown yet."""

        async def texts() -> list[str] | None:
            messages = await self.thread(channel, ts)
            found = [said(message) for message in messages if message["user"] == BOT and is_delivered(message)]
            return found if len(found) >= count else None

        found: list[str] = await wait_until(texts, what=f"{count} answers in the thread")
        return found

    async def tickets(self, count: int = 1) -> list[Any]:
        """Return all tickets once there are `count`."""

        async def enough() -> list[Any] | None:
            tickets = (await self.state())["zendesk"]["tickets"]
            return tickets if len(tickets) >= count else None

        tickets: list[Any] = await wait_until(enough, what=f"{count} tickets")
        return tickets

    async def ticket(self, ticket_id: int | str) -> Any:
        """Return one ticket."""
        tickets = (await self.state())["zendesk"]["tickets"]
        return next(ticket for ticket in tickets if str(ticket["id"]) == str(ticket_id))

    async def bot_comments(self, ticket_id: int, count: int = 1) -> list[Any]:
        """Return the bot's own public comments on a ticket once there are `count`."""

        async def enough() -> list[Any] | None:
            comments = (await self.ticket(ticket_id))["comments"]
            found = [comment for comment in comments if comment["author_id"] == BOT_ID and comment["public"]]
            return found if len(found) >= count else None

        found: list[Any] = await wait_until(enough, what=f"{count} comments of the bot")
        return found

    async def owned_by(self, conversation: str, owner: str) -> None:
        """Wait until the conversation has this owner."""

        async def owned() -> bool:
            view = await self.engine.conversations.read(conversation)
            return view is not None and view.conversation.owner == owner

        await wait_until(owned, what=f"{conversation} owned by {owner}")

    async def owner(self, conversation: str) -> str:
        """Return who owns the conversation, empty when there is none."""
        view = await self.engine.conversations.read(conversation)
        return str(view.conversation.owner) if view else ""

    async def comment(self, ticket_id: int | str, words: str) -> Any:
        """Return the ticket's comment that has these words, None while there is none."""
        comments = (await self.ticket(ticket_id))["comments"]
        return next((comment for comment in comments if words in comment["body"]), None)

    async def has_no_tag(self, ticket_id: int | str, tag: str) -> bool:
        """Return whether the ticket does not carry the tag."""
        return tag not in (await self.ticket(ticket_id))["tags"]

    async def settled(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until nothing waits and nothing is held; a claim that found another at work may stand for a while.

        What has just become due waits too, and what the worker has taken is held before anything shows it.
        """
        worker = self.engine.worker

        async def idle() -> bool:
            due = dict(await self.engine.client.zrange(keys.DUE, 0, -1, withscores=True))
            if not worker._stopping.is_set() and min(due.values(), default=inf) <= time() * 1000:
                return False
            busy = [conversation for conversation in due if await self._busy(conversation.decode())]
            return not busy and not worker._running

        await wait_until(idle, seconds, "an idle mailbox")

    async def _busy(self, conversation: str) -> bool:
        client = self.engine.client
        waiting = await client.llen(keys.inbox(conversation)) + await client.llen(keys.outbox(conversation))
        return bool(waiting or await client.hget(keys.state(conversation), "owner"))

    async def passes(self, seconds: float) -> None:
        """Time goes by, for both vendors, for the bot and for what is due, once nothing is left to do."""
        await self.quiet()
        await self._move_on(seconds)

    async def goes_by(self, seconds: float) -> None:
        """Time goes by while something waits, for its debounce or for a vendor: nothing is ever quiet then."""
        await self.delivered()
        await self._move_on(seconds)

    async def _move_on(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for conversation in await self.engine.client.zrange(keys.DUE, 0, -1):
            await self.engine.client.zincrby(keys.DUE, -seconds * 1000, conversation)

    async def next_second(self, stamp: str) -> None:
        """Wait until what changes from now on has a later stamp."""
        since = datetime.fromisoformat(stamp).timestamp()
        await wait_until(lambda: time() >= since + 1, what="the next second")

    async def delivered(self) -> None:
        """Wait until all that was said has reached the bot."""

        async def arrived() -> bool:
            return not (await self._delivered())[0]

        await wait_until(arrived, what="deliveries")

    async def quiet(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until everything that was said has been delivered, and everything that follows from it was done."""

        async def still() -> bool:
            before = await self._delivered()
            await self.settled(seconds)
            after = await self._delivered()
            return before == after and not after[0]

        await wait_until(still, seconds, "quiet")


def is_delivered(message: Any) -> bool:
    """Return whether a message is an answer as it was decided: a preview names no effect until it has become one."""
    return "effect_id" in ((message["metadata"] or {}).get("event_payload") or {})


def said(message: Any) -> str:
    """Return what a message shows: its text, or the text of its blocks."""
    if message["text"] and message["format"] == "markdown":
        return str(message["text"])
    blocks = [block.get("text", "") for block in message["blocks"] or () if block["type"] in {"markdown", "section"}]
    texts = [text if isinstance(text, str) else text.get("text", "") for text in blocks]
    return "\n".join(texts) or str(message["text"])
