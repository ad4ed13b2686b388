"""Timers: a conversation's deadlines, and what follows when nobody does anything before them.

A deadline is never stored: it follows from the conversation's state, so it cannot be lost, is taken back by whatever
changes that state, and fires once, because what it leads to is committed with a state that no longer has it.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol, assert_never

from bot.desk.loading.desk import Desk
from bot.desk.policy.policy import Policy, promise
from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation, Move, Owner
from bot.domain.drafts import DRAFT_SECONDS, RETENTION_SECONDS, DraftStage
from bot.domain.events import ChannelGone, ChannelMoved, InboundMessage, TicketDeleted, TicketUpdated
from bot.domain.proposals import OFFER_SECONDS, Proposal, Stage
from bot.turn.context import TurnInput, TurnResult
from bot.turn.deadlines import Deadline, Timer
from bot.turn.drafts.closing import ignored, without_open, words_gone
from bot.turn.handoff.words import news
from bot.turn.results import opened_at_last
from bot.turn.timer_results import approval_lapsed, expired, idle_closed, offer_lapsed, promise_broken


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

    def deadlines(self, conversation: Conversation, policy: Policy, kept: float) -> Iterator[Deadline]:
        """Yield the deadlines that follow from the conversation as it stands.

        Args:
            kept: seconds after which words of drafts go.
        """

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

    def deadlines(self, conversation: Conversation, _policy: Policy, _kept: float) -> Iterator[Deadline]:
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

    def deadlines(self, conversation: Conversation, _policy: Policy, _kept: float) -> Iterator[Deadline]:
        if conversation.owner is Owner.ESCALATED and conversation.promised_until:
            yield Deadline(conversation.promised_until, Timer.PROMISE)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        cause = cause_of(expiry.waiting.conversation, deadline)
        if _lacks_ticket(expiry):
            return opened_at_last(expiry.desk, expiry.waiting, cause)
        return promise_broken(expiry.waiting, expiry.policy, cause)

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        return replace(conversation, promised_until=0.0)


class _Offer:
    """An offer, or the question for a reason, that the customer leaves unanswered."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, _policy: Policy, _kept: float) -> Iterator[Deadline]:
        for proposal in conversation.proposals:
            if proposal.stage in {Stage.OFFERED, Stage.REASON}:
                yield Deadline(proposal.at + OFFER_SECONDS, Timer.OFFER, proposal)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        cause = cause_of(expiry.waiting.conversation, deadline)
        return offer_lapsed(expiry.waiting, _proposal_of(deadline), cause)

    def give_up(self, conversation: Conversation, deadline: Deadline) -> Conversation:
        return expired(conversation, _proposal_of(deadline))


class _Approval:
    """A request on which a colleague should have decided."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, policy: Policy, _kept: float) -> Iterator[Deadline]:
        for proposal in conversation.proposals:
            if proposal.stage is Stage.APPROVAL:
                asked_at = proposal.asked_at or proposal.at
                yield Deadline(asked_at + policy.timers.approval, Timer.APPROVAL, proposal)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        proposal = _proposal_of(deadline)
        await expiry.withdraw(proposal)
        cause = cause_of(expiry.waiting.conversation, deadline)
        return approval_lapsed(expiry.waiting, proposal, expiry.policy, cause)

    def give_up(self, conversation: Conversation, deadline: Deadline) -> Conversation:
        return expired(conversation, _proposal_of(deadline))


class _Draft:
    """A draft on which nobody decides."""

    while_off: ClassVar = True
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, _policy: Policy, kept: float) -> Iterator[Deadline]:
        if draft := conversation.draft:
            yield Deadline(draft.at + min(DRAFT_SECONDS, kept), Timer.DRAFT)

    async def fire(self, expiry: Expiry, _deadline: Deadline) -> TurnResult:
        return ignored(expiry.waiting)

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        return without_open(conversation, DraftStage.IGNORED)


class _Idle:
    """A conversation in which nobody has written for long."""

    while_off: ClassVar = False
    rereads_ticket: ClassVar = True

    def deadlines(self, conversation: Conversation, policy: Policy, _kept: float) -> Iterator[Deadline]:
        if _may_idle(conversation):
            yield Deadline(conversation.active_at + policy.timers.idle_close, Timer.IDLE)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        return idle_closed(expiry.waiting, expiry.policy, cause_of(expiry.waiting.conversation, deadline))

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        return conversation.move(Move.IDLE)


class _Words:
    """What drafts said, which is kept for a time."""

    while_off: ClassVar = True
    rereads_ticket: ClassVar = False

    def deadlines(self, conversation: Conversation, _policy: Policy, kept: float) -> Iterator[Deadline]:
        for draft in conversation.drafts:
            if draft.is_settled and draft.has_words:
                yield Deadline(draft.at + kept, Timer.WORDS)

    async def fire(self, expiry: Expiry, deadline: Deadline) -> TurnResult:
        return let_pass(expiry.waiting, deadline, Timer.WORDS)

    def give_up(self, conversation: Conversation, _deadline: Deadline) -> Conversation:
        # Those from before the one whose time is over, itself included.
        oldest = min(draft.at for draft in conversation.drafts if draft.is_settled and draft.has_words)
        return words_gone(conversation, oldest)


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
        case Timer.DRAFT:
            return _Draft()
        case Timer.IDLE:
            return _Idle()
        case Timer.WORDS:
            return _Words()
    assert_never(timer)


TIMERS: tuple[TimerRule, ...] = tuple(map(rule_of, Timer))
"""All timers; of two deadlines at the same time the one that stands first fires first."""


def next_deadline(conversation: Conversation, policy: Policy, kept: float = RETENTION_SECONDS) -> Deadline | None:
    """Return the conversation's first deadline, None when it has none.

    Args:
        kept: seconds after which words of drafts go.
    """
    running = [rule for rule in TIMERS if rule.while_off or conversation.owner is not Owner.OFF]
    deadlines = (deadline for rule in running for deadline in rule.deadlines(conversation, policy, kept))
    return min(deadlines, key=lambda deadline: deadline.at, default=None)


async def fire(expiry: Expiry, deadline: Deadline) -> TurnResult:
    """Return what a deadline that has passed leads to.

    Raises:
        RemoteError: the ledger does not answer; it is tried again.
    """
    return await rule_of(deadline.timer).fire(expiry, deadline)


def let_pass(waiting: TurnInput, deadline: Deadline, verdict: str = "timer given up") -> TurnResult:
    """Return how a deadline ends whose consequences fail again and again: without them."""
    after = rule_of(deadline.timer).give_up(waiting.conversation, deadline)
    return TurnResult(after, 0, verdict=verdict)


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
