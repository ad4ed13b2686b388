"""Asks what is wanted where no word was said, as in a bare mention or with files alone.

Where the bot was called into a thread, what stands above is the question.
"""

from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnContext


async def ask(ctx: TurnContext) -> TurnResult | None:
    """Ask what is wanted where there is neither a word nor a file."""
    if is_said(ctx.text) or ctx.has_files or ctx.asked.above:
        return None
    return results.wondering(ctx.desk, ctx.waiting, ctx.asked)


async def name_files(ctx: TurnContext) -> TurnResult | None:
    """Say what arrived and what becomes of it; no model could see into it."""
    if is_said(ctx.text) or not ctx.has_files or ctx.asked.above:
        return None
    return results.wondering(ctx.desk, ctx.waiting, ctx.asked)


def is_said(text: str) -> bool:
    """Return whether there is anything to be seen in a text."""
    return any(character.isprintable() and not character.isspace() for character in text)
