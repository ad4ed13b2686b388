"""Commits a turn in one script, and settles its effects one by one; every write proves the fence."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, cast

from bot.domain.audit import AuditEvent
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect
from bot.domain.errors import LeaseLost, TemporaryFailure
from bot.domain.events import InboundMessage
from bot.domain.facts import TICKET, UNSENT, Facts
from bot.domain.text.storable import STORABLE, to_json
from bot.store import keys
from bot.store.codec import UNREADABLE, dump, load_message
from bot.store.queue.held import Held, Settlement, StoredEffect, store_effect, text_of
from bot.store.records.audit_log import masked, tell
from bot.store.redis import Arguments, Call, Scripts, store_errors

ANSWERED = to_json(["answered", ""])
"""The live event that says: look for your answer."""
_COMMITTED_PARTS = (
    *(keys.inbox, keys.state, keys.outbox, keys.items, keys.answers, keys.seen, keys.journal),
    *(keys.audit, keys.uncopied, keys.kept),
)
_SETTLED_PARTS = (keys.state, keys.outbox, keys.answers, keys.audit, keys.uncopied)


class Outbox:
    """What a turn leaves behind.

    Args:
        ttl: seconds an idle conversation is kept.
    """

    def __init__(self, scripts: Scripts, *, ttl: int) -> None:
        self._scripts = scripts
        self._ttl = ttl

    async def commit(
        self,
        held: Held,
        conversation: Conversation,
        *,
        consumed: int,
        items: Sequence[str] = (),
        effects: Sequence[Effect] = (),
        keep: int | None = None,
        events: Sequence[AuditEvent] = (),
        above: Sequence[str] = (),
    ) -> int:
        """Store state, session entries, effects and audit events in the place of the consumed messages, in one step.

        Args:
            keep: so many of the newest entries that were stored before stay; None for all.
            above: ids of messages that the turn read in the thread itself; their own events count as duplicates.

        Returns:
            How many messages came meanwhile.

        Raises:
            LeaseLost: another worker holds the conversation; nothing was written.
            ValueError: more would be consumed than was read: what came meanwhile would be lost.
        """
        if consumed > len(held.entries):
            raise ValueError(f"{consumed} messages consumed of {len(held.entries)}")
        stored = [store_effect(effect, held.clock) for effect in effects]
        events = masked(events)
        read = held.entries[:consumed]
        reads_withheld = any(entry.is_said_by_customer for entry in read)

        texts = [effect.text for effect in stored]
        args: Arguments = (
            held.proof,
            held.turn,
            consumed,
            dump(conversation),
            self._ttl_of(conversation),
            -1 if keep is None else keep,
            conversation.ticket_id,
            "1" if reads_withheld else "0",
            keys.CONVERSATION_EVENTS,
            _name_of(held.turn, consumed, *items, *texts),
            _residue_of(conversation),
            len(items),
            len(events),
            len(above),
            *above,
            *items,
            *[event.dump() for event in events],
            *texts,
        )
        commit: Call = "commit", _keys_of(_COMMITTED_PARTS, held), args
        reply, gone = await written(self._scripts, held, commit, ("gone", [keys.state(held.id)], ()))
        came_meanwhile = int(reply)

        tell(events)
        _begin_next_turn(held, conversation, reads_withheld=reads_withheld)
        held.entries = _without(above, held.entries[consumed:])
        held.outbox += stored
        held.more = came_meanwhile != 0
        held.gone = _ids(gone)
        held.items = [*_newest(held.items, keep), *items]
        return max(0, came_meanwhile)

    def _ttl_of(self, conversation: Conversation) -> int:
        """Return the seconds that the state is kept, 0 for as long as there is anything to remember."""
        return 0 if conversation.must_stay else self._ttl

    async def deleted(self, held: Held) -> frozenset[str]:
        """Return the ids of lines that were deleted after a turn had taken them, as they are right now.

        What the commit told holds for the first effect that is carried out after it, and for once.

        Raises:
            TemporaryFailure: the store is down.
        """
        known, held.gone = held.gone, None
        if known is not None:
            return known
        [gone] = await self._scripts.run_all(("gone", [keys.state(held.id)], ()))
        return _ids(gone)

    async def is_overtaken(self, held: Held) -> bool:
        """Return whether a customer has written what no turn has taken yet; asked for anew each time.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            waiting = await cast("Any", self._scripts.client).lrange(keys.inbox(held.id), 0, -1)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return any(_is_line(text) for text in waiting)

    async def settle(
        self,
        held: Held,
        stored: StoredEffect,
        *,
        facts: Facts | None = None,
        answer: Mapping[str, object] | None = None,
        answers: Sequence[str] = (),
        event: AuditEvent | None = None,
        with_next: bool = False,
    ) -> None:
        """Take a finished effect off the outbox, with what it taught: facts, and the answer that `/chat` waits for.

        Who listens for that answer hears of it in the same step.

        Args:
            event: how it ended, for the audit.
            with_next: in one round trip with what is written next. Nothing may come between but the letting go: who
                finds the effect still there looks it up.

        Raises:
            LeaseLost: another worker holds the conversation; nothing was written.
        """
        pairs = [part for pair in (facts or Facts()).texts.items() for part in pair]
        events = masked([event] if event else [])
        args: Arguments = (
            held.proof,
            stored.text,
            to_json(answer) if answer is not None else "",
            "".join(told.dump() for told in events),
            keys.CONVERSATION_EVENTS,
            keys.live(held.id),
            ANSWERED,
            len(answers),
            *answers,
            *pairs,
        )
        call: Call = "settle", _keys_of(_SETTLED_PARTS, held), args
        if with_next:
            held.settling = Settlement(call, events)
        else:
            await written(self._scripts, held, call)
            tell(events)
        held.outbox.remove(stored)
        held.facts |= facts or Facts()


async def written(scripts: Scripts, held: Held, call: Call, *beside: Call) -> list[Any]:
    """Run a script of the holder's, behind the end of the last effect where that waits for it; return the replies.

    Args:
        beside: what goes in the same round trip, and proves nothing.

    Raises:
        LeaseLost: another worker holds the conversation; nothing was written.
        TemporaryFailure: the store is down.
    """
    settling, held.settling = held.settling, None
    before = [settling.call] if settling else []
    replies = await scripts.run_all(*before, call, *beside)
    if -1 in [int(reply) for reply in replies[: len(before) + 1]]:
        raise LeaseLost(held.id)
    if settling:
        tell(settling.events)
    return replies[len(before) :]


def _ids(text: Any) -> frozenset[str]:
    return frozenset(text_of(text).split())


def _is_line(text: str | bytes) -> bool:
    """Return whether a waiting message is a customer's; what only a newer version can read is taken for one."""
    try:
        return load_message(text).is_said_by_customer
    except UNREADABLE:
        return True


def _begin_next_turn(held: Held, conversation: Conversation, *, reads_withheld: bool) -> None:
    """Let the holder see what the commit made of the stored state."""
    held.conversation = conversation
    held.turn += 1
    held.attempts = 1
    held.failures = 0
    held.overdue = 0
    held.preview = ""
    if not conversation.ticket_id:
        held.facts = held.facts.without(TICKET)
    if reads_withheld:
        held.facts = held.facts.without(UNSENT)


def _without(ids: Collection[str], entries: Iterable[InboundMessage]) -> list[InboundMessage]:
    return [entry for entry in entries if entry.id not in ids]


def _keys_of(parts: Iterable[Callable[[str], str]], held: Held) -> list[str]:
    return [part(held.id) for part in parts]


def _residue_of(conversation: Conversation) -> str:
    """Return what outlives the state of a conversation with a ticket, empty for one without."""
    return dump(conversation.residue) if conversation.ticket_id else ""


def _newest(items: Sequence[str], keep: int | None) -> Sequence[str]:
    return items if keep is None else items[len(items) - keep :]


def _name_of(*parts: object) -> str:
    """Return a name for a commit, the same when the same is committed once more."""
    return sha256("\0".join(str(part) for part in parts).encode("utf-8", STORABLE)).hexdigest()[:20]
