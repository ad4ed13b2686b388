"""Handles a click: a rating, a thumb, an approval, a yes or no, or the wish for a human."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.autonomy import Mode
from bot.domain.conversation import Move, Owner
from bot.domain.errors import TemporaryFailure
from bot.domain.events import ButtonClicked
from bot.domain.handoffs import ASKED_BY_BUTTON, HUMAN_BUTTON, HandoffRequest, Reason
from bot.domain.ids import same_person
from bot.domain.ports import Profile
from bot.domain.proposals import APPROVE, CONFIRM, DECLINE, REJECT
from bot.domain.ratings import FEEDBACK_BUTTON, RATING_BUTTON
from bot.turn import results
from bot.turn.autonomy import trial
from bot.turn.context import Batch, TurnInput, TurnResult
from bot.turn.identity.authors import asked_by
from bot.turn.ratings import feedback, rating
from bot.turn.stages.customer import awake
from bot.turn.turn_context import Incoming, TurnContext

OPINIONS: Mapping[str, Callable[[TurnInput, ButtonClicked], TurnResult]] = {
    RATING_BUTTON: rating.clicked,
    FEEDBACK_BUTTON: feedback.clicked,
}
"""What customers think, by the button with which they say it."""


async def clicked(incoming: Incoming) -> TurnResult:
    """Do what the button says, as far as it is its clicker's to say."""
    profile = await incoming.deps.directory.profile(incoming.first)
    click = incoming.only(ButtonClicked)
    action = click.action
    if action in OPINIONS:
        return OPINIONS[action](incoming.waiting, click)
    if action in {APPROVE, REJECT}:
        done = await _decided(incoming, profile)
    elif action in {CONFIRM, DECLINE}:
        done = await _answered(incoming, profile)
    elif action == HUMAN_BUTTON:
        done = await _human_wanted(incoming, profile)
    else:
        done = None
    return done or TurnResult(incoming.conversation, 1, verdict="click ignored")


async def _decided(incoming: Incoming, profile: Profile) -> TurnResult | None:
    """A colleague approves or rejects what a customer asked for.

    Raises:
        TemporaryFailure: no click is lost because Slack does not say for a moment whose it is; nor does one count.
    """
    if profile.unread:
        raise TemporaryFailure("it is not known who clicked")
    decided = await incoming.deps.actions.decided(incoming.waiting, incoming.only(ButtonClicked), profile)
    if decided is None:
        return None
    return results.stepped(incoming.deps.desk, incoming.waiting, decided.asked, decided.step)


async def _answered(incoming: Incoming, profile: Profile) -> TurnResult | None:
    """The customer's yes or no, while the conversation is the bot's."""
    if incoming.conversation.owner not in {Owner.BOT, Owner.IDLE_CLOSED}:
        return None
    asked = await asked_by(incoming.deps, incoming.waiting, [incoming.first], profile)
    plan = asked.requester.plan
    waiting = replace(incoming.waiting, conversation=replace(awake(incoming.conversation), plan=plan))
    if await incoming.deps.dial.foreseen(waiting.conversation, plan) is Mode.SILENT:
        return TurnResult(incoming.conversation, 1, verdict="silent")
    if handed := await _on_trial(incoming, waiting, asked):
        return handed
    step = await incoming.deps.actions.clicked(waiting, asked, incoming.only(ButtonClicked))
    return results.stepped(incoming.deps.desk, waiting, asked, step) if step else None


async def _on_trial(incoming: Incoming, waiting: TurnInput, asked: Batch) -> TurnResult | None:
    """Let people do what the customer says yes to, where the bot must not."""
    offer = incoming.deps.actions.agreed_to(waiting, incoming.only(ButtonClicked))
    ctx = TurnContext(incoming.deps, waiting, incoming.lines, asked, incoming.preview)
    return await trial.instead_of_commit(ctx, offer) if offer else None


async def _human_wanted(incoming: Incoming, profile: Profile) -> TurnResult | None:
    """The customer's "talk to a human"; nothing happens when people have it already."""
    conversation = awake(incoming.conversation)
    if not (_is_of_who_wrote(incoming) and conversation.can(Move.ESCALATE)):
        return None
    waiting = replace(incoming.waiting, conversation=conversation)
    asked = await asked_by(incoming.deps, waiting, incoming.lines, profile)
    ctx = TurnContext(incoming.deps, waiting, incoming.lines, asked, incoming.preview)
    request = HandoffRequest(ASKED_BY_BUTTON)
    if feedback.offered_by(conversation, incoming.only(ButtonClicked).value):
        why = feedback.reason_of(waiting, incoming.first.author.id)
        request = HandoffRequest(why, rule=Reason.THUMBS_DOWN)
    return await ctx.escalate(request, "button")


def _is_of_who_wrote(incoming: Incoming) -> bool:
    """Whether the clicker is one of those who wrote in the conversation."""
    known = (incoming.conversation.requester, *(entry.author for entry in incoming.waiting.history))
    return any(same_person(incoming.first.author.id, author) for author in known)
