"""Escalate, take over, relay, release: what each changes, and which effects follow. Pure.

One Zendesk ticket belongs to a conversation. For a Slack or `/chat` conversation the first escalation opens it with
the customer's own words; later ones update it. A ticket conversation keeps its ticket.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.desk.policy.business_hours import Promise
from bot.desk.policy.policy import Policy, group_for, priority_of, promise
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Handing, Move
from bot.domain.effects import Effect, Moment, OpenTicket, UpdateTicket
from bot.domain.escalations import Escalation
from bot.domain.events import InboundMessage
from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.transcript import Entry, Role
from bot.turn.handoff import summary
from bot.turn.handoff.note import summary_note
from bot.turn.handoff.reach import Reach
from bot.turn.handoff.request import Requester
from bot.turn.handoff.ticket_effects import ESCALATED_TAG, RESUME_TAG, TAG, open_ticket, relay_to_ticket
from bot.turn.input_checks.sentiment import sentiment_of
from bot.turn.texts import moments_of, promise_told, say

TROUBLES = frozenset({Reason.UPSET, Reason.UNRESOLVED, Reason.REPEATED, Reason.FAILURE, Reason.THUMBS_DOWN})
"""Of the reasons for a hand-over, those for which we are sorry."""


@dataclass(frozen=True)
class Handoff:
    """What an escalation leads to: the conversation after it, its effects, and the words for the customer.

    With a help desk there are no words yet: the customer hears of the ticket once it is made: `words.py`.
    """

    conversation: Conversation
    effects: tuple[Effect, ...]
    words: str
    moments: tuple[Moment, ...] = ()


def escalate(
    conversation: Conversation,
    request: HandoffRequest,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    policy: Policy,
    *,
    cause: str,
    now: float,
    reach: Reach,
    above: str = "",
) -> Handoff:
    """Return the conversation handed to people.

    Args:
        cause: id of the message that causes it; effect ids derive from it.
        now: the turn's frozen clock.
        reach: who gets it, and whether they can answer.
        above: what others said in the thread before.
    """
    said = [entry.text for entry in history if entry.role is Role.USER and not entry.is_by_machine]
    wrote = [*said, *[line.text for line in batch]]
    # the model's own view of the issue may carry the words that decide (a fraud report told in other words)
    priority = priority_of(policy, request.priority or None, [*wrote, request.topic], requester.plan, request.topic)
    group = group_for(policy, request.topic)
    issue = request.issue or summary.issue(batch, history)
    trouble = is_trouble(conversation, request, batch)
    shown = Escalation(
        cause,
        requester.person.name,
        issue,
        request.reason,
        at=now,
        is_trouble=trouble,
        zone=requester.profile.timezone,
    )
    after = replace(
        conversation.move(Move.ESCALATE),
        ours=True,
        group=group,
        reason=request.reason,
        priority=priority,
        promised_until=0.0,
        escalation=shown,
    )
    if not conversation.has_ticket and not capabilities_of(conversation.id).is_ticket:
        # The ticket is opened in the name of the one who needs it, who may not be the one who began the thread.
        after = replace(after, requester=requester.author.id, requester_name=requester.person.name)
    if reach is not Reach.TICKET:
        return _without_ticket(after, policy, reach, now)
    after = replace(after, files=())
    note = summary_note(conversation, request, requester, batch, history, above, now)
    effects = _ticket_effects(conversation, requester, batch, history, note, group, priority, cause)
    return Handoff(replace(after, handing=handing_of(effects, cause, requester.author.id, now)), effects, "")


def _without_ticket(after: Conversation, policy: Policy, reach: Reach, now: float) -> Handoff:
    """Promise a time only where somebody is asked who can answer; what the bot says counts, for it may say it again."""
    if reach.answers:
        promised = promise(policy, after.priority, now)
        words = handed_over_words(after, after.group, promised)
        moments = moments_of(promised, after.spoken, zone_of(after))
        return Handoff(replace(after, promised_until=promised.until), (), words, moments)
    after = replace(after, reply_times=(*after.reply_times, now))
    return Handoff(after, (), unanswerable_words(after, reach, policy))


def handing_of(effects: Sequence[OpenTicket | UpdateTicket], cause: str, recipient: str, now: float) -> Handing:
    """Return the hand-over that is made by these effects, the opening of the ticket or its last update above all."""
    ids = [effect.id for effect in effects]
    first = ids[0] if isinstance(effects[0], OpenTicket) else ids[-1]
    stamps = [effect.stamp for effect in effects if isinstance(effect, UpdateTicket)]
    others = tuple(name for name in ids if name != first)
    return Handing(cause, now, (first, *others), recipient, stamp=max(stamps, default=""))


def _ticket_effects(
    conversation: Conversation,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    note: str,
    group: str,
    priority: str,
    cause: str,
) -> tuple[OpenTicket | UpdateTicket, ...]:
    """A new ticket and its note; for a linked ticket one update that carries fields and note."""
    fields = UpdateTicket(
        id=f"{cause}:escalate",
        comment=note,
        group=group,
        priority=priority,
        status="open",
        add_tags=(TAG, ESCALATED_TAG),
        remove_tags=(RESUME_TAG,),
        unassign=True,
        source=cause,
        stamp=batch[-1].ticket_stamp if batch else "",
    )
    if capabilities_of(conversation.id).is_ticket:
        return (fields,)
    if conversation.has_ticket:
        return (*relay_to_ticket(conversation, batch, requester, cause), fields)
    return (
        open_ticket(conversation, requester, batch, history, cause, group=group, priority=priority),
        UpdateTicket(id=f"{cause}:note", comment=note, source=cause),
    )


def release(conversation: Conversation) -> Conversation:
    """Return the conversation back with the bot, which begins to count anew."""
    return replace(
        conversation.move(Move.RELEASE), unresolved=0, reply_times=(), reason="", priority="", promised_until=0.0
    )


def unanswerable_words(conversation: Conversation, reach: Reach, policy: Policy) -> str:
    """Return what the customer is told where nobody can answer them, and where people are reached instead."""
    key, language = "human.told_only" if reach is Reach.TOLD else "human.nobody", conversation.spoken
    return say(key, language, sorry=_sorry(conversation), contact=elsewhere(policy, language))


def elsewhere(policy: Policy, language: str) -> str:
    """Return the sentence that says where the desk's people are reached, empty where `desk.yml` names nothing."""
    contact = policy.contact_in(language)
    return say("human.elsewhere", language, contact=contact) if contact else ""


def handed_over_words(conversation: Conversation, group: str, promised: Promise, ticket_id: str = "") -> str:
    """Return what the customer is told once people have it; without a ticket no number is named."""
    before, language = _sorry(conversation), conversation.spoken
    promise = say("human.answered_by", language, time=promise_told(promised, language, zone_of(conversation)))
    if not ticket_id:
        return say("human.handed_over_without_ticket", language, sorry=before, promise=promise)
    return say("human.handed_over", language, sorry=before, group=group, ticket=ticket_id, promise=promise)


def zone_of(conversation: Conversation) -> str:
    """Return the time zone of who waits for a human, empty where it is not known."""
    return conversation.escalation.zone if conversation.escalation else ""


def is_trouble(conversation: Conversation, request: HandoffRequest, batch: Sequence[InboundMessage]) -> bool:
    """Return whether something went wrong for the customer: a wish for a human, or their plan, is no trouble.

    Args:
        batch: the newest lines; a rule that asks for people decides before their mood is scored.
    """
    moods = [conversation.sentiment, *[sentiment_of(line.text) for line in batch]]
    return min(moods) < 0 or request.rule in TROUBLES


def _sorry(conversation: Conversation) -> str:
    shown = conversation.escalation
    return say("human.sorry", conversation.spoken) if shown and shown.is_trouble else ""
