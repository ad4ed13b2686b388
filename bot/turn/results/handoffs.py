"""Results with which people take a conversation over, or get more of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.desk.loading.desk import Desk
from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect, PostToChannel, UpdateTicket
from bot.domain.events import Author, CloseOrdered, CustomerMessage
from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.ids import origin_of
from bot.domain.ports import Profile
from bot.domain.transcript import Entry, Role
from bot.turn.context import Batch, TurnInput, TurnResult, spoken
from bot.turn.handoff.escalation import escalate, handing_of
from bot.turn.handoff.note import link_of, summary_note
from bot.turn.handoff.reach import Reach
from bot.turn.handoff.request import Requester
from bot.turn.handoff.ticket_effects import open_ticket, relay_to_ticket
from bot.turn.results.finish import finished, no_reply, summary_of

RELAYED, OPENED_LATE = "relayed", "ticket opened late"
REACHES_PEOPLE = frozenset({RELAYED, OPENED_LATE})
"""Verdicts of turns whose lines need nothing but to be read by people."""
BY_KIND = {
    "model": Reason.SPECIALIST,
    "rule": Reason.SPECIALIST,
    "failure": Reason.FAILURE,
    "button": Reason.ASKED_FOR_HUMAN,
    "operator": Reason.UNRESOLVED,
}
"""Why people are asked, where no rule says so, by who asks for them."""
ASKED_FOR = "**{name} asks for a human:** {reason}. There is no help desk to open a ticket in. {link}"


def escalated(
    desk: Desk,
    waiting: TurnInput,
    asked: Batch,
    request: HandoffRequest,
    kind: str,
    *,
    entries: Sequence[Entry] = (),
    preview: str = "",
    reach: Reach,
    channel: str = "",
) -> TurnResult:
    """People take over.

    Args:
        kind: who asked for them: `model`, `rule`, `failure`, `button` or `operator`.
        entries: what the run said and did before.
        channel: id of the Slack channel where colleagues are told where there is no help desk, empty for none.
    """
    rule = request.rule or BY_KIND[kind]
    handover = escalate(
        waiting.conversation,
        replace(request, rule=rule),
        asked.requester,
        [line for line in asked.lines if isinstance(line, CustomerMessage)],
        [*waiting.history, *entries],
        desk.policy,
        cause=asked.cause,
        now=waiting.now,
        reach=reach,
        above=asked.above,
    )
    conversation = replace(handover.conversation, summary=summary_of(asked, "handed over to a human"))
    details = {"priority": conversation.priority, "group": conversation.group, "reason": rule}
    event = AuditEvent(Deed.ESCALATION, kind, asked.requester.author.id, conversation.specialist, details=details)
    verdict = f"escalated by {kind}"
    said = (*asked.entries, *entries)
    if conversation.handing:
        outcome = _handing(waiting, conversation, asked, said, handover.effects, preview, verdict)
    elif request.rule == Reason.CAP and _said_last(waiting) == handover.words:
        # What the cap is there for: two machines, or a flood, are not told again and again that nobody is here.
        outcome = finished(waiting, conversation, asked, said, (), no_reply(asked), verdict)
    else:
        said = (*said, *spoken(conversation, handover.words, waiting.now))
        reply = replace(no_reply(asked), text=handover.words, preview=preview, moments=handover.moments)
        told = _colleagues_told(conversation, asked, request, channel)
        outcome = finished(waiting, conversation, asked, said, told, reply, verdict)
    return replace(outcome, events=(event,))


def _said_last(waiting: TurnInput) -> str:
    return next((entry.text for entry in reversed(waiting.history) if entry.role is Role.ASSISTANT), "")


def because(outcome: TurnResult, fault: Mapping[str, str]) -> TurnResult:
    """Let the audit tell what failed, beside that people were asked."""
    told = {name: value for name, value in fault.items() if value}
    events = [
        replace(event, details={**event.details, **told}) if event.deed is Deed.ESCALATION else event
        for event in outcome.events
    ]
    return replace(outcome, events=tuple(events))


def _handing(
    waiting: TurnInput,
    conversation: Conversation,
    asked: Batch,
    entries: Sequence[Entry],
    effects: Sequence[Effect],
    preview: str,
    verdict: str,
) -> TurnResult:
    """A hand-over is under way; who waits for an answer gets it once people have it, or hears that it takes longer."""
    before, handing = waiting.conversation, conversation.handing
    answers = tuple(line.id for line in asked.lines if capabilities_of(line.surface).waits_for_answer)
    conversation = replace(
        conversation,
        turns=before.turns + 1,
        items=before.items + len(entries),
        handing=replace(handing, preview=preview, answers=answers) if handing else None,
    )
    return TurnResult(conversation, asked.consumed, tuple(entries), tuple(effects), verdict)


def _colleagues_told(
    conversation: Conversation, asked: Batch, request: HandoffRequest, channel: str
) -> tuple[Effect, ...]:
    if not channel:
        return ()
    text = ASKED_FOR.format(name=asked.name, reason=request.reason, link=link_of(conversation.address))
    return (PostToChannel(f"{asked.cause}:asked", channel, text),)


def relayed(desk: Desk, waiting: TurnInput, asked: Batch, *, has_helpdesk: bool) -> TurnResult:
    """A human owns it: the lines go to the ticket, the bot says nothing.

    Where people have no ticket of it, because none could be opened when they were asked for, they get one now with
    everything that was written since.
    """
    before = waiting.conversation
    if has_helpdesk and not before.has_ticket and not capabilities_of(before.id).is_ticket:
        return _opened_late(desk, waiting, asked)
    effects = relay_to_ticket(before, asked.lines, asked.requester, asked.cause)
    return finished(waiting, before, asked, asked.entries, effects, no_reply(asked), RELAYED)


def _opened_late(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    before, cause, policy = waiting.conversation, asked.cause, desk.policy
    group, priority = before.group or policy.default_group, before.priority or "normal"
    lines = [line for line in asked.lines if isinstance(line, CustomerMessage)]
    request = HandoffRequest(before.reason or "the customer was promised a human, and no ticket could be opened then")
    note = summary_note(before, request, asked.requester, lines, waiting.history)
    effects = (
        open_ticket(before, asked.requester, lines, waiting.history, cause, group=group, priority=priority),
        UpdateTicket(id=f"{cause}:note", comment=note, source=cause),
    )
    handing = handing_of(effects, cause, asked.requester.author.id, waiting.now)
    after = replace(before, group=group, priority=priority, promised_until=0.0, handing=handing, files=())
    return _handing(waiting, after, asked, asked.entries, effects, "", OPENED_LATE)


def opened_at_last(desk: Desk, waiting: TurnInput, cause: str) -> TurnResult:
    """Nobody has written, and the promise is over: people get the ticket that could not be opened before."""
    conversation = waiting.conversation
    author = Author(conversation.requester, conversation.requester_name)
    requester = Requester(author, Profile(author.id, author.name))
    order = CloseOrdered(id=cause, conversation=conversation.id, author=author, surface=origin_of(conversation.id))
    outcome = _opened_late(desk, waiting, Batch([order], requester))
    after = replace(outcome.conversation, turns=conversation.turns)
    return replace(outcome, conversation=_unanswered(after), consumed=0)


def _unanswered(conversation: Conversation) -> Conversation:
    """Nobody posted what led to it: no answer is waited for."""
    handing = conversation.handing
    return replace(conversation, handing=replace(handing, answers=()) if handing else None)
