"""Dead letters: turns and effects that were given up, kept for operators; the newest ten thousand."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.codec import dump, load_message
from bot.store.queue.due import DueQueue
from bot.store.records.time_index import touch_call
from bot.store.redis import Call, Client, Scripts, store_errors

TURN = "turn"
"""The kind of a message whose turn failed; every other kind is an effect's."""

BATCH = 1_000


@dataclass(frozen=True)
class DeadLetter:
    """One thing given up.

    Args:
        id: `milliseconds-number`, by time.
        payload: the effect or message as JSON; it may hold customers' words.
        reason: the vendor's error code or the error's kind.
        since: of an effect, Unix seconds no later than the first attempt to carry it out; 0 where it is not known.
    """

    id: str
    conversation: str
    kind: str
    payload: str
    reason: str
    since: float = 0.0

    @property
    def at(self) -> float:
        """Unix seconds."""
        return int(self.id.partition("-")[0]) / 1000


class Revived(IntEnum):
    """What became of a dead letter that is to be tried again."""

    DONE = 1
    DONE_BEFORE = 0
    NO_CONVERSATION = -1


class DeadLetters:
    """The stream of what was given up. Every method raises TemporaryFailure when the store is down."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def bury(self, conversation: str, kind: str, payload: str, reason: str, since: float = 0.0) -> None:
        """Keep one dead letter.

        Args:
            since: when it was decided, Unix seconds; 0 where that is not known.
        """
        what = {"conversation": conversation, "kind": kind, "payload": payload}
        entry = {**what, "reason": reason, "since": f"{since:.3f}"}
        await _asked(self._client.xadd(keys.DEAD, entry, maxlen=keys.DEAD_LETTERS, approximate=True))

    async def find(self, name: str = "") -> list[DeadLetter]:
        """Return dead letters, oldest first.

        Args:
            name: a conversation's id or a letter's; empty for all.
        """
        found: list[DeadLetter] = []
        start = "-"
        while rows := await _asked(self._client.xrange(keys.DEAD, min=start, count=BATCH)):
            found += [_letter(*row) for row in rows]
            start = f"({found[-1].id}"
        return [letter for letter in found if name in {"", letter.id, letter.conversation}]

    async def drop(self, letters: Sequence[DeadLetter]) -> int:
        """Delete dead letters; return how many there were."""
        return int(await _asked(self._client.xdel(keys.DEAD, *[one.id for one in letters]))) if letters else 0


async def revive(scripts: Scripts, due: DueQueue, letter: DeadLetter, *, ttl: int) -> Revived:
    """Put a dead letter back where it came from, under its own ids, and drop it.

    A turn's message goes back to the inbox, an effect to the outbox, where it is looked up before it is carried out. A
    crash between the two steps costs nothing: asked again, the letter is only dropped.

    Args:
        ttl: seconds an idle conversation is kept.

    Raises:
        TemporaryFailure: the store is down.
    """
    name = letter.conversation
    if letter.kind == TURN:
        message = load_message(letter.payload)
        back = dump(replace(message, retried=letter.id))
        place = keys.inbox(name)
    else:
        # Whoever kept it may not have known when it was first tried: then a whole day is looked through.
        back = f"{letter.since or letter.at - 86_400:.3f} {letter.payload}"
        place = keys.outbox(name)
    names = [place, keys.state(name), keys.seen(name)]
    put_back: Call = ("revive", names, [f"dead:{letter.id}", back, ttl])
    _, reply = await scripts.run_all(touch_call(name, if_known=True), put_back)
    result = Revived(int(reply))
    if result is not Revived.NO_CONVERSATION:
        await scripts.run_all(touch_call(name), due.wake_call(name, 0.0))
        await DeadLetters(scripts.client).drop([letter])
    return result


async def retry(scripts: Scripts, due: DueQueue, name: str, *, ttl: int) -> AsyncIterator[tuple[DeadLetter, Revived]]:
    """Try dead letters again, oldest first; yield each with what became of it.

    Args:
        name: a conversation's id or a letter's; empty for all.
        ttl: seconds an idle conversation is kept.

    Raises:
        TemporaryFailure: the store is down.
    """
    for letter in await DeadLetters(scripts.client).find(name):
        yield letter, await revive(scripts, due, letter, ttl=ttl)


def _letter(place: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    known = {name.decode(): value.decode() for name, value in fields.items()}
    texts = {name: known.get(name, "") for name in ("conversation", "kind", "payload", "reason")}
    return DeadLetter(place.decode(), **texts, since=float(known.get("since") or 0))


async def _asked(reply: Awaitable[Any]) -> Any:
    try:
        return await reply
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
