"""Stays out where people own the conversation (their words are relayed) or the bot is switched off."""

from dataclasses import replace
from typing import assert_never

from bot.domain.conversation import Owner
from bot.turn.context import TurnResult
from bot.turn.handoff.escalation import release
from bot.turn.turn_context import TurnContext


async def stay_out(ctx: TurnContext) -> TurnResult | TurnContext | None:
    """Relay to people, or be silent, where the bot is not the one to answer."""
    owner = ctx.conversation.owner
    match owner:
        case Owner.BOT | Owner.IDLE_CLOSED:
            return None
        case Owner.ESCALATED:
            return ctx.relay() if ctx.deps.reach(ctx.conversation).answers else _stay(ctx)
        case Owner.HUMAN:
            return ctx.relay()
        case Owner.OFF:
            return ctx.relay() if ctx.conversation.before_off in {Owner.HUMAN, Owner.ESCALATED} else ctx.silent("off")
        case _:
            assert_never(owner)


def _stay(ctx: TurnContext) -> TurnContext:
    """Answer again where nobody can take over: the customer was told so. What guards against loops counts on."""
    released = replace(release(ctx.conversation), reply_times=ctx.conversation.reply_times)
    return ctx.with_conversation(released)
