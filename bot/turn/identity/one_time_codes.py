"""Asks an author for an address and sends a one-time code there; after too many, people are asked."""

from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.identity import digest_of
from bot.domain.ids import person_of
from bot.turn import results
from bot.turn.agent.runner import Run
from bot.turn.context import TurnResult
from bot.turn.identity import proving
from bot.turn.turn_context import TurnContext


async def prove(ctx: TurnContext, address: str, run: Run | None = None, preview: str = "") -> TurnResult:
    """Send a code to the address, or ask for it where it is empty.

    Args:
        run: after which it turned out that the author has to be known, None for none.
        preview: reference of the message that shows the preview, empty for none.
    """
    challenge = await _code_sent(ctx, address) if address else proving.ask_address(ctx.waiting, ctx.asked)
    if challenge is None:
        entries = run.entries if run else ()
        request = HandoffRequest(proving.UNPROVEN, rule=Reason.FAILURE)
        return await ctx.escalate(request, entries=entries, preview=preview)
    return results.asking(ctx.desk, ctx.waiting, ctx.asked, challenge, run=run, preview=preview)


async def _code_sent(ctx: TurnContext, address: str) -> proving.Challenge | None:
    """Counted before anything is locked: what will not be sent has nothing to open."""
    customer = await ctx.deps.data.customer_by_email(address)
    challenge = proving.send_code(ctx.waiting, ctx.asked, address, customer)
    if challenge is None or ctx.deps.codes is None:
        return challenge
    asker = person_of(ctx.asked.requester.author.id)
    is_allowed = await ctx.deps.codes.allows(asker, digest_of(address), challenge.after[0].id)
    return challenge if is_allowed else proving.limited(ctx.waiting, ctx.asked)
