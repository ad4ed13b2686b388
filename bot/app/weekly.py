"""Opens the weekly post of figures where there is a channel of colleagues to post in."""

from typing import TYPE_CHECKING

from bot.domain.capabilities import colleagues_origin
from bot.runtime.weekly_post import KEPT_SECONDS, WeeklyFigures
from bot.store.records.cursors import Cursors

if TYPE_CHECKING:
    from bot.app.container import Engine
    from bot.runtime.periodic import Work


async def weekly_posting(engine: "Engine") -> "Work | None":
    """Return the rounds that look whether the post is due, None without `FRONTDESK_TRIAGE_CHANNEL`."""
    origin, place = colleagues_origin(), engine.settings.frontdesk_triage_channel
    channel = engine.sides.channels.get(origin) if origin else None
    if origin is None or channel is None or not place:
        return None
    weekly = WeeklyFigures(
        figures=engine.figures,
        channel=channel,
        cursors=Cursors(engine.client, ttl=KEPT_SECONDS),
        clock=engine.clock,
        policy=lambda: engine.at_work.policy,
        origin=origin,
        place=place,
        address=engine.settings.frontdesk_public_url,
    )
    return lambda _: weekly.look()
