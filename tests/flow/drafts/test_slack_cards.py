"""Drafts of Slack conversations are cards in the triage channel, over the simulated workspace and its own rules."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.drafts import NOT_ALLOWED
from tests.conftest import wait_until
from tests.flow.drafts.desk import TRIAGE, becomes, draft_desk, drafts
from tests.flow.harness.frontdesk import (
    BOT,
    DANA,
    ERIN,
    HELP,
    MARCUS,
    OLEG,
    SARAH,
    SARAH_DM,
    TEAM,
    Stage,
    open_stage,
    said,
)

ORDER = "Where is my order A1001?"
SEND, EDIT, DISCARD = "frontdesk_draft_send", "frontdesk_draft_edit", "frontdesk_draft_discard"


@pytest.fixture
async def desk(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The store desk in draft mode, with a triage channel; Lee is in it too."""
    desk = draft_desk(tmp_path)
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk, frontdesk_triage_channel=TRIAGE) as stage:
        await stage.takes_all()
        lee = {"user": "U0LEE", "name": "lee", "real_name": "Lee Park", "email": "lee@acme.example"}
        await stage.control("slack/join", {**lee, "channels": [TRIAGE]})
        yield stage


async def slack(stage: Stage) -> Any:
    return (await stage.state())["slack"]


async def cards(stage: Stage) -> list[Any]:
    return [one for one in (await slack(stage))["messages"] if one["channel"] == TRIAGE and not one["ephemeral_for"]]


async def card(stage: Stage, *words: str, count: int = 1) -> Any:
    """Return the newest card once there are so many and it says all of these words."""

    async def telling() -> Any:
        shown = await cards(stage)
        is_it = len(shown) >= count and all(word in said(shown[-1]) for word in words)
        return shown[-1] if is_it else None

    return await wait_until(telling, what=f"card {count} saying {', '.join(words)}")


def buttons(message: Any) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [button["action_id"] for row in rows for button in row]


async def presses(stage: Stage, user: str, message: Any, action: str) -> None:
    await stage.control("slack/click", {"user": user, "channel": TRIAGE, "ts": message["ts"], "action_id": action})


async def whispered(stage: Stage, user: str) -> list[str]:
    return [one["text"] for one in (await slack(stage))["messages"] if one["ephemeral_for"] == user]


async def hears(stage: Stage, user: str, count: int = 1) -> list[str]:
    async def enough() -> list[str] | None:
        found = await whispered(stage, user)
        return found if len(found) >= count else None

    found: list[str] = await wait_until(enough, what=f"{user} being told something")
    return found


async def modal(stage: Stage, user: str) -> Any:
    async def opened() -> Any:
        return next((one for one in (await slack(stage))["modals"] if one["user"] == user), None)

    return await wait_until(opened, what=f"{user} seeing a modal")


async def bots_words(stage: Stage, ts: str) -> list[str]:
    return [said(one) for one in await stage.thread(SARAH_DM, ts) if one["user"] == BOT]


def conversation(ts: str, channel: str = SARAH_DM) -> str:
    return f"slack:{TEAM}:{channel}:{ts}"


async def test_a_card_has_what_is_needed_and_send_publishes_it_once(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    shown = await card(desk, "Frontdesk draft", "Sarah Chen", ORDER, "Looked up")
    [draft] = await drafts(desk, conversation(ts))
    assert buttons(shown) == [SEND, EDIT, DISCARD]
    assert draft.text in said(shown)
    assert await desk.thread(SARAH_DM, ts) == []

    for user in (DANA, "U0LEE", DANA):
        await presses(desk, user, shown, SEND)
    await becomes(desk, conversation(ts), "sent")
    after = await card(desk, "Sent as it was by ")
    await desk.quiet()

    assert await desk.answers(SARAH_DM, ts) == [draft.text]
    assert buttons(after) == []
    assert len(await cards(desk)) == 1
    told = (
        await hears(desk, DANA) if "Lee" in said(after) else [*await whispered(desk, DANA), *await hears(desk, "U0LEE")]
    )
    assert all("This draft is not open any more" in line for line in told)


async def test_what_is_edited_in_the_modal_is_what_the_customer_reads(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    shown = await card(desk, "Frontdesk draft")
    [draft] = await drafts(desk, conversation(ts))
    await presses(desk, DANA, shown, EDIT)
    opened = await modal(desk, DANA)
    [field] = [block for block in opened["view"]["blocks"] if block["type"] == "input"]
    assert field["element"]["initial_value"] == draft.text
    assert await desk.thread(SARAH_DM, ts) == []

    words = {field["block_id"]: "Hello Sarah, your parcel comes tomorrow."}
    await desk.control("slack/submit", {"user": DANA, "view_id": opened["view_id"], "values": words})
    await becomes(desk, conversation(ts), "sent_edited")
    after = await card(desk, "Sent with changes by Dana Reyes", "your parcel comes tomorrow")
    await desk.quiet()

    assert await desk.answers(SARAH_DM, ts) == ["Hello Sarah, your parcel comes tomorrow."]
    assert buttons(after) == []
    assert (await slack(desk))["modals"] == []


async def test_a_modal_that_is_sent_as_it_opened_sends_the_draft_itself(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    await presses(desk, DANA, await card(desk, "Frontdesk draft"), EDIT)
    opened = await modal(desk, DANA)
    await desk.control("slack/submit", {"user": DANA, "view_id": opened["view_id"]})
    [draft] = await becomes(desk, conversation(ts), "sent")

    assert await desk.answers(SARAH_DM, ts) == [draft.text]


async def test_a_discarded_draft_is_never_said(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    await presses(desk, DANA, await card(desk, "Frontdesk draft"), DISCARD)
    await becomes(desk, conversation(ts), "discarded")
    after = await card(desk, "Discarded by Dana Reyes")
    await desk.quiet()

    assert buttons(after) == []
    assert await desk.thread(SARAH_DM, ts) == []


async def test_guests_strangers_and_people_outside_change_nothing_and_are_told(desk: Stage) -> None:
    await desk.control("slack/join", {"user": OLEG, "channels": [TRIAGE]})
    await desk.control("slack/join", {"user": ERIN, "channels": [TRIAGE]})
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    shown = await card(desk, "Frontdesk draft")
    for user in (OLEG, ERIN, MARCUS, SARAH):
        for action in (SEND, DISCARD, EDIT):
            await presses(desk, user, shown, action)
        assert await hears(desk, user, 3) == [NOT_ALLOWED] * 3
    await desk.quiet()

    [draft] = await drafts(desk, conversation(ts))
    assert draft.is_open
    assert (await slack(desk))["modals"] == []
    assert await desk.thread(SARAH_DM, ts) == []
    assert buttons((await cards(desk))[0]) == [SEND, EDIT, DISCARD]


async def test_who_left_the_channel_with_the_modal_open_sends_nothing(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    await presses(desk, DANA, await card(desk, "Frontdesk draft"), EDIT)
    opened = await modal(desk, DANA)
    await desk.control("slack/leave", {"user": DANA, "channel": TRIAGE})
    await desk.control("slack/submit", {"user": DANA, "view_id": opened["view_id"]})
    await desk.quiet()

    [draft] = await drafts(desk, conversation(ts))
    assert draft.is_open
    assert await desk.thread(SARAH_DM, ts) == []


async def test_the_customers_next_line_supersedes_the_card_and_its_modal(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, ORDER)
    first = await card(desk, "Frontdesk draft")
    await presses(desk, DANA, first, EDIT)
    opened = await modal(desk, DANA)
    await desk.writes(SARAH, SARAH_DM, "And what about A1002?", thread_ts=ts)
    await becomes(desk, conversation(ts), "superseded", "open")
    await desk.control("slack/submit", {"user": DANA, "view_id": opened["view_id"]})

    async def refused() -> Any:
        return next((one for one in (await slack(desk))["modals"] if one["errors"]), None)

    kept = await wait_until(refused, what="the modal saying why not")
    [told] = kept["errors"].values()
    second = await card(desk, "A1002", count=2)
    await desk.quiet()

    assert "the customer wrote again" in told
    assert "the customer wrote again" in said((await cards(desk))[0])
    assert buttons((await cards(desk))[0]) == []
    assert await bots_words(desk, ts) == []

    await presses(desk, DANA, second, SEND)
    await becomes(desk, conversation(ts), "superseded", "sent")
    assert len(await desk.answers(SARAH_DM, ts)) == 1


async def test_a_drafts_hand_over_is_a_card_of_each_kind(desk: Stage) -> None:
    ts = await desk.writes(SARAH, HELP, f"<@{BOT}> I want to speak to a human")
    await card(desk, count=2)
    await desk.quiet()
    shown = await cards(desk)
    [escalation] = [one for one in shown if "Escalation" in said(one)]
    [draft] = [one for one in shown if "Frontdesk draft" in said(one)]
    [ticket] = await desk.tickets()

    assert f"[#{ticket['id']}]" in said(escalation)
    assert buttons(escalation) == []
    assert buttons(draft) == [SEND, EDIT, DISCARD]
    assert await desk.thread(HELP, ts) == []

    await presses(desk, DANA, draft, SEND)
    [answer] = await desk.answers(HELP, ts)
    assert f"#{ticket['id']}" in answer
