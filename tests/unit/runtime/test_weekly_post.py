"""The week's figures are posted once a week, however many workers look and whoever dies in between."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.desk.loading.desk import load_rules
from bot.desk.policy.policy import Policy
from bot.desk.policy.sections import WeeklyPost
from bot.domain.errors import TemporaryFailure
from bot.domain.ids import Origin
from bot.figures.report import Period, Report
from bot.runtime.weekly_post import KEPT_SECONDS, MARK, WeeklyFigures, lines, newest_due
from bot.store.records.cursors import Cursors
from bot.store.redis import Client
from tests.doubles.channel import InMemoryChannel
from tests.doubles.clock import ManualClock
from tests.doubles.figures import QuietFigures
from tests.doubles.workspace import Workspace

DAY = 86_400.0
TRIAGE = "C0TRIAGE"
ZONE = UTC
ON = load_rules("store").policy.model_copy(update={"weekly_post": WeeklyPost()})


class Forgetful(Cursors):
    """Dies right before it marks the week."""

    async def put(self, name: str, place: str) -> None:
        raise TemporaryFailure("store: away")


def worker(redis: Client, workspace: Workspace, policy: Policy = ON, cursors: Cursors | None = None) -> WeeklyFigures:
    """Return what one worker looks with."""
    return WeeklyFigures(
        QuietFigures(),
        InMemoryChannel(workspace),
        cursors or Cursors(redis, ttl=KEPT_SECONDS),
        workspace.clock,
        lambda: policy,
        Origin.SLACK,
        TRIAGE,
        "https://desk.example",
    )


@pytest.fixture
def workspace() -> Workspace:
    """A workspace on a Monday at 10:00."""
    return Workspace(ManualClock())


def posted(workspace: Workspace) -> Sequence[str]:
    """Return what stands in the colleagues' channel."""
    return [post.text for post in workspace.posts if post.channel == TRIAGE]


async def test_many_workers_post_once_a_week(redis: Client, workspace: Workspace) -> None:
    looked = [await worker(redis, workspace).look() for _ in range(3)]
    workspace.clock.advance(6 * DAY)
    looked.append(await worker(redis, workspace).look())
    workspace.clock.advance(DAY)
    looked.append(await worker(redis, workspace).look())

    assert looked == [True, False, False, False, True]
    assert len(posted(workspace)) == 2
    assert "2026-11-16 to 2026-11-22" in posted(workspace)[0]


async def test_who_dies_before_the_mark_has_posted(redis: Client, workspace: Workspace) -> None:
    with pytest.raises(TemporaryFailure):
        await worker(redis, workspace, cursors=Forgetful(redis, ttl=KEPT_SECONDS)).look()

    assert not await worker(redis, workspace).look()
    assert len(posted(workspace)) == 1
    assert await Cursors(redis, ttl=KEPT_SECONDS).get(MARK) == "2026-11-23"


async def test_it_is_off_until_a_desk_sets_it(redis: Client, workspace: Workspace) -> None:
    assert load_rules("store").policy.weekly_post is None
    assert not await worker(redis, workspace, load_rules("store").policy).look()
    assert posted(workspace) == []


async def test_a_post_that_is_days_late_is_left_out(redis: Client, workspace: Workspace) -> None:
    workspace.clock.advance(2 * DAY)

    assert not await worker(redis, workspace).look()
    assert posted(workspace) == []


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=ZONE), datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)),
        (datetime(2026, 11, 23, 8, 59, tzinfo=ZONE), datetime(2026, 11, 16, 9, 0, tzinfo=ZONE)),
        (datetime(2026, 11, 29, 23, 59, tzinfo=ZONE), datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)),
    ],
)
def test_it_is_due_at_its_hour_in_the_desks_own_time(now: datetime, due: datetime) -> None:
    assert newest_due(WeeklyPost(), now.timestamp(), ZONE) == due


async def test_it_tells_the_five_figures_with_the_week_before() -> None:
    quiet = QuietFigures()
    report: Report = await quiet.report(Period(quiet.today, quiet.today))
    told = {
        "conversations": 40,
        "automation_rate": 0.5,
        "first_response.bot.p50": 4.2,
        "escalation_rate": 0.25,
        "csat.value": 0.9,
        "csat.rated": 10,
        "cost.per_confirmed_resolution": 0.314,
    }

    text = "\n".join(lines("Store", replace(report, total=told), "https://desk.example"))

    for part in ("40 conversations", "50%", "4 s", "25%", "90% of 10 ratings", "0.31 USD", "before: –", "/console"):
        assert part in text
