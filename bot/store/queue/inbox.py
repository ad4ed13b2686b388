"""Stores an arriving message once, before its sender is told so, and wakes a worker for it."""

from dataclasses import replace
from enum import IntEnum

from bot.domain.errors import TemporaryFailure
from bot.domain.events import CustomerMessage, InboundMessage, StopPressed
from bot.domain.text.redaction import mask
from bot.store import keys
from bot.store.codec import dump
from bot.store.queue.due import DueQueue, tag_of
from bot.store.records.time_index import touch_call
from bot.store.redis import Call, Scripts, store_errors
from bot.telemetry import metrics


class Accepted(IntEnum):
    """What became of a message."""

    NEW = 1
    DUPLICATE = 0
    UNKNOWN_CONVERSATION = -1
    STALE = -2
    ANSWERED = -3


class Change(IntEnum):
    """What became of a change of a message."""

    UNKNOWN = 0
    WAITING = 1
    TAKEN = 2
    RUNNING = 3


class Inbox:
    """The way in: every method returns only after Redis has the message, without card numbers and keys.

    Args:
        ttl: seconds an idle conversation is kept.
        debounce: seconds a customer's line waits for the next one.
    """

    def __init__(self, scripts: Scripts, due: DueQueue, *, ttl: int, debounce: float) -> None:
        self._scripts = scripts
        self._due = due
        self._ttl = ttl
        self._debounce = debounce

    async def accept(
        self,
        message: InboundMessage,
        *,
        second_id: str = "",
        joined_only: bool = False,
        expected_items: int | None = None,
        still_waiting: str = "",
        at_once: bool = False,
        stops: bool = False,
        remember: tuple[str, str] | None = None,
        writer: str = "",
    ) -> Accepted:
        """Store the message and wake a worker; a duplicate is not stored but still wakes.

        Args:
            second_id: another id the vendor may use for the same gesture (`client_msg_id`).
            joined_only: only if the conversation exists already; a customer's line is kept for a minute in case the
                one that makes it is still on its way.
            expected_items: only if the transcript has exactly this many entries.
            still_waiting: only if the message with this id has not been answered yet.
            at_once: no waiting for the customer's next line.
            stops: whether its author wants no answer any more to what is being answered.
            remember: a pointer key and its value, set in the same round trip.
            writer: author id of whoever it is about where that is not its author, with whom its turn is shared out.

        Raises:
            TemporaryFailure: the store is down; nothing may be acknowledged.
        """
        store = self._accept_call(message, second_id, joined_only, expected_items, still_waiting)
        touch = touch_call(message.conversation)
        delay = self._delay(message, at_once=at_once)
        wake = self._due.wake_call(message.conversation, delay, tag_of(writer or _writer_of(message)))
        pointer = [("remember", [remember[0]], (remember[1], self._ttl))] if remember else []

        is_conditional = joined_only or expected_items is not None or bool(still_waiting)
        if not is_conditional:
            # In this order, so that a conversation is never without its place among all.
            replies = await self._scripts.run_all(touch, store, wake, *pointer)
            return _counted(message, replies[1])

        # Where it is stored the conversation is known, and found when nobody gets to wake a worker.
        known = touch_call(message.conversation, if_known=True)
        _, reply = await self._scripts.run_all(known, store)
        accepted = _counted(message, reply)
        if accepted in {Accepted.NEW, Accepted.DUPLICATE}:
            await self._scripts.run_all(touch, wake)
            if stops or isinstance(message, StopPressed):
                await self._due.stop(message.conversation, message.author.id)
            if pointer:
                await self._scripts.run_all(*pointer)
        return accepted

    async def knows(self, conversation: str, message_id: str) -> bool:
        """Return whether a message with this id was accepted before.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            return await self._scripts.client.zscore(keys.seen(conversation), message_id) is not None
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    def _accept_call(
        self,
        message: InboundMessage,
        second_id: str,
        joined_only: bool,
        expected_items: int | None,
        still_waiting: str,
    ) -> Call:
        parts = (keys.inbox, keys.state, keys.seen, keys.items, keys.early, keys.kept)
        args = (
            message.id,
            second_id,
            dump(replace(message, text=mask(message.text))),
            self._ttl,
            "1" if joined_only else "0",
            "" if expected_items is None else str(expected_items),
            still_waiting,
            keys.EARLY_SECONDS if isinstance(message, CustomerMessage) else 0,
        )
        return "accept", [part(message.conversation) for part in parts], args

    def _delay(self, message: InboundMessage, *, at_once: bool) -> float:
        """Return the seconds that a customer's line waits for the next one."""
        return 0.0 if at_once or not isinstance(message, CustomerMessage) else self._debounce

    async def withdraw(self, conversation: str, message_id: str) -> Change:
        """Remove a message that no turn has taken; one that was taken is marked, so that its answer is held back."""
        return await self._change(conversation, message_id, "delete", "")

    async def edit(self, conversation: str, message_id: str, text: str) -> Change:
        """Replace the text of a message that no turn has taken."""
        return await self._change(conversation, message_id, "edit", mask(text))

    async def _change(self, conversation: str, message_id: str, change: str, text: str) -> Change:
        key = [keys.inbox(conversation), keys.state(conversation), keys.seen(conversation)]
        return Change(int(await self._scripts.run("withdraw", key, message_id, change, text)))


def _writer_of(message: InboundMessage) -> str:
    """Return the author with whom a turn is shared out, empty where it is no customer."""
    return message.author.id if message.is_said_by_customer else ""


def _counted(message: InboundMessage, reply: object) -> Accepted:
    accepted = Accepted(int(str(reply)))
    if accepted is Accepted.NEW:
        metrics.MESSAGES.labels(surface=message.surface.value).inc()
    elif accepted is Accepted.DUPLICATE:
        metrics.DUPLICATES.labels(surface=message.surface.value).inc()
    return accepted
