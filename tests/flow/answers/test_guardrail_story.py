"""A model that says what it must not: in Slack, on a ticket and while it streams."""

from pathlib import Path

import pytest

from bot.turn.texts import say
from tests.flow.harness.frontdesk import SARAH, SARAH_DM
from tests.flow.harness.refunds import open_refunds
from tests.flow.harness.scripted_model import Script

EVIL = "https://evil.example/login"
SCRIPT: Script = {
    "tell me": [
        f"Hello Sarah. Please log in at {EVIL} today. Or [here]({EVIL}) if you like. "
        "Marcus (cust_002, marcus.johnson@example.com) has order ord_2001 too. "
        "I will refund you 500 USD. That is all, and bye."
    ],
    "my order": ["Your order ord_1002 is pending. It is one of two. Anything else?"],
}
WRONG = (EVIL, "evil.example", "cust_002", "marcus.johnson@example.com", "ord_2001", "refund you")


async def test_what_it_must_not_say_reaches_nobody_and_is_not_remembered(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "tell me")
        in_slack = await till.last(SARAH_DM, ts)
        ticket = await till.stage.opens("tell me")
        [comment] = await till.stage.bot_comments(ticket)
        view = await till.stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")
        slack = str((await till.stage.state())["slack"]["messages"])

    assert view is not None
    for text in (in_slack, comment["body"]):
        assert "That is all" in text
        assert say("check.nothing_done", "en") in text
    for text in (slack, comment["body"], str(view.entries)):
        assert not [word for word in WRONG if word in text]


async def test_an_id_of_their_own_may_be_said_without_a_look_at_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "what about my order?")

        assert "ord_1002 is pending" in await till.last(SARAH_DM, ts)
