"""Refuses work where a person has too many conversations open; people hear of the first one too many."""

from typing import assert_never

from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.ids import person_of
from bot.domain.ports import Room
from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnContext

TOO_MANY = (
    "this customer has as many conversations open as one person may have ({most}); the bot answers in no further one "
    "until some are settled"
)


async def refuse(ctx: TurnContext) -> TurnResult | None:
    """Begin no more work for somebody who has too much open; what was begun before goes on in any case.

    It counts the conversation, so it stands where a model or people would be asked next, and nowhere before.
    """
    if ctx.deps.matters is None or ctx.conversation.id.is_rehearsal:
        return None
    most = ctx.policy.most_open
    person = person_of(ctx.asked.requester.author.id)
    if ctx.waiting.counted_for == person:
        ctx.deps.matters.stay(person, ctx.conversation.id, ctx.now, most)
        return None
    room = await ctx.deps.matters.enter(person, ctx.conversation.id, ctx.now, most)
    match room:
        case Room.YES:
            return None
        case Room.LAST:
            return await ctx.escalate(HandoffRequest(TOO_MANY.format(most=most), rule=Reason.CAP))
        case Room.NO:
            return results.crowded(ctx.desk, ctx.waiting, ctx.asked, ctx.deps.reach(ctx.conversation))
        case _:
            assert_never(room)
