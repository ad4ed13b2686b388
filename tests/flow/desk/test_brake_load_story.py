"""Two workers answer twenty lines a second when somebody pulls the brake: five seconds later nothing is public."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app.container import Engine, open_engine
from bot.app.server import working
from bot.domain.autonomy import Mode
from bot.store.admin.brake import BrakeSwitch
from tests.conftest import wait_until
from tests.doubles.toy_connector import desk_connector
from tests.doubles.workspace import Post
from tests.flow.desk.test_dial_story import SHIPPING_QUESTION, desk_with
from tests.flow.drafts.desk import TRIAGE
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory, workspace_connector
from tests.flow.harness.story import BOT, DANA_ID, HELP, SARAH, SARAH_DM, TEAM

A_SECOND = 20
WITHIN_SECONDS = 5.0
SECONDS_BEFORE, SECONDS_AFTER = 3, 8


@asynccontextmanager
async def second_worker(stage: InMemoryStage) -> AsyncIterator[Engine]:
    """Yield another process' engine, as far as one process can have two: they share the store and the vendors alone."""
    connectors = [workspace_connector(stage.workspace), desk_connector(stage.account)]
    settings = stage.engine.settings
    async with (
        open_engine(settings, clock=stage.clock, connectors=connectors) as engine,
        working(engine.worker),
    ):
        yield engine


async def write(stage: InMemoryStage, seconds: int) -> None:
    """Customers begin twenty threads in each second."""
    for _ in range(seconds * A_SECOND):
        await stage.writes(SARAH, HELP, f"<@{BOT}> {SHIPPING_QUESTION}")
        await asyncio.sleep(1 / A_SECOND)


def answers(stage: InMemoryStage, after: float = 0.0) -> list[Post]:
    """Return what the bot has said in customers' threads after some time, a preview too."""
    return [
        post
        for post in stage.workspace.posts
        if post.user == BOT and post.channel == HELP and not post.name and float(post.ts) > after
    ]


async def test_within_five_seconds_no_worker_says_anything_and_people_go_on(redis_url: str, tmp_path: Path) -> None:
    desk = desk_with(tmp_path / "desk")
    rules = desk / "desk.yml"
    rules.write_text(re.sub(r"(?m)^most_open: .*$", "most_open: 100000", rules.read_text("utf-8")), "utf-8")
    settings = {
        "frontdesk_triage_channel": TRIAGE,
        "frontdesk_rate_per_minute": 100_000,
        "frontdesk_desk": str(desk),
    }
    async with open_in_memory(redis_url, tmp_path / "data", **settings) as stage, second_worker(stage) as other:
        with_dana = await stage.writes(SARAH, SARAH_DM, "I want to talk to a human")
        [ticket] = await stage.tickets()
        await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{with_dana}", "escalated")

        writing = asyncio.create_task(write(stage, SECONDS_BEFORE + SECONDS_AFTER))
        await wait_until(lambda: len(answers(stage)) >= A_SECOND, what="public answers under load")
        await BrakeSwitch(stage.engine.client).pull(Mode.DRAFT, "ops", stage.clock.now())
        pulled = stage.clock.now()

        await wait_until(lambda: stage.clock.now() > pulled + WITHIN_SECONDS, what="five seconds")
        await stage.comments(ticket["id"], DANA_ID, "Dana here, I look into it.")
        await writing
        await wait_until(lambda: "Dana here" in str(stage.workspace.posts), what="Dana's words in the thread")
        await stage.quiet(300)
        modes = await stage.engine.brake.mode(), await other.brake.mode()

    late = [post.text for post in answers(stage, pulled + WITHIN_SECONDS)]
    assert (late, modes) == ([], (Mode.DRAFT, Mode.DRAFT))
    assert len(answers(stage)) < (SECONDS_BEFORE + SECONDS_AFTER) * A_SECOND
