"""What time alone resolves is counted once, whichever process counts, and nothing of the time before."""

from pathlib import Path

import pytest

from bot.figures import presumed_counts
from bot.figures.facts import ConversationFacts
from bot.figures.presumed_counts import EVERY_SECONDS, LATE_SECONDS, count_presumed
from bot.figures.tables import FiguresDatabase, put
from bot.telemetry import metrics
from tests.unit.figures.kit import DAY, HOUR, NOON, open_figures

ANSWERED = NOON - DAY + HOUR
"""The answer of which the time is over an hour after `NOON`."""


def facts(name: str, due_at: float | None = NOON + HOUR, **more: object) -> ConversationFacts:
    day = presumed_counts._day(ANSWERED)
    known = {"channel": name.partition(":")[0], "answered": True, "answer_at": ANSWERED, "answer_day": day}
    return ConversationFacts(name, begun_at=ANSWERED, due_at=due_at, **known | more)  # type: ignore[arg-type]


def counted(channel: str) -> float:
    labels = {"channel": channel, "kind": "presumed"}
    return metrics.REGISTRY.get_sample_value("frontdesk_resolutions_total", labels) or 0.0


async def store(database: FiguresDatabase, *rows: ConversationFacts) -> None:
    async with database.writing() as connection:
        await put(connection, rows, ())


async def test_each_is_counted_once_when_its_time_has_passed(tmp_path: Path) -> None:
    async with open_figures(tmp_path) as database:
        await store(
            database,
            facts("slack:T:C:1"),
            facts("zendesk:1"),
            facts("slack:T:C:2", due_at=NOON - HOUR),
            facts("slack:T:C:3", confirmed_at=NOON),
            facts("slack:T:C:4", escalated_at=NOON),
            facts("slack:T:C:5", due_at=None),
            facts("slack:T:C:6", due_at=NOON + 3 * HOUR),
        )
        before = counted("slack"), counted("zendesk")
        times = [NOON, NOON + HOUR, *[NOON + HOUR + LATE_SECONDS + EVERY_SECONDS] * 2, NOON + 2 * HOUR]
        found = [await count_presumed(database, at) for at in times]

    assert found == [0, 0, 2, 0, 0]
    assert (counted("slack"), counted("zendesk")) == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize("back", [0.0, HOUR, EVERY_SECONDS - 1])
async def test_nothing_is_counted_too_soon_or_by_a_clock_that_went_back(tmp_path: Path, back: float) -> None:
    async with open_figures(tmp_path) as database:
        await store(database, facts("slack:T:C:1"))
        await count_presumed(database, NOON)
        assert await count_presumed(database, NOON - back) == 0
        assert await count_presumed(database, NOON + 2 * HOUR) == 1


async def test_who_came_back_and_was_answered_again_is_counted_again(tmp_path: Path) -> None:
    async with open_figures(tmp_path) as database:
        await store(database, facts("slack:T:C:1"))
        await count_presumed(database, NOON)
        first = await count_presumed(database, NOON + 2 * HOUR)
        await store(database, facts("slack:T:C:1", due_at=NOON + DAY))
        second = await count_presumed(database, NOON + DAY + HOUR)

    assert (first, second) == (1, 1)
