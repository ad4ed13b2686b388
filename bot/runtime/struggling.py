"""Lists conversations that do not go well while they happen: a falling mood, no progress, the same question twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.conversation import Conversation, Owner
from bot.domain.handoffs import Reason
from bot.domain.transcript import Entry, Role
from bot.store.records.conversations import Conversations
from bot.store.records.time_index import Seen, glances, newest
from bot.store.redis import Scripts
from bot.turn.input_checks.sentiment import repeats

WHILE_SECONDS = 3_600.0
"""A conversation happens for so long after its last line."""
LOOKED_AT, READ = 300, 60
"""Conversations, the newest, that are looked at; and those of them whose words are read."""

NO_PROGRESS = 3
"""Answers without a thanks."""
_READ_FROM = 2
"""So many answers there must be before the same can have been asked twice."""
LOW, FALL = -0.2, 0.2
"""A mood that is low and has fallen so far, from -1 (furious) to 1."""


@dataclass(frozen=True)
class Struggling:
    """A conversation that does not go well.

    Args:
        signs: what shows it, the most serious first.
        at: when something was last written, Unix seconds.
        mood: of the newest turn, from -1 to 1.
        answers: without a thanks.
    """

    id: str
    signs: tuple[Reason, ...]
    at: float
    specialist: str = ""
    mood: float = 0.0
    answers: int = 0


async def struggling(scripts: Scripts, conversations: Conversations, now: float) -> Sequence[Struggling]:
    """Return those that the bot still answers, the newest first.

    Args:
        now: Unix seconds.

    Raises:
        TemporaryFailure: the store is down.
    """
    names, _ = await newest(scripts, LOOKED_AT)
    open_now = [seen for seen in await glances(scripts, names) if _is_happening(seen, now)]
    said = await _said_in(open_now, conversations)
    found = [(seen, tuple(signs_of(seen.conversation, said.get(seen.conversation.id, ())))) for seen in open_now]
    return [_told(seen, signs) for seen, signs in found if signs]


async def _said_in(open_now: Sequence[Seen], conversations: Conversations) -> Mapping[str, Sequence[Entry]]:
    """Return the transcripts of those in which the same can have been asked twice."""
    read = [seen.conversation.id for seen in open_now if seen.conversation.unresolved >= _READ_FROM][:READ]
    views = {name: await conversations.read(name) for name in read}
    return {name: view.entries for name, view in views.items() if view}


def signs_of(conversation: Conversation, entries: Sequence[Entry]) -> Iterator[Reason]:
    """Yield what shows that a conversation does not go well, the most serious first. Pure.

    Args:
        entries: of its transcript, oldest first; none where nobody has read them.
    """
    moods = conversation.sentiments
    if moods and moods[-1] <= LOW and max((0.0, *moods[:-1])) - moods[-1] >= FALL:
        yield Reason.UPSET
    if _asks_twice(entries):
        yield Reason.REPEATED
    if conversation.unresolved >= NO_PROGRESS:
        yield Reason.UNRESOLVED


def _asks_twice(entries: Sequence[Entry]) -> bool:
    """Whether one of the last two lines of a customer asks what an earlier one had asked, answered in between."""
    places = [place for place, entry in enumerate(entries) if entry.role is Role.USER and not entry.is_by_machine]
    return any(repeats(entries[place].text, entries[place].author, entries[:place]) for place in places[-2:])


def _is_happening(seen: Seen, now: float) -> bool:
    return seen.conversation.owner is Owner.BOT and now - seen.last <= WHILE_SECONDS and not _is_rehearsal(seen)


def _is_rehearsal(seen: Seen) -> bool:
    return seen.conversation.id.is_rehearsal


def _told(seen: Seen, signs: tuple[Reason, ...]) -> Struggling:
    now = seen.conversation
    return Struggling(now.id, signs, seen.last, now.specialist, now.sentiment, now.unresolved)
