"""Reaches into the vendors' sides of an engine: what catches up, and the adapters themselves."""

from bot.app.container import Engine
from bot.domain.ports import HelpDesk
from integrations.slack.connector import SlackSide
from integrations.slack.outbound.channel import SlackChannel


async def catch_up(engine: Engine, name: str) -> int:
    """Do a round of what looks for news that no delivery brought; return how much it found."""
    rounds = [row for side in engine.sides for row in side.catch_up(engine.core) if row.name == name]
    assert rounds
    return sum([await row.look() for row in rounds])


def slack_side(engine: Engine) -> SlackSide:
    """Return the workspace."""
    return next(side for side in engine.sides if isinstance(side, SlackSide))


def slack_channel(engine: Engine) -> SlackChannel:
    """Return what writes in the workspace."""
    channel = slack_side(engine).channel
    assert channel
    return channel


def help_desk(engine: Engine) -> HelpDesk:
    """Return where people work."""
    side = engine.sides.desk_side
    assert side
    assert side.helpdesk
    return side.helpdesk
