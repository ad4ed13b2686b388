"""A conversation is deleted: it counts as it did, also when everything is counted anew, and nothing names it."""

from time import time

import pytest

from bot.cli import conversations
from bot.cli import figures as command
from bot.domain.review import ReviewEntry, Why
from bot.figures.report import Values
from bot.store.records.review_entries import ReviewEntries
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, TEAM, Stage


async def shown(stage: Stage, *, rebuild: bool) -> Values:
    """Return the figures that `frontdesk figures` shows."""
    report = await command._read(stage.engine.settings, ("", ""), "day", rebuild=rebuild)
    return report.total


async def listed(stage: Stage) -> list[str]:
    """Return the conversations that the figures name."""
    figures = stage.engine.figures
    return list((await figures.conversations("conversations", figures.usual())).conversations)


@pytest.mark.parametrize("is_counted", [True, False])
async def test_a_deleted_conversation_counts_on_and_nothing_names_it(stage: Stage, is_counted: bool) -> None:
    sarahs = f"slack:{TEAM}:{SARAH_DM}:{await stage.writes(SARAH, SARAH_DM, 'I want to talk to a human')}"
    other = f"slack:{TEAM}:{MARCUS_DM}:{await stage.writes(MARCUS, MARCUS_DM, 'Where is my order A1002?')}"
    await stage.quiet()
    if is_counted:
        await shown(stage, rebuild=False)
    reviews = ReviewEntries(stage.engine.client, 90)
    await reviews.put(ReviewEntry("r1", Why.SAMPLE, sarahs, "orders", time(), question="Where is my order?"), time())

    assert await conversations._delete(stage.engine.settings, sarahs)
    counted = await shown(stage, rebuild=False)

    assert (counted["conversations"], counted["escalated"]) == (2, 1)
    assert await shown(stage, rebuild=True) == counted
    names = await listed(stage)
    assert (len(names), other in names, sarahs in names) == (2, True, False)
    assert await reviews.open() == []
