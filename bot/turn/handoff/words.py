"""What a customer is told of a hand-over, and when: nothing before people have it. Pure.

The turn that asks for people leaves only what makes the hand-over. Once Zendesk has taken that, this says the ticket's
number and a time that counts from then. While Zendesk is away the customer hears that it takes longer, once; and where
it was refused for good, also in a smaller way, they hear that it did not work, and the bot stays with them.
"""

from collections.abc import Collection
from dataclasses import replace

from bot.desk.policy.policy import Policy, promise
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Handing, Move, Owner
from bot.domain.effects import Moment, Person, Reply, UpdateTicket
from bot.domain.escalations import Escalation
from bot.domain.facts import Reopened
from bot.domain.ids import same_person
from bot.domain.transcript import Role
from bot.telemetry import metrics
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.handoff.escalation import elsewhere, handed_over_words, release, zone_of
from bot.turn.texts import moments_of, promise_told, say

PATIENCE_SECONDS = 8.0
"""For so long a customer who is handed over hears nothing: most troubles of a vendor are over by then."""


def has_news(conversation: Conversation) -> bool:
    """Return whether `news` may have something to tell."""
    reopened = conversation.facts.reopened
    return conversation.handing is not None or (reopened is not None and reopened.text != conversation.reopened)


def late_at(conversation: Conversation) -> float:
    """Return from when on (Unix seconds) a customer is told that it takes longer, 0 where that is not to come.

    On a ticket it could not be told either.
    """
    handing = conversation.handing
    if handing is None or handing.told or handing.urged or capabilities_of(conversation.id).is_ticket:
        return 0.0
    return handing.at + PATIENCE_SECONDS


def news(waiting: TurnInput, undelivered: Collection[str], policy: Policy) -> TurnResult | None:
    """Return what the customer hears of their hand-over now, None where there is nothing new.

    Args:
        undelivered: ids of the effects that no vendor has taken yet.
    """
    conversation = waiting.conversation
    if conversation.handing is not None:
        return _of_handing(waiting, conversation.handing, undelivered, policy)
    reopened = conversation.facts.reopened
    return _reopened(waiting, reopened, policy) if reopened and has_news(conversation) else None


def _of_handing(
    waiting: TurnInput, handing: Handing, undelivered: Collection[str], policy: Policy
) -> TurnResult | None:
    """What is heard of a hand-over that is on its way, or has just arrived."""
    if any(effect in undelivered for effect in handing.effects):
        return _late(waiting, handing) if 0 < late_at(waiting.conversation) <= waiting.now else None
    conversation = replace(waiting.conversation, handing=None)
    refused = conversation.facts.refused == handing.effects[0] or not conversation.ticket_id
    if conversation.owner is not Owner.ESCALATED:
        # People speak with them already, or have given them back: there is nothing to promise any more.
        return _said(waiting, conversation, handing, "", "people have it")
    if handing.urged:
        return _urged(waiting, conversation, handing, policy, refused=refused)
    return (_refused if refused else _made)(waiting, conversation, handing, policy)


def _made(waiting: TurnInput, conversation: Conversation, handing: Handing, policy: Policy) -> TurnResult:
    metrics.HANDOVERS.labels(outcome="made").inc()
    conversation, words, moments = promised(conversation, policy, waiting.now)
    return _said(waiting, conversation, handing, words, "handed over", moments=moments)


def promised(conversation: Conversation, policy: Policy, now: float) -> tuple[Conversation, str, tuple[Moment, ...]]:
    """Return a conversation that people have, with the promise that counts from now, its words and the time in them."""
    given = promise(policy, conversation.priority or "normal", now)
    group = conversation.group or policy.default_group
    words = handed_over_words(conversation, group, given, conversation.ticket_id)
    moments = moments_of(given, conversation.spoken, zone_of(conversation))
    return replace(conversation, promised_until=given.until), words, moments


def _refused(waiting: TurnInput, conversation: Conversation, handing: Handing, policy: Policy) -> TurnResult:
    metrics.HANDOVERS.labels(outcome="refused").inc()
    conversation = release(conversation)
    language = conversation.spoken
    text = say("human.not_handed", language, contact=elsewhere(policy, language))
    return _said(waiting, conversation, handing, text, "hand-over refused")


def _late(waiting: TurnInput, handing: Handing) -> TurnResult:
    """Said once, ahead of everything that cannot be delivered."""
    metrics.HANDOVERS.labels(outcome="late").inc()
    after = replace(waiting.conversation, handing=replace(handing, told=True, preview="", answers=()))
    text = say("human.late", after.spoken)
    return _said(waiting, after, handing, text, "hand-over late", name="late", ahead=True)


def _urged(
    waiting: TurnInput, conversation: Conversation, handing: Handing, policy: Policy, *, refused: bool
) -> TurnResult:
    """Nobody has kept the promise, and the ticket says so by now."""
    language, zone = conversation.spoken, zone_of(conversation)
    moments: tuple[Moment, ...] = ()
    given = promise(policy, conversation.priority or "normal", waiting.now)
    if refused:
        text = say("human.sorry_unanswered", language)
    elif handing.last:
        text = say("human.urged_last", language)
    else:
        text = say("human.urged", language, ticket=conversation.ticket_id, promise=promise_told(given, language, zone))
        moments = moments_of(given, language, zone)
        conversation = replace(conversation, promised_until=given.until)
    return _said(waiting, conversation, handing, text, "promise broken", moments=moments)


def _reopened(waiting: TurnInput, reopened: Reopened, policy: Policy) -> TurnResult:
    """An operator had a hand-over tried again that was given up: its lines since then go along."""
    cause, requester = reopened.cause, reopened.requester
    before = replace(waiting.conversation, reopened=reopened.text)
    awake = before.move(Move.WRITE_AGAIN) if before.owner is Owner.IDLE_CLOSED else before
    if not awake.can(Move.ESCALATE):
        return TurnResult(before, 0, verdict="people have it")
    lines = [
        entry.text
        for entry in waiting.history
        if entry.role is Role.USER and same_person(entry.author, before.requester) and entry.at > reopened.since
    ]
    update = UpdateTicket(
        f"{cause}:since",
        comment="\n\n".join(lines),
        public=bool(requester),
        author=Person(before.requester_name, id=requester) if requester else None,
        source=cause,
    )
    shown = Escalation(f"{cause}:reopened", before.requester_name)
    after, words, moments = promised(
        replace(awake.move(Move.ESCALATE), ours=True, escalation=shown), policy, waiting.now
    )
    handing = Handing(f"{cause}:reopened", waiting.now, (cause,), recipient=before.requester)
    outcome = _said(waiting, after, handing, words, "handed over", moments=moments)
    return replace(outcome, effects=(*((update,) if lines else ()), *outcome.effects))


def _said(
    waiting: TurnInput,
    conversation: Conversation,
    handing: Handing,
    text: str,
    verdict: str,
    *,
    name: str = "reply",
    ahead: bool = False,
    moments: tuple[Moment, ...] = (),
) -> TurnResult:
    """The words stand in the transcript from now on, and not before."""
    entries = spoken(conversation, text, waiting.now) if text else ()
    conversation = replace(conversation, items=waiting.conversation.items + len(entries))
    reply = Reply(
        id=f"{handing.cause}:{name}",
        text=text,
        agent="human" if conversation.is_with_human else conversation.specialist,
        recipient=handing.recipient,
        preview=handing.preview,
        answers=handing.answers,
        status="",
        stamp=handing.stamp,
        turn=conversation.turns,
        items=conversation.items,
        ahead=ahead,
        moments=moments,
    )
    return TurnResult(conversation, 0, entries, (reply,) if text or handing.answers else (), verdict)
