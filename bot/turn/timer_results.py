"""What follows from each deadline that passes: who is told, and what is closed. Pure."""

from dataclasses import replace

from bot.desk.policy.policy import Policy, promise
from bot.desk.policy.sections import PRIORITIES
from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation, Handing, Move
from bot.domain.effects import Effect, Reply, UpdateTicket
from bot.domain.proposals import Proposal, Stage
from bot.domain.tickets import Ticket
from bot.turn.actions.approvals import told_colleagues
from bot.turn.actions.proposals import marked
from bot.turn.actions.steps import used
from bot.turn.audit import about
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.deadlines import Timer
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.ticket_effects import TAG
from bot.turn.texts import say

BROKEN = "**Nobody has taken this within the promised time.** Priority {before} → {after}; the customer is told {told}."
SET_ASIDE = (
    "Nobody has written here for {days}, so Frontdesk has marked this as solved. If the customer writes again, it "
    "answers again."
)
LAPSED_NOTE = "Nobody decided within {days}: the request has expired."


def expired(conversation: Conversation, proposal: Proposal) -> Conversation:
    return marked(conversation, replace(proposal, stage=Stage.EXPIRED))


def promise_broken(waiting: TurnInput, policy: Policy, cause: str) -> TurnResult:
    """One step more urgent; what was urgent already is told once more, and then it is enough.

    The customer hears of it, with a new promise, once the ticket says so: `handoff/words.py`. Where there is no ticket
    nobody was asked again, and that is not claimed.
    """
    conversation = waiting.conversation
    ticket = conversation.ticket
    before = (ticket.priority if ticket else "") or conversation.priority or "normal"
    step = PRIORITIES.index(before) + 1 if before in PRIORITIES else len(PRIORITIES)
    is_last = step >= len(PRIORITIES)
    after = PRIORITIES[min(step, len(PRIORITIES) - 1)]
    conversation = replace(conversation, priority=after, promised_until=0.0)
    if not conversation.ticket_id:
        text = say("human.still_waiting", conversation.spoken)
        effects: list[Effect] = [_line(conversation, cause, text, conversation.requester, status="")]
        return _told(waiting, conversation, effects, text, Timer.PROMISE)
    told = "that the team was reminded" if is_last else f"“{promise(policy, after, waiting.now).text}”"
    note = BROKEN.format(before=before, after=after, told=told)
    urged = UpdateTicket(f"{cause}:urged", comment=note, priority=after, source=cause, stamp=_stamp(ticket))
    handing = Handing(
        cause, waiting.now, (urged.id,), conversation.requester, stamp=urged.stamp, urged=True, last=is_last
    )
    return TurnResult(replace(conversation, handing=handing), 0, effects=(urged,), verdict=Timer.PROMISE)


def idle_closed(waiting: TurnInput, policy: Policy, cause: str) -> TurnResult:
    conversation = waiting.conversation
    ticket = conversation.ticket
    is_open = bool(conversation.ticket_id) and not (ticket and (ticket.status in DONE or ticket.assigned_to_person))
    effects: tuple[Effect, ...] = ()
    if is_open:
        note = SET_ASIDE.format(days=_days(policy.timers.idle_close))
        effects = (
            UpdateTicket(
                f"{cause}:solved", comment=note, status="solved", add_tags=(TAG,), source=cause, stamp=_stamp(ticket)
            ),
        )
    return TurnResult(conversation.move(Move.IDLE), 0, effects=effects, verdict=Timer.IDLE)


def offer_lapsed(waiting: TurnInput, proposal: Proposal, cause: str) -> TurnResult:
    """The offer's buttons go away; nobody is written to about what they did not want."""
    shown = say("offer.no_longer_open", waiting.conversation.spoken)
    effects = used(waiting, cause, proposal, shown) if proposal.stage is Stage.OFFERED else ()
    after = expired(waiting.conversation, proposal)
    return TurnResult(after, 0, effects=effects, verdict=Timer.OFFER, events=_lapsed(Deed.PROPOSAL, proposal))


def approval_lapsed(waiting: TurnInput, proposal: Proposal, policy: Policy, cause: str) -> TurnResult:
    """Who should have decided sees that it is over; the customer is told unless people speak with them anyway."""
    conversation = expired(waiting.conversation, proposal)
    events = _lapsed(Deed.APPROVAL, proposal)
    line = LAPSED_NOTE.format(days=_days(policy.timers.approval))
    effects: list[Effect] = list(told_colleagues(conversation, cause, proposal, conversation.requester_name, line))
    if conversation.is_with_human:
        return TurnResult(conversation, 0, effects=tuple(effects), verdict=Timer.APPROVAL, events=events)
    conversation = replace(conversation, active_at=waiting.now)
    text = say("action.lapsed", conversation.spoken, summary=proposal.told)
    effects.append(_line(conversation, cause, text, proposal.author, status="pending"))
    return replace(_told(waiting, conversation, effects, text, Timer.APPROVAL), events=events)


def _lapsed(deed: Deed, proposal: Proposal) -> tuple[AuditEvent, ...]:
    return (AuditEvent(deed, "expired", proposal.author, details=about(proposal)),)


def _line(conversation: Conversation, cause: str, text: str, recipient: str, *, status: str) -> Reply:
    return Reply(
        id=f"{cause}:reply",
        text=text,
        agent="human" if conversation.is_with_human else conversation.specialist,
        recipient=recipient,
        status=status,
        stamp=_stamp(conversation.ticket),
    )


def _told(waiting: TurnInput, conversation: Conversation, effects: list[Effect], text: str, timer: Timer) -> TurnResult:
    """What the customer is told stands in the transcript too, which is all that a `/chat` session has."""
    entries = spoken(conversation, text, waiting.now)
    conversation = replace(conversation, items=waiting.conversation.items + len(entries))
    return TurnResult(conversation, 0, entries, tuple(effects), timer)


def _stamp(ticket: Ticket | None) -> str:
    return ticket.updated_at if ticket else ""


def _days(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600)):
        if seconds >= length and seconds % length == 0:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    minutes = int(seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
