"""A customer who comes back is remembered, wherever they write; nobody else hears of it."""

from pathlib import Path

import pytest

from tests.flow.harness.frontdesk import HELP, MARCUS, SARAH, SARAH_DM
from tests.flow.harness.refunds import open_refunds

SCRIPT = {"espresso": ["It makes two cups at once."], "again": ["Welcome back."]}
BEFORE = "Their last conversation"


async def test_a_ticket_begins_with_what_was_said_in_slack(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        await till.asks(SARAH, HELP, "<@U0BOT> Tell me about the espresso machine")
        ticket = await till.stage.opens("Here I am again")
        await till.stage.bot_comments(ticket)
        await till.stage.quiet()
    first, last = till.model.asked[0][0], till.model.asked[-1][0]

    assert BEFORE not in first
    assert f"{BEFORE}: they wrote “Tell me about the espresso machine”" in last


async def test_the_second_line_of_a_conversation_hears_of_no_other(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        await till.asks(SARAH, HELP, "<@U0BOT> Tell me about the espresso machine")
        ts = await till.asks(SARAH, SARAH_DM, "Hello again")
        await till.asks(SARAH, SARAH_DM, "and once again", ts)

    assert BEFORE in till.model.asked[-2][0]
    assert BEFORE not in till.model.asked[-1][0]


async def test_another_customer_hears_nothing_of_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        await till.asks(SARAH, HELP, "<@U0BOT> Tell me about the espresso machine")
        await till.asks(MARCUS, HELP, "<@U0BOT> Hello again")

    assert "espresso" not in till.model.asked[-1][0]
