"""Lists smaller forms of a request that Zendesk refused for good, the largest first. Pure.

A suspended requester, a required field, a group that was removed or whose member an assignee is not, a status that
needs fields: each refuses the whole write (422), the customer's words included. The words matter more than the fields,
and that people see them matters more than whose they are.
https://developer.zendesk.com/api-reference/introduction/requests/#422-unprocessable-entity
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.capabilities import desk_title, desk_user
from bot.domain.conversation import Conversation
from bot.domain.effects import OpenTicket, Person, Reply, UpdateTicket

SOLVED, PENDING = "solved", "pending"
SAID_BY = "**{name} wrote** ({desk} does not take it as their own comment):\n\n{words}"
NOT_SENT = (
    "**Not sent:** {desk} refuses this as a public answer, so the customer has not read it. Please answer them; "
    "it may be used as a draft.\n\n{text}"
)
LEFT_OUT = "\n\n(not attached: {names})"


def smaller_ticket(effect: OpenTicket, conversation: Conversation) -> OpenTicket:
    """Return the ticket without group and fields, of a requester who is known by our id alone.

    It is found again by an id of its own, and has its own idempotency key, since its body is another one.
    """
    known_as = effect.requester.external_id or conversation.requester or conversation.id
    return replace(
        effect,
        id=f"{effect.id}:smaller",
        requester=Person(effect.requester.name, external_id=known_as),
        group="",
        priority="",
        files=(),
        words=effect.words + _named(effect),
        follows="",
    )


def smaller_updates(effect: UpdateTicket, conversation: Conversation) -> Iterator[UpdateTicket]:
    """Yield smaller forms of an update: without group and assignee, fields, files, its author, at last as a note."""
    tried = [effect]
    for smaller in _updates(effect, conversation):
        if smaller not in tried and (smaller.comment or smaller.add_tags or smaller.remove_tags or smaller.status):
            tried.append(smaller)
            yield smaller


def _updates(effect: UpdateTicket, conversation: Conversation) -> Iterator[UpdateTicket]:
    if effect.status == SOLVED:
        yield replace(effect, status=PENDING)
    effect = replace(effect, group="", unassign=False, status=PENDING if effect.status == SOLVED else effect.status)
    yield effect
    effect = replace(effect, status="", priority="")
    yield effect
    if effect.files:
        effect = replace(effect, files=(), comment=effect.comment + _named(effect))
        yield effect
    if effect.author:
        known_as = effect.author.external_id or conversation.requester
        if not desk_user(known_as):
            yield replace(effect, author=Person(effect.author.name, external_id=known_as))
        said = SAID_BY.format(desk=desk_title(), name=effect.author.name or "The customer", words=effect.comment)
        yield replace(effect, author=None, public=False, comment=said)


def smaller_reply(reply: Reply) -> Reply | None:
    """Return the answer without a status, None where it has none."""
    return replace(reply, status="") if reply.status else None


def note_instead(reply: Reply) -> UpdateTicket:
    """Return the internal note that keeps an answer which cannot be said publicly."""
    return UpdateTicket(
        id=f"{reply.id}:unsent", comment=NOT_SENT.format(desk=desk_title(), text=reply.text), source=reply.id
    )


def as_update(effect: OpenTicket) -> UpdateTicket:
    """Return what a ticket was to be opened for as an update of the one that the conversation has by now."""
    return UpdateTicket(
        id=effect.id,
        comment=effect.words,
        public=True,
        author=None if effect.ours else effect.requester,
        group=effect.group,
        priority=effect.priority,
        status=effect.status,
        add_tags=effect.tags,
        files=effect.files,
        source=effect.id,
    )


def _named(effect: OpenTicket | UpdateTicket) -> str:
    return LEFT_OUT.format(names=", ".join(file.name for file in effect.files)) if effect.files else ""
