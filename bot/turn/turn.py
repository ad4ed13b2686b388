"""The whole policy at a glance: what happens for each kind of event, and what is decided before any model.

A turn takes the messages of one author in a row. It returns the conversation as it leaves it, the new entries of
the transcript and the effects to deliver; the caller commits them together.
"""

from collections.abc import Collection, Mapping

from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.events import (
    ButtonClicked,
    ChannelGone,
    ChannelMoved,
    CloseOrdered,
    CustomerMessage,
    DraftDecided,
    HandOverOrdered,
    InboundMessage,
    LineDeleted,
    StaffComment,
    StopPressed,
    TicketDeleted,
    TicketHint,
    TicketUpdated,
)
from bot.domain.ports import Preview
from bot.turn import results, timers
from bot.turn.agent.history import HistoryKeeper
from bot.turn.autonomy.dial import with_sides
from bot.turn.autonomy.preview import DiscreetPreview
from bot.turn.context import TurnInput, TurnResult, batch_of
from bot.turn.deadlines import Deadline
from bot.turn.disclosure import disclose
from bot.turn.drafts import published
from bot.turn.drafts.closing import follow
from bot.turn.drafts.decided import decided
from bot.turn.drafts.hold import hold
from bot.turn.drafts.ticket import with_ticket
from bot.turn.handoff import words
from bot.turn.handoff.request import Requester
from bot.turn.identity.authors import introduced
from bot.turn.ratings.feedback import with_reason
from bot.turn.ratings.rating import asked_when_settled
from bot.turn.rules import (
    answerable,
    escalation_words,
    identity,
    owner,
    plain_yes_no,
    reason,
    reply_cap,
    room,
    screen,
    silence,
    thanks,
    too_long,
    unresolved,
    upset,
    wanted,
)
from bot.turn.stages import buttons, customer, operator, settled, specialist_answer, staff, ticket_events
from bot.turn.texts import disclosure, spoken_to
from bot.turn.turn_context import Handler, Incoming, Rule, TurnContext, TurnDeps

EVENTS: Mapping[type[InboundMessage], Handler] = {
    CustomerMessage: customer.wrote,
    StaffComment: staff.commented,
    ButtonClicked: buttons.clicked,
    DraftDecided: decided,
    TicketUpdated: ticket_events.ticket_changed,
    TicketDeleted: ticket_events.ticket_gone,
    TicketHint: ticket_events.nothing_to_do,
    LineDeleted: ticket_events.line_deleted,
    ChannelMoved: ticket_events.channel_moved,
    ChannelGone: ticket_events.channel_gone,
    CloseOrdered: operator.ordered_to_close,
    HandOverOrdered: operator.ordered_to_hand_over,
    StopPressed: ticket_events.nothing_to_do,
}
"""What happens for each kind of event; a test holds that none is missing."""

BEFORE_MODEL: tuple[Rule, ...] = (
    owner.stay_out,
    answerable.leave_alone,
    silence.keep,
    plain_yes_no.settle,
    thanks.solve_ticket,
    reply_cap.escalate,
    too_long.refuse,
    thanks.welcome,
    escalation_words.escalate,
    reason.take,
    room.refuse,
    identity.check,
    wanted.ask,
    unresolved.escalate,
    wanted.name_files,
    screen.look,
    upset.escalate,
)
"""What is decided about a customer's words before a specialist reads them; the first rule with a result wins.

Order matters: whoever owns the conversation comes first, what costs money last.
"""


class Turn:
    """Takes turns with one desk.

    Args:
        history: keeps the transcript within its bound.
    """

    def __init__(self, deps: TurnDeps, history: HistoryKeeper) -> None:
        self._deps = deps
        self._history = history

    async def introduced(self, waiting: TurnInput) -> TurnInput:
        """Return the same with the first batch under the one id of its author, and people in it by their names."""
        return replace(waiting, messages=await introduced(self._deps.directory, waiting))

    async def take(self, waiting: TurnInput, preview: Preview) -> TurnResult:
        """Return what the first waiting messages lead to."""
        waiting = self._spoken(waiting)
        caring = self._history.care(waiting)
        discreet = DiscreetPreview(preview)
        try:
            outcome = with_reason(waiting.conversation, await self._decided(waiting, discreet), waiting.messages[0])
            outcome = self._touched(waiting, outcome)
            outcome = await self._held_back(waiting, outcome, await self._writer(waiting, outcome))
            outcome = self._rated(outcome, waiting.messages[0].id, waiting.now)
            if outcome.decision and not outcome.decision.is_public:
                await discreet.clear()
            await settled.make_room(self._deps, waiting.conversation, outcome)
            return (await caring).of(outcome) if caring else outcome
        finally:
            if caring:
                caring.cancel()

    async def expire(self, waiting: TurnInput, deadline: Deadline) -> TurnResult:
        """Return what a deadline leads to that has passed while nothing waited."""
        deps, waiting = self._deps, self._spoken(waiting)
        expiry = timers.Expiry(waiting, deps.desk, deps.actions.withdraw, has_helpdesk=deps.has_helpdesk)
        cause = timers.cause_of(waiting.conversation, deadline)
        outcome = await self._held_back(waiting, await timers.fire(expiry, deadline))
        outcome = self._rated(outcome, cause, waiting.now)
        await settled.make_room(self._deps, waiting.conversation, outcome)
        return outcome

    async def give_up(self, waiting: TurnInput) -> TurnResult:
        """Return how a turn ends that fails again and again, without asking what may have been the failure."""
        waiting = self._spoken(waiting)
        return await self._held_back(waiting, self._touched(waiting, customer.given_up(self._deps, waiting)))

    async def news(self, waiting: TurnInput, undelivered: Collection[str]) -> TurnResult | None:
        """Return what follows from a delivery: a draft was sent, people have a hand-over; None for nothing new."""
        waiting = self._spoken(waiting)
        told = disclosure(self._deps.desk.policy.disclosure, waiting.conversation.spoken)
        if (sent := published.news(waiting, told)) is not None:
            return sent
        heard = words.news(waiting, undelivered, self._deps.desk.policy)
        return await self._held_back(waiting, heard) if heard else None

    async def slowed(self, conversation: Conversation, message: InboundMessage) -> TurnResult:
        """Return the notice to a customer whose many messages have to wait a little; nothing where none may be said."""
        if not await self._deps.dial.is_surely_public(conversation):
            return TurnResult(conversation, 0)
        notice = results.slowed(self._deps.desk, self._in_its_language(conversation), message)
        return disclose(TurnResult(conversation, 0, effects=(notice,)), self._deps.desk.policy)

    async def _decided(self, waiting: TurnInput, preview: DiscreetPreview) -> TurnResult:
        lines = batch_of(waiting.messages)
        found = await EVENTS[type(lines[0])](Incoming(self._deps, waiting, lines, preview))
        if isinstance(found, TurnResult):
            return found
        plan, customer = found.asked.requester.plan, found.asked.customer
        known = customer.id if customer else ""
        found = found.with_conversation(replace(found.conversation, plan=plan, customer=known))
        outcome = await _answered(found)
        return replace(outcome, effects=(*found.ahead, *outcome.effects), above=found.above)

    async def _held_back(self, waiting: TurnInput, outcome: TurnResult, writer: Requester | None = None) -> TurnResult:
        """Return the outcome with its words as a draft where they may not go out, and older drafts settled by it."""
        before = waiting.conversation
        decision = await self._deps.dial.decided(before, outcome.conversation)
        outcome = replace(outcome, conversation=with_sides(outcome.conversation, decision), decision=decision)
        if not decision.is_public:
            outcome = hold(outcome, waiting, decision, self._deps.drafts_channel)
        outcome = self._deps.cards.follow(waiting.conversation, follow(waiting, outcome), self._deps.desk.policy)
        outcome = with_ticket(waiting, outcome, writer, self._deps.desk.policy.default_group)
        return disclose(outcome, self._deps.desk.policy)

    def _rated(self, outcome: TurnResult, cause: str, now: float) -> TurnResult:
        """Return the outcome with the question for a rating, where it is settled, in public, and the desk asks."""
        is_public = outcome.decision is not None and outcome.decision.is_public
        if not is_public or not self._deps.desk.policy.timers.ask_rating:
            return outcome
        return asked_when_settled(outcome, cause, now, self._deps.rating_links)

    async def _writer(self, waiting: TurnInput, outcome: TurnResult) -> Requester | None:
        """Return who a ticket would be opened for, None where the conversation has one, or nobody has written."""
        line = waiting.messages[0]
        is_ticket = capabilities_of(waiting.conversation.id).is_ticket
        if is_ticket or outcome.conversation.has_ticket or not line.is_said_by_customer:
            return None
        return Requester(line.author, await self._deps.directory.profile(line))

    def _spoken(self, waiting: TurnInput) -> TurnInput:
        return replace(waiting, conversation=self._in_its_language(waiting.conversation))

    def _in_its_language(self, conversation: Conversation) -> Conversation:
        """Return the same spoken in a language that the desk claims today, whatever it claimed before."""
        return replace(conversation, spoken=spoken_to(conversation.language, self._deps.desk.policy.languages))

    def _touched(self, waiting: TurnInput, outcome: TurnResult) -> TurnResult:
        return timers.touched(waiting.conversation, outcome, waiting.messages[0], self._deps.desk.policy, waiting.now)


async def _answered(ctx: TurnContext) -> TurnResult:
    """Let the rules decide, and a specialist where none of them does."""
    for rule in BEFORE_MODEL:
        found = await rule(ctx)
        if isinstance(found, TurnResult):
            return found
        ctx = found or ctx
    return await specialist_answer.answer(ctx)
