"""A conversation's cost is counted and shown, and over a cap a human answers instead of a model."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cli.conversation_list import record_of
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.desk.policy.pricing import Price, SpendingPolicy
from bot.domain.models.cost import dollars
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, Stage, open_stage
from tests.flow.harness.model_server import model_server

PRICE = Price(input=Decimal(1), cached=Decimal("0.5"), output=Decimal(10))
ONE_CALL = 600 + 200 + 1000
"""Of the stand-in's 1,000 tokens in, 400 of them cached, and 100 out."""


def with_caps(monkeypatch: pytest.MonkeyPatch, **caps: Any) -> None:
    """Let the store desk have a price table and caps."""

    def capped(name: str) -> Desk:
        desk = load_desk(name)
        spending = SpendingPolicy(prices={"large-1": PRICE, "small-1": PRICE}, **caps)
        return replace(desk, policy=desk.policy.model_copy(update={"spending": spending}))

    monkeypatch.setattr("bot.app.container.load_desk", capped)


async def asks(stage: Stage, user: str, channel: str) -> list[str]:
    """A customer asks in a new thread; return the answers."""
    ts = await stage.writes(user, channel, "Where is my order A1001?")
    await stage.answers(channel, ts)
    await stage.quiet()
    return await stage.answers(channel, ts)


async def test_the_cost_of_a_conversation_is_stored_and_shown(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_caps(monkeypatch)
    async with (
        model_server(lambda _: "On its way.") as model,
        open_stage(redis_url, tmp_path, **model.settings) as stage,
    ):
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "Where is my order A1001 now?", thread_ts=ts)
        await stage.answers(SARAH_DM, ts, 2)
        await stage.quiet()
        view = await stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")
        [key] = [each for each in stage.engine.settings.frontdesk_api_keys if each.scope == "console"]
        bearer = {"Authorization": f"Bearer {key.secret.get_secret_value()}"}
        page: httpx.Response = await stage.http.get(f"{stage.bot}/console", headers=bearer)
        asked = len(model.asked)

    assert view is not None
    assert view.conversation.spent == asked * ONE_CALL > 0
    assert dollars(asked * ONE_CALL) in record_of(view)
    assert dollars(asked * ONE_CALL) in page.text


async def test_over_a_customers_cap_a_human_gets_the_question_and_other_customers_are_answered(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_caps(monkeypatch, per_customer_day=Decimal("0.02"))
    async with (
        model_server(lambda _: "On its way.") as model,
        open_stage(redis_url, tmp_path, **model.settings) as stage,
    ):
        said = [(await asks(stage, SARAH, SARAH_DM))[0] for _ in range(4)]
        ticket = (await stage.tickets())[0]
        other = await asks(stage, MARCUS, MARCUS_DM)

    assert said[0] == "On its way."
    assert said[-1] != "On its way."
    assert "limit of model costs for today" in str(ticket["comments"])
    assert other == ["On its way."]


async def test_over_the_desks_cap_no_model_is_called_at_all(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_caps(monkeypatch, per_month=Decimal("0.001"))
    async with (
        model_server(lambda _: "On its way.") as model,
        open_stage(redis_url, tmp_path, **model.settings) as stage,
    ):
        await asks(stage, SARAH, SARAH_DM)
        [ticket] = await stage.tickets()

    assert model.asked == []
    assert "limit of model costs for this month" in str(ticket["comments"])
