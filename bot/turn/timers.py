"""Timers: a conversation's deadlines, and what follows when nobody does anything before them.

A deadline is never stored: it follows from the conversation's state, so it cannot be lost, is taken back by whatever
changes that state, and fires once, because what it leads to is committed with a state that no longer has it.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Protocol, assert_never

from bot.desk.loading.loader import Desk
from bot.desk.policy.policy import Policy, promise
from bot.desk.policy.sections import PRIORITIES
from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Handing, Move, Owner
from bot.domain.effects import Effect, Reply, UpdateTicket
from bot.domain.events import ChannelGone, ChannelMoved, InboundMessage, TicketDeleted, TicketUpdated
from bot.domain.proposals import OFFER_SECONDS, Proposal, Stage
from bot.domain.tickets import Ticket
from bot.turn.actions.actions import used
from bot.turn.actions.approvals import told_colleagues
from bot.turn.actions.proposals import marked
from bot.turn.audit import about
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.handoff.escalation import TAG
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.words import news
from bot.turn.results import opened_at_last
from bot.turn.texts import say

BROKEN = "**Nobody has taken this within the promised time.** Priority {before} → {after}; the customer is told {told}."
SET_ASIDE = (
    "Nobody has written here for {days}, so Frontdesk has marked this as solved. If the customer writes again, it "
    "answers again."
)
LAPSED_NOTE = "Nobody decided within {days}: the request has expired."


class Timer(StrEnum):
    """What a deadline is about."""

    HANDING = "hand-over made"
    PROMISE = "promise broken"
    OFFER = "offer expired"
    APPROVAL = "approval expired"
    IDLE = "idle closed"


@dataclass(frozen=True)
class Deadline:
    """When something happens unless somebody does something before.

    Args:
        at: Unix seconds.
        proposal: what an offer's or an approval's deadline is about.
    """

    at: float
    timer: Timer
    proposal: Proposal | None = None


@dataclass(frozen=True)
class Expiry:
    """What a timer that fires works with.

    Args:
        withdraw: tells the ledger that nothing will come of a proposal.
        has_helpdesk: whether tickets can be opened.
    """

    waiting: TurnInput
    desk: Desk
    withdraw: Callable[[Proposal], Awaitable[None]]
    has_helpdesk: bool = False

    @property
    def policy(self) -> Policy:
        """The desk's policy."""
        return self.desk.policy


class TimerRule(Protocol):
    """When one timer fires, and what follows from it.

    `while_off`: whether it runs while the bot is switched off. `rereads_ticket`: whether the ticket is read once more
    before it fires, for a human may have acted unheard.
    """

    while_off: ClassVar[bool]
    rereads_ticket: ClassVar[bool]

    def deadlines(self, conversation: Conversation, policy: Policy) -> Iterator[Deadline]:
        """Yield the deadlines that follow from the conversation as it stands."""

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        """Return what a deadline that has passed leads to.

        Raises:
            RemoteError: the ledger does not answer; it is tried again.
        """

    def give_up(self, conversation: Conversation, deadline: Deadline) -> Conversation:
        """Return the conversation without the deadline, whose consequences fail again and again."""


class _Handing:
    """A hand-over on its way: its customer hears in time that it takes longer."""

    while_off: ClassVar = True
    rereads_ticket: ClassVar = False

    def deadlines(self, conversation: Conversation, _policy: Policy) -> Iterator[Deadline]:
        if conversation.handing:
            yield Deadline(conversation.handing.at, Timer.HANDING)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        return news(expiry.waiting, (), expiry.policy) or let_pass(expiry.waiting, deadline)

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        return replace(conversation, handing=None)


class _Promise:
    """The time within which people were promised."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, _policy: Policy) -> Iterator[Deadline]:
        if conversation.owner is Owner.ESCALATED and conversation.promised_until:
            yield Deadline(conversation.promised_until, Timer.PROMISE)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        cause = cause_of(expiry.waiting.conversation, deadline)
        if _lacks_ticket(expiry):
            return opened_at_last(expiry.desk, expiry.waiting, cause)
        return _promise_broken(expiry.waiting, expiry.policy, cause)

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        return replace(conversation, promised_until=0.0)


class _Offer:
    """An offer, or the question for a reason, that the customer leaves unanswered."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, _policy: Policy) -> Iterator[Deadline]:
        for proposal in conversation.proposals:
            if proposal.stage in {Stage.OFFERED, Stage.REASON}:
                yield Deadline(proposal.at + OFFER_SECONDS, Timer.OFFER, proposal)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        cause = cause_of(expiry.waiting.conversation, deadline)
        return _offer_lapsed(expiry.waiting, _proposal_of(deadline), cause)

    def give_up(self, conversation: Conversation, deadline: Deadline) -> Conversation:
        return _expired(conversation, _proposal_of(deadline))


class _Approval:
    """A request on which a colleague should have decided."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, policy: Policy) -> Iterator[Deadline]:
        for proposal in conversation.proposals:
            if proposal.stage is Stage.APPROVAL:
                asked_at = proposal.asked_at or proposal.at
                yield Deadline(asked_at + policy.timers.approval, Timer.APPROVAL, proposal)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        proposal = _proposal_of(deadline)
        await expiry.withdraw(proposal)
        cause = cause_of(expiry.waiting.conversation, deadline)
        return _approval_lapsed(expiry.waiting, proposal, expiry.policy, cause)

    def give_up(self, conversation: Conversation, deadline: Deadline) -> Conversation:
        return _expired(conversation, _proposal_of(deadline))


class _Idle:
    """A conversation in which nobody has written for long."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, policy: Policy) -> Iterator[Deadline]:
        if _may_idle(conversation):
            yield Deadline(conversation.active_at + policy.timers.idle_close, Timer.IDLE)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        return _idle_closed(expiry.waiting, expiry.policy, cause_of(expiry.waiting.conversation, deadline))

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        return conversation.move(Move.IDLE)


def rule_of(timer: Timer) -> TimerRule:
    """Return when a timer fires and what follows; the type checker tells when one has no rule."""
    match timer:
        case Timer.HANDING:
            return _Handing()
        case Timer.PROMISE:
            return _Promise()
        case Timer.OFFER:
            return _Offer()
        case Timer.APPROVAL:
            return _Approval()
        case Timer.IDLE:
            return _Idle()
    assert_never(timer)


TIMERS: tuple[TimerRule, ...] = tuple(map(rule_of, Timer))
"""All timers; of two deadlines at the same time the one that stands first fires first."""


def next_deadline(conversation: Conversation, policy: Policy) -> Deadline | None:
    """Return the conversation's first deadline, None when it has none."""
    running = [rule for rule in TIMERS if rule.while_off or conversation.owner is not Owner.OFF]
    deadlines = (deadline for rule in running for deadline in rule.deadlines(conversation, policy))
    return min(deadlines, key=lambda deadline: deadline.at, default=None)


async def fire(expiry: Expiry, deadline: Deadline) -> TurnResult:
    """Return what a deadline that has passed leads to.

    Raises:
        RemoteError: the ledger does not answer; it is tried again.
    """
    return await rule_of(deadline.timer).fire(expiry, deadline)


def let_pass(waiting: TurnInput, deadline: Deadline) -> TurnResult:
    """Return how a deadline ends whose consequences fail again and again: without them."""
    after = rule_of(deadline.timer).give_up(waiting.conversation, deadline)
    return TurnResult(after, 0, verdict="timer given up")


def cause_of(conversation: Conversation, deadline: Deadline) -> str:
    """Return what the effects of a deadline derive their ids from: the same however often it is tried."""
    about = deadline.proposal.id if deadline.proposal else f"{deadline.at:.3f}"
    return f"timer:{conversation.id}:{deadline.timer.name.lower()}:{about}"


def _may_idle(conversation: Conversation) -> bool:
    """Tickets that are not the bot's to answer are not its to close; what waits for a human is not over."""
    if conversation.owner is not Owner.BOT or not conversation.active_at:
        return False
    if capabilities_of(conversation.id).is_ticket and not conversation.ours:
        return False
    return not any(proposal.stage is Stage.APPROVAL for proposal in conversation.proposals)


def _lacks_ticket(expiry: Expiry) -> bool:
    """Whether people were promised, and have nothing that says so."""
    conversation = expiry.waiting.conversation
    is_ticket = capabilities_of(conversation.id).is_ticket
    return expiry.has_helpdesk and not conversation.has_ticket and not is_ticket


def _proposal_of(deadline: Deadline) -> Proposal:
    assert deadline.proposal is not None  # noqa: S101 (an offer's and an approval's deadline have one)
    return deadline.proposal


def _expired(conversation: Conversation, proposal: Proposal) -> Conversation:
    return marked(conversation, replace(proposal, stage=Stage.EXPIRED))


NEWS = TicketUpdated | TicketDeleted | ChannelMoved | ChannelGone
"""Events that are nobody's word."""


def touched(before: Conversation, outcome: TurnResult, first: InboundMessage, policy: Policy, now: float) -> TurnResult:
    """Return the outcome of a turn with the times that deadlines are counted from.

    News of a ticket's fields, or of a channel, is nobody's word; nor is an answering machine's. What a human took and
    in its time.
    """
    after = outcome.conversation
    moved = after.owner is not before.owner
    is_news = isinstance(first, NEWS) or first.is_by_machine
    if moved or not is_news:
        after = replace(after, active_at=now)
    if moved and after.owner is Owner.ESCALATED and before.owner is Owner.HUMAN:
        until = promise(policy, after.priority or "normal", now).until
        after = replace(after, promised_until=until)
    return replace(outcome, conversation=after)


def _promise_broken(waiting: TurnInput, policy: Policy, cause: str) -> TurnResult:
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
        text = say("human.still_waiting", conversation.language)
        effects: list[Effect] = [_line(conversation, cause, text, conversation.requester, status="")]
        return _told(waiting, conversation, effects, text, Timer.PROMISE)
    told = "that the team was reminded" if is_last else f"“{promise(policy, after, waiting.now).text}”"
    note = BROKEN.format(before=before, after=after, told=told)
    urged = UpdateTicket(f"{cause}:urged", comment=note, priority=after, source=cause, stamp=_stamp(ticket))
    handing = Handing(
        cause, waiting.now, (urged.id,), conversation.requester, stamp=urged.stamp, urged=True, last=is_last
    )
    return TurnResult(replace(conversation, handing=handing), 0, effects=(urged,), verdict=Timer.PROMISE)


def _idle_closed(waiting: TurnInput, policy: Policy, cause: str) -> TurnResult:
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


def _offer_lapsed(waiting: TurnInput, proposal: Proposal, cause: str) -> TurnResult:
    """The offer's buttons go away; nobody is written to about what they did not want."""
    shown = say("offer.no_longer_open", waiting.conversation.language)
    effects = used(waiting, cause, proposal, shown) if proposal.stage is Stage.OFFERED else ()
    after = _expired(waiting.conversation, proposal)
    return TurnResult(after, 0, effects=effects, verdict=Timer.OFFER, events=_lapsed(Deed.PROPOSAL, proposal))


def _approval_lapsed(waiting: TurnInput, proposal: Proposal, policy: Policy, cause: str) -> TurnResult:
    """Who should have decided sees that it is over; the customer is told unless people speak with them anyway."""
    conversation = _expired(waiting.conversation, proposal)
    events = _lapsed(Deed.APPROVAL, proposal)
    line = LAPSED_NOTE.format(days=_days(policy.timers.approval))
    effects: list[Effect] = list(told_colleagues(conversation, cause, proposal, conversation.requester_name, line))
    if conversation.is_with_human:
        return TurnResult(conversation, 0, effects=tuple(effects), verdict=Timer.APPROVAL, events=events)
    conversation = replace(conversation, active_at=waiting.now)
    text = say("action.lapsed", conversation.language, summary=proposal.told)
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
