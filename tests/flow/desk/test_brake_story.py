"""Somebody pulls the brake: nothing public any more, in no worker and over restarts; people's work goes on."""

from pathlib import Path

from bot.domain.autonomy import Mode
from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from bot.store.admin.brake import BrakeSwitch
from tests.conftest import wait_until
from tests.flow.desk.test_dial_story import SHIPPING_QUESTION, ruled, said_on
from tests.flow.drafts.desk import TRIAGE, becomes, notes
from tests.flow.drafts.test_elsewhere_drafts import presses
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.story import BOT, DANA_ID, SARAH, SARAH_DM, SHARED, TEAM


async def brakes(stage: InMemoryStage, mode: Mode | None) -> None:
    """Pull or release the brake, and wait until this process goes by it."""
    switch = BrakeSwitch(stage.engine.client)
    await (switch.pull(mode, "ops", 1.0) if mode else switch.release("ops", 1.0))

    async def is_known() -> bool:
        return await stage.engine.brake.mode() is mode

    await wait_until(is_known, what=f"the brake to be {mode or 'off'}")


def was_tried(stage: InMemoryStage) -> bool:
    failing = stage.workspace.failures.coming.get("reply") or stage.account.failures.coming.get("update")
    return failing is not None and failing.times < 1_000


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


async def test_an_answer_that_waits_for_its_vendor_is_held_back_too(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path, frontdesk_triage_channel=TRIAGE) as stage:
        stage.workspace.failures.refuse("reply", TemporaryFailure("away"), times=1_000)
        ts = await stage.writes(SARAH, SARAH_DM, SHIPPING_QUESTION)
        conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await wait_until(lambda: was_tried(stage), what="an answer that its vendor did not take")
        await brakes(stage, Mode.DRAFT)
        stage.workspace.failures.coming.clear()
        [draft] = await becomes(stage, conversation, "open")
        await stage.quiet()
        before = await stage.thread(SARAH_DM, ts)
        await brakes(stage, None)

    assert before == []
    assert "business days" in draft.text


async def test_an_offer_that_is_cut_out_of_what_was_held_back_is_not_made(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path, frontdesk_triage_channel=TRIAGE) as stage:
        stage.workspace.failures.refuse("reply", TemporaryFailure("away"), times=1_000)
        ts = await stage.writes(SARAH, SARAH_DM, "please refund ord_1002")
        conversation = ConversationId(f"slack:{TEAM}:{SARAH_DM}:{ts}")
        await wait_until(lambda: was_tried(stage), what="an answer that its vendor did not take")
        await brakes(stage, Mode.DRAFT)
        stage.workspace.failures.coming.clear()
        [draft] = await becomes(stage, conversation, "open")
        await stage.quiet()
        await presses(stage, conversation, draft.id, text="We cannot refund this.")
        await becomes(stage, conversation, "sent_edited")
        await stage.quiet()
        [said] = [post for post in stage.workspace.posts if post.user == BOT and post.thread_ts == ts]
        view = await stage.engine.conversations.read(conversation)

    assert draft.proposes
    assert said.text == "We cannot refund this."
    assert "frontdesk_confirm" not in repr(said)
    assert view is not None
    assert view.conversation.proposals == ()


async def test_no_direct_message_is_opened_before_somebody_sends_the_answer_that_leads_there(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_in_memory(redis_url, tmp_path, frontdesk_triage_channel=TRIAGE) as stage:
        stage.workspace.failures.refuse("reply", TemporaryFailure("away"), times=1_000)
        ts = await stage.writes(SARAH, SHARED, f"<@{BOT}> Where is my order A1001?")
        conversation = ConversationId(f"slack:{TEAM}:{SHARED}:{ts}")
        await wait_until(lambda: was_tried(stage), what="an answer that its vendor did not take")
        await brakes(stage, Mode.DRAFT)
        stage.workspace.failures.coming.clear()
        [draft] = await becomes(stage, conversation, "open")
        await stage.quiet()
        before = [post.channel for post in stage.workspace.posts if post.user == BOT]
        await presses(stage, conversation, draft.id)
        await becomes(stage, conversation, "sent")
        await stage.quiet()
        after = [post.channel for post in stage.workspace.posts if post.user == BOT]

    assert before == [TRIAGE]
    assert sorted(after[1:3]) == [SHARED, SARAH_DM]


async def test_what_was_held_back_on_its_way_is_said_once_somebody_sends_it(redis_url: str, tmp_path: Path) -> None:
    async with open_in_memory(redis_url, tmp_path) as stage:
        stage.account.failures.refuse("update", TemporaryFailure("away"), times=1_000)
        ticket = await stage.opens(SHIPPING_QUESTION)
        conversation = f"zendesk:{ticket}"
        await wait_until(lambda: was_tried(stage), what="an answer that its vendor did not take")
        await brakes(stage, Mode.DRAFT)
        stage.account.failures.coming.clear()
        await becomes(stage, conversation, "open")
        await notes(stage, ticket)
        held = await said_on(stage, ticket)
        await stage.changes(ticket, add_tags=["frontdesk_send"])
        await becomes(stage, conversation, "sent")
        said = await said_on(stage, ticket)
        view = await stage.engine.conversations.read(conversation)

    assert (held, len(said)) == ([], 1)
    assert view is not None
    assert view.conversation.facts.unsent == ""
