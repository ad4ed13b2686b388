"""Tells operators what waits: for a worker, for a vendor, to be looked at again, or for a human's decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.store import keys
from bot.store.queue.dead_letters import DeadLetter, DeadLetters
from bot.store.records.stuck_effects import Backlog, Stuck
from bot.store.redis import Client, store_errors


@dataclass(frozen=True)
class Waiting:
    """What waits now.

    Args:
        due: conversations that a worker should have taken up already.
        lag: seconds since the first of them was due.
        later: conversations that are being worked on, or have a deadline.
        stuck: what vendors do not take at present.
        stuck_in: conversations of which that is so, each with since when (Unix seconds), oldest first.
        doubts: threads that are read back, in case something of ours stands there twice.
        dead: the newest dead letters, newest first.
        all_dead: how many there are.
    """

    due: int
    lag: float
    later: int
    stuck: Backlog
    stuck_in: Sequence[tuple[str, float]]
    doubts: int
    dead: Sequence[DeadLetter]
    all_dead: int


async def look_at_waiting(client: Client, clock: Clock, most: int) -> Waiting:
    """Return what waits.

    Args:
        most: how many conversations and dead letters are listed.

    Raises:
        TemporaryFailure: the store is down.
    """
    now = clock.now()
    try:
        due = int(await client.zcount(keys.DUE, "-inf", now * 1000))
        everything = int(await client.zcard(keys.DUE))
        first = await client.zrange(keys.DUE, 0, 0, withscores=True) if due else []
        doubts = int(await client.zcard(keys.DOUBTS))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    stuck = Stuck(client, clock)
    letters = await DeadLetters(client).find()
    return Waiting(
        due=due,
        lag=max((now - float(score) / 1000 for _, score in first), default=0.0),
        later=everything - due,
        stuck=await stuck.look(),
        stuck_in=await stuck.oldest(most),
        doubts=doubts,
        dead=letters[-most:][::-1],
        all_dead=len(letters),
    )
