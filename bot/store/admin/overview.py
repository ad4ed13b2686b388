"""Counts conversations by owner and lists the newest of them, for operators.

The newest `MOST` of the index are looked at: whose they are is counted among those.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.conversation import Owner
from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.records.time_index import Seen
from bot.store.records.time_index import glances as glances_of
from bot.store.records.time_index import newest as newest_ids
from bot.store.redis import Scripts, store_errors

MOST = 10_000


@dataclass(frozen=True)
class ConversationSummary:
    """One line of a list of conversations; it holds nobody's words.

    Args:
        spent: what its model calls cost, in millionths of a dollar.
        address: where it takes place now.
        last: when something was last written, Unix seconds.
        waiting: messages that no turn has taken yet.
        group: name of the group it was last handed to, empty for none.
        promised: Unix seconds until when a human was promised to answer, 0 for no promise.
        has_draft: whether a draft waits for somebody's decision.
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
    group: str = ""
    priority: str = ""
    promised: float = 0.0
    has_draft: bool = False


@dataclass(frozen=True)
class Overview:
    """All conversations at a glance.

    Args:
        newest: latest activity first.
        complete: False when there are more than were looked at.
        dead: dead letters.
    """

    owners: Mapping[Owner, int]
    newest: tuple[ConversationSummary, ...]
    complete: bool
    dead: int


async def look_over(scripts: Scripts, newest: int, most: int = MOST) -> Overview:
    """Return the overview with the `newest` conversations, looking at `most` at most.

    Raises:
        TemporaryFailure: the store is down.
    """
    found, complete = await newest_ids(scripts, most)
    glances = [_glance(seen) for seen in await glances_of(scripts, found)]
    owners = Counter(glance.owner for glance in glances)
    latest = tuple(glances[:newest])
    try:
        dead = int(await scripts.client.xlen(keys.DEAD))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return Overview({owner: owners[owner] for owner in Owner}, latest, complete, dead)


async def newest_of(scripts: Scripts, count: int) -> tuple[ConversationSummary, ...]:
    """Return the newest conversations, and look at no others.

    Raises:
        TemporaryFailure: the store is down.
    """
    names, _ = await newest_ids(scripts, 2 * count)
    found: list[Seen] = []
    while names and len(found) < count:  # some may have expired
        part, names = names[: count - len(found)], names[count - len(found) :]
        found += await glances_of(scripts, part)
    return tuple(_glance(seen) for seen in found)


async def summaries_of(scripts: Scripts, names: Sequence[str]) -> tuple[ConversationSummary, ...]:
    """Return those of these conversations that are still kept, in their order.

    Raises:
        TemporaryFailure: the store is down.
    """
    return tuple(_glance(seen) for seen in await glances_of(scripts, names))


def _glance(seen: Seen) -> ConversationSummary:
    now = seen.conversation
    counted = (now.turns, now.spent, now.ticket_id, seen.last, seen.waiting)
    return ConversationSummary(
        *(now.id, now.owner, now.specialist, *counted),
        address=now.address,
        group=now.group,
        priority=now.priority,
        promised=now.promised_until,
        has_draft=now.draft is not None,
    )
