"""Masks personal data in what is kept of a conversation, the way a replay of past tickets does. Pure."""

import re
from collections.abc import Iterator, Sequence

from bot.desk.loading.desk import Desk
from bot.domain.conversation import Conversation
from bot.domain.transcript import Entry
from bot.replay.masking import Mask
from bot.replay.past_tickets import Person


def mask_of(conversation: Conversation, entries: Sequence[Entry], desk: Desk) -> Mask:
    """Return what masks one conversation: the same person by the same placeholder on both sides."""
    mask = Mask(_people(conversation, entries), desk_words=words_of(desk))
    for entry in entries:
        mask.learn(entry.text)
    return mask


def words_of(desk: Desk) -> frozenset[str]:
    """Return words of the desk's own, which are no names: of the company, its groups and its specialists."""
    policy = desk.policy
    named = " ".join((policy.name, policy.default_group, *policy.groups, *desk.specialists, *policy.answer_groups))
    return frozenset(word.casefold() for word in re.findall(r"\w+", named))


def _people(conversation: Conversation, entries: Sequence[Entry]) -> Iterator[Person]:
    yield Person(str(conversation.requester), conversation.requester_name)
    named = {(str(entry.author), entry.name) for entry in entries if entry.author and entry.name}
    yield from (Person(author, name) for author, name in sorted(named))
