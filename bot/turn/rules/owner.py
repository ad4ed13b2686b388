"""Stays out where people own the conversation (their words are relayed) or the bot is switched off."""

from typing import assert_never

from bot.domain.conversation import Owner
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnContext


async def stay_out(ctx: TurnContext) -> TurnResult | None:
    """Relay to people, or be silent, where the bot is not the one to answer."""
    owner = ctx.conversation.owner
    match owner:
        case Owner.BOT | Owner.IDLE_CLOSED:
            return None
        case Owner.ESCALATED | Owner.HUMAN:
            return ctx.relay()
        case Owner.OFF:
            return ctx.relay() if ctx.conversation.before_off in {Owner.HUMAN, Owner.ESCALATED} else ctx.silent("off")
        case _:
            assert_never(owner)
