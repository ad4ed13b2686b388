"""What the model says is held to what was looked up and done."""

from pathlib import Path

import pytest

from bot.turn.texts import say
from tests.flow.harness.frontdesk import SARAH, SARAH_DM
from tests.flow.harness.refunds import open_refunds
from tests.flow.harness.scripted_model import Script, call

NOTHING_DONE = say("check.nothing_done", "en")
SOFTENED = say("check.softened", "en")
TRUE = "Unused items can be refunded within 30 days."
SCRIPT: Script = {
    "all lies": [
        call("transfer_to_faq"),
        call("search_knowledge", query="refund"),
        "Unused items can be refunded within 90 days.",
    ],
    "half a lie": [
        call("transfer_to_faq"),
        call("search_knowledge", query="refund"),
        f"{TRUE} Return shipping costs 3 dollars.",
    ],
    "only truth": [call("transfer_to_faq"), call("search_knowledge", query="refund"), TRUE],
    "money back": ["Good news, Sarah. I have refunded you 49.99 USD. Bye for now, and write any time."],
}


async def test_an_invented_rule_is_not_sent_and_a_human_gets_the_passages(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "tell me all lies")
        answer = await till.last(SARAH_DM, ts)
        ticket = (await till.stage.tickets())[0]

    note = ticket["comments"][1]
    assert "90 days" not in answer
    assert f"#{ticket['id']}" in answer
    assert not note["public"]
    assert "30 days" in note["body"]


async def test_the_unsupported_part_of_an_answer_is_left_out(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "tell me half a lie")
        answer = await till.last(SARAH_DM, ts)
        everything = str((await till.stage.state())["slack"])
        view = await till.stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")

    assert TRUE in answer
    assert SOFTENED in answer
    assert "3 dollars" not in everything
    assert view is not None
    assert not any("3 dollars" in entry.text or "3 dollars" in str(entry.items) for entry in view.entries)


async def test_a_supported_answer_is_sent_as_it_is(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "tell me only truth")

        assert await till.last(SARAH_DM, ts) == TRUE


async def test_money_is_never_said_to_have_moved_when_it_has_not(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "I want my money back")
        answer = await till.last(SARAH_DM, ts)
        everything = str((await till.stage.state())["slack"])

    assert "refunded you" not in everything
    assert NOTHING_DONE in answer
    assert "write any time" in answer
