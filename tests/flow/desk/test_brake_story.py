"""Somebody pulls the brake: nothing public any more, in no worker and over restarts; people's work goes on."""

from pathlib import Path

from bot.domain.autonomy import Mode
from bot.store.admin.brake import BrakeSwitch
from tests.conftest import wait_until
from tests.flow.desk.test_dial_story import SHIPPING_QUESTION, ruled, said_on
from tests.flow.drafts.desk import becomes, notes
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.story import DANA_ID, SARAH, SARAH_DM, TEAM


async def brakes(stage: InMemoryStage, mode: Mode | None) -> None:
    """Pull or release the brake, and wait until this process goes by it."""
    switch = BrakeSwitch(stage.engine.client)
    await (switch.pull(mode, "ops", 1.0) if mode else switch.release("ops", 1.0))

    async def is_known() -> bool:
        return await stage.engine.brake.mode() is mode

    await wait_until(is_known, what=f"the brake to be {mode or 'off'}")


async def test_under_the_brake_answers_are_drafts_and_behind_it_public_again(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path) as stage:
        await brakes(stage, Mode.DRAFT)
        held = await stage.opens(SHIPPING_QUESTION)
        [note] = await notes(stage, held)
        rule = await ruled(stage, f"zendesk:{held}")
        await brakes(stage, None)
        answered = await stage.opens(SHIPPING_QUESTION)
        await stage.bot_comments(answered)
        said = await said_on(stage, held)

    assert said == []
    assert "the brake is on" in note["body"]
    assert rule == ("draft", "brake")


async def test_a_silent_brake_says_nothing_at_all(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path) as stage:
        await brakes(stage, Mode.SILENT)
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        ticket = await stage.opens(SHIPPING_QUESTION)
        await stage.quiet()
        shown = await stage.thread(SARAH_DM, ts), stage.workspace.statuses_ever
        comments = (await stage.ticket(ticket))["comments"]
        status = (await stage.ticket(ticket))["status"]

    assert shown == ([], [])
    assert (len(comments), status) == (1, "new")


async def test_it_stays_on_over_a_restart(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path) as stage:
        await brakes(stage, Mode.SILENT)
    async with open_in_memory(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.quiet()
        shown = await stage.thread(SARAH_DM, ts)

    assert shown == []


async def test_escalations_and_human_replies_go_on(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path) as stage:
        await brakes(stage, Mode.DRAFT)
        ts = await stage.writes(SARAH, SARAH_DM, "I want to talk to a human")
        [ticket] = await stage.tickets()
        await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{ts}", "escalated")
        await stage.comments(ticket["id"], DANA_ID, "Hi Sarah, Dana here.")
        [line] = await stage.answers(SARAH_DM, ts)
        await stage.quiet()
        lines = await stage.thread(SARAH_DM, ts)

    assert "Dana here" in line
    assert len(lines) == 1


async def test_a_draft_that_somebody_sends_goes_out_under_the_brake(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path) as stage:
        await brakes(stage, Mode.DRAFT)
        ticket = await stage.opens(SHIPPING_QUESTION)
        await notes(stage, ticket)
        await stage.changes(ticket, add_tags=["frontdesk_send"])
        [comment] = await stage.bot_comments(ticket)
        await becomes(stage, f"zendesk:{ticket}", "sent")

    assert "business days" in comment["body"]


async def test_draft_mode_of_tickets_leaves_slack_to_the_desk(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path, frontdesk_zendesk_mode="draft") as stage:
        ticket = await stage.opens(SHIPPING_QUESTION)
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        await stage.answers(SARAH_DM, ts)
        [note] = await notes(stage, ticket)
        said = await said_on(stage, ticket)
        rule = await ruled(stage, f"zendesk:{ticket}")

    assert said == []
    assert "FRONTDESK_ZENDESK_MODE" in note["body"]
    assert rule == ("draft", "FRONTDESK_ZENDESK_MODE")
