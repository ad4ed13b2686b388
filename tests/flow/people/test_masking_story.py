"""A card number, a key or a one-time code that a customer writes is read by no model and kept nowhere."""

from pathlib import Path
from typing import Any

import pytest

from bot.domain.text.redaction import CARD, CODE, KEY
from bot.store.redis import Client
from tests.flow.harness.frontdesk import DANA_ID, SARAH, SARAH_DM, open_stage
from tests.flow.harness.models import offline_with

NUMBER, WRITTEN = "4242424242424242", "4242 4242 4242 4242"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2"
SECRETS = (NUMBER, WRITTEN, TOKEN, "482913")


async def everything_in(client: Client) -> str:
    """Return all that Redis holds, as text."""
    found: list[Any] = []
    async for key in client.scan_iter(count=1000):
        kind = (await client.type(key)).decode()
        read = {"string": client.get, "hash": client.hgetall, "list": _whole_list(client), "zset": _whole_set(client)}
        found.append(await read[kind](key) if kind in read else "")
    return str(found)


def _whole_list(client: Client) -> Any:
    return lambda key: client.lrange(key, 0, -1)


def _whole_set(client: Client) -> Any:
    return lambda key: client.zrange(key, 0, -1)


async def test_no_model_reads_it_and_nothing_keeps_it(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    listen = offline_with(lambda _instructions, items: read.append(str(items)))
    monkeypatch.setattr("bot.app.container.create_models", listen)
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, f"Where is my order A1001? My card is {WRITTEN}, key {TOKEN}")
        await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "my verification code is 482913, where is A1001?", thread_ts=ts)
        await stage.answers(SARAH_DM, ts, 2)
        ticket = await stage.opens(f"Where is my order A1001? Paid with {NUMBER}", subject=f"Card {WRITTEN}")
        await stage.bot_comments(ticket)
        await stage.comments(ticket, DANA_ID, f"I see the card {NUMBER} here.")
        await stage.quiet()
        kept = await everything_in(stage.engine.client)

    assert "A1001" in str(read)
    assert all(mark in str(read) for mark in (CARD, KEY, CODE))
    assert not [secret for secret in SECRETS if secret in str(read)]
    assert not [secret for secret in SECRETS if secret in kept]
    assert CARD in kept


async def test_the_human_agent_reads_the_question_without_it(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, f"I want to talk to a manager, you charged {WRITTEN} twice")
        await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, f"this one: {NUMBER}, the code is 482913", thread_ts=ts)
        await stage.quiet()
        [ticket] = await stage.tickets()

    assert f"you charged {CARD} twice" in str(ticket)
    assert f"this one: {CARD}, the code is {CODE}" in str(ticket)
    assert not [secret for secret in SECRETS if secret in str(ticket)]
