"""How many conversations there are, whose they are, and the newest of them: for operators.

It walks the keys, at most `MOST` of them: a page that people look at now and then must not make every turn of every
worker keep an index.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from bot.domain.conversation import Conversation, Owner
from bot.domain.errors import TemporaryFailure
from bot.domain.transcript import load_entry
from bot.mailbox import keys
from bot.mailbox.codec import load_conversation
from bot.mailbox.connection import Scripts, store_errors

MOST = 10_000
BATCH = 200


@dataclass(frozen=True)
class Glance:
    """One line of a list of conversations; it holds nobody's words.

    Args:
        spent: what its model calls cost, in millionths of a dollar.
        address: where it takes place now.
        last: when something was last written, Unix seconds.
        waiting: messages that no turn has taken yet.
    """

    id: str
    owner: Owner
    specialist: str
    turns: int
    spent: int
    ticket_id: str
    last: float
    waiting: int
    address: str = ""


@dataclass(frozen=True)
class Overview:
    """All conversations at a glance.

    Args:
        newest: latest activity first.
        complete: False when there are more than were looked at.
        dead: dead letters.
    """

    owners: Mapping[Owner, int]
    newest: tuple[Glance, ...]
    complete: bool
    dead: int


async def look_over(scripts: Scripts, newest: int, most: int = MOST) -> Overview:
    """Return the overview with the `newest` conversations, looking at `most` at most.

    Raises:
        TemporaryFailure: the store is down.
    """
    found, complete = await _ids(scripts, most)
    glances: list[Glance] = []
    for start in range(0, len(found), BATCH):
        glances += await _glances(scripts, found[start : start + BATCH])
    owners = Counter(glance.owner for glance in glances)
    latest = tuple(nlargest(newest, glances, key=lambda glance: glance.last))
    try:
        dead = int(await scripts.client.xlen(keys.DEAD))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return Overview({owner: owners[owner] for owner in Owner}, latest, complete, dead)


async def _ids(scripts: Scripts, most: int) -> tuple[list[str], bool]:
    """Return conversation ids; SCAN may name one twice."""
    found: dict[str, None] = {}
    try:
        async for key in scripts.client.scan_iter(match=keys.state("*"), count=1000):
            if len(found) == most:
                return list(found), False
            found[keys.conversation_of(key.decode() if isinstance(key, bytes) else key)] = None
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return list(found), True


async def _glances(scripts: Scripts, ids: Sequence[str]) -> list[Glance]:
    calls: list[tuple[str, Sequence[str], Sequence[str | float]]] = [
        ("glance", [keys.state(name), keys.items(name), keys.inbox(name)], []) for name in ids
    ]
    replies = await scripts.run_all(*calls)
    return [glance for name, reply in zip(ids, replies, strict=True) if (glance := _glance(name, reply))]


def _glance(name: str, reply: Any) -> Glance | None:
    (since, state, ticket), newest, waiting = reply
    if since is None:
        return None
    facts = {"ticket_id": ticket.decode() if isinstance(ticket, bytes) else str(ticket)} if ticket else {}
    seen: Conversation = load_conversation(name, state, facts)
    last = load_entry(newest).at if newest else int(since) / 1000
    counted = (seen.turns, seen.spent, seen.ticket_id, last, int(waiting))
    return Glance(name, seen.owner, seen.specialist, *counted, address=seen.address)
