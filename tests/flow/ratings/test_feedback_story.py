"""Slack's feedback buttons under an answer: a thumb, a reason, a human, and nothing lost."""

from typing import Any

from bot.domain.audit import Deed
from bot.domain.ratings import FEEDBACK_BUTTON
from bot.store.records.audit_log import Audit
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, TEAM, Stage, said
from tests.flow.harness.refunds import RefundHarness
from tests.flow.harness.scripted_model import ScriptedModel

ORDER = "Where is my order A1001?"
WRONG = "It has not moved for a week, your date is wrong."


async def thumbs(stage: Stage, ts: str) -> tuple[str, dict[str, Any]]:
    """Return the message with Slack's own feedback buttons, and the buttons."""

    async def find() -> tuple[str, dict[str, Any]] | None:
        for message in await stage.thread(SARAH_DM, ts):
            for block in message["blocks"] or ():
                for element in block.get("elements", ()):
                    if element.get("action_id") == FEEDBACK_BUTTON and block["type"] == "context_actions":
                        return message["ts"], element
        return None

    found: tuple[str, dict[str, Any]] = await wait_until(find, what="feedback buttons under an answer")
    return found


async def thumbs_told(stage: Stage, conversation: str) -> list[str]:
    events = await Audit(stage.engine.client).story(conversation)
    return [event.outcome for event in events if event.deed is Deed.FEEDBACK]


async def test_thumbs_down_brings_a_human_who_reads_what_was_wrong(stage: Stage) -> None:
    till = RefundHarness(stage, ScriptedModel({}))
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await stage.answers(SARAH_DM, ts)
    message, buttons = await thumbs(stage, ts)

    down = buttons["negative_button"]["value"]
    await till.presses(SARAH, SARAH_DM, message, FEEDBACK_BUTTON, down)
    assert "What was wrong" in (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()
    offer, human = await till.button(SARAH_DM, "frontdesk_human", ts)
    await stage.writes(SARAH, SARAH_DM, WRONG, thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 3)
    await stage.quiet()

    asked = next(one for one in await stage.thread(SARAH_DM, ts) if "What was wrong" in said(one))
    value = next(el["value"] for block in asked["blocks"] for el in block.get("elements", ()))
    assert (offer, human) == (asked["ts"], value)
    await till.presses(SARAH, SARAH_DM, asked["ts"], "frontdesk_human", value)
    [ticket] = await stage.tickets()
    await stage.owned_by(conversation, "escalated")
    await wait_until(lambda: stage.comment(ticket["id"], WRONG))

    assert await thumbs_told(stage, conversation) == ["down", "reason"]
    events = await Audit(stage.engine.client).story(conversation)
    assert [event.details["reason"] for event in events if event.deed is Deed.ESCALATION] == ["thumbs_down"]
