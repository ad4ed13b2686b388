"""What 0.2.0 stored goes on with this version: lines that waited are answered, effects that waited are delivered.

`stored_0_2_0.json` is a Redis and both vendors as they were when a worker of 0.2.0 had stopped: a message of each kind
waits in an inbox, an effect of each kind in an outbox, an offer for its yes, people have a conversation.
"""

import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import pytest

from bot.domain.conversation import Owner
from bot.domain.proposals import CONFIRM, Stage
from bot.store.redis import Client, connect
from integrations.sandbox import SandboxOptions
from tests.doubles.clock import ManualClock
from tests.flow.harness.frontdesk import BOT, DANA_ID, MARCUS, SARAH, said
from tests.flow.harness.refunds import REFUNDS, Till, open_till
from tests.flow.harness.scripted_model import Script

STORED = Path(__file__).parents[2] / "unit" / "store" / "stored_0_2_0.json"
VENDORS = "http://vendors.example"
MILLISECONDS = 1e12
"""Numbers above are Redis's own times in milliseconds, which go on with the machine's clock."""
SCRIPT: Script = {**REFUNDS, "ship": ["Yes, we ship there."], "wrap": ["Yes, we wrap gifts."]}


async def test_what_waited_is_answered_delivered_and_goes_on(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with carried_on(redis_url, tmp_path, monkeypatch) as (till, names):
        stage = till.stage
        await stage.quiet()
        waiting = [key async for key in stage.engine.client.scan_iter(count=1000) if key.endswith((b"}:in", b"}:out"))]
        shown = {name: await _texts(till, names[name]) for name in names if names[name].startswith("slack:")}
        owners = {name: await stage.owner(names[name]) for name in names}
        tickets = {ticket["external_id"]: ticket for ticket in await stage.tickets()}
        codes = [ticket for ticket in await stage.tickets() if "frontdesk_code" in ticket["tags"]]
        ticket = await stage.ticket(names["ticket"].removeprefix("zendesk:"))
        chat = await stage.engine.conversations.read(names["chat"])
        dm = [message for message in (await stage.state())["slack"]["messages"] if "Cuba" in said(message)]
        asked = await till.announced()
        log = stage.log.getvalue()

        agreed = await _agrees(till, names["offered"])
        relayed = await _relays(till, names["human"], tickets[names["human"]]["id"])

    assert agreed == "Done: Refund of 49.99 USD for order ord_1002."
    assert relayed
    assert waiting == []
    assert "newer.left" not in log
    assert "turn.failed" not in log
    # Messages that waited.
    assert shown["changed"][1:] == ["Yes, we wrap gifts.", "Yes, we ship there."]
    assert shown["stopped"][-1].startswith("Okay, I've stopped")
    assert owners["gone"] == Owner.IDLE_CLOSED
    assert "reason" in shown["clicked"][-1]
    assert owners["closed"] == Owner.IDLE_CLOSED
    assert shown["human"][-1] == "**Dana:** I am on it, Marcus."
    assert "I am still waiting." in [comment["body"] for comment in tickets[names["human"]]["comments"]]
    assert shown["staff"][-1] == "**Dana:** Hello Sarah, what is it?"
    assert owners["staff"] == Owner.HUMAN
    assert [c["body"] for c in ticket["comments"] if "Fiji" in c["body"] or "we ship" in c["body"]][-1].startswith(
        "Yes"
    )
    assert chat is not None
    assert chat.entries[-1].text == "Yes, we ship there."
    # Effects that waited.
    assert len(shown["answered"]) == 1
    assert f"#{tickets[names['escalated']]['id']}" in shown["escalated"][0]
    assert [comment["public"] for comment in tickets[names["escalated"]]["comments"]] == [True, False]
    assert shown["relayed"][-1] == "**Dana:** Marcus, please send us the letter."
    assert any("ord_2001" in text for text in asked)
    assert names["approval"] in tickets
    assert "Yes, to Chile too." in shown["handmade"]
    assert ["123456" in code["comments"][0]["body"] for code in codes] == [True]
    assert [message["channel"][0] for message in dm] == ["D"]


async def test_deadlines_still_follow_from_what_was_stored(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with carried_on(redis_url, tmp_path, monkeypatch) as (till, names):
        await till.stage.passes(4 * 86_400)
        await till.stage.quiet()
        offered = await till.stage.engine.conversations.read(names["offered"])
        answered = await till.stage.engine.conversations.read(names["answered"])

    assert offered is not None
    assert [proposal.stage for proposal in offered.conversation.proposals] == [Stage.EXPIRED]
    assert answered is not None
    assert answered.conversation.owner == Owner.IDLE_CLOSED


@asynccontextmanager
async def carried_on(
    redis_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Till, Mapping[str, str]]]:
    """Yield a Frontdesk of this version on what was stored, at the time when it was; and the conversations by name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        vendors = f"http://127.0.0.1:{free.getsockname()[1]}"
    stored = json.loads(STORED.read_text("utf-8").replace(VENDORS, vendors))
    file = folder / "vendors.json"
    file.write_text(json.dumps(stored["vendors"]), "utf-8")

    client = connect(redis_url)
    await _load(client, stored["redis"], time() - stored["at"])
    await client.aclose()

    clock = ManualClock.running(ahead=stored["at"] - time())
    options = SandboxOptions(random_seed=7, state_file=file)
    async with open_till(redis_url, folder, monkeypatch, SCRIPT, sandbox=options, clock=clock) as till:
        await till.stage.takes_all()
        yield till, stored["conversations"]


async def _load(client: Client, keys: Mapping[str, Any], later: float) -> None:
    """Write the keys with what they had left to live.

    Args:
        later: seconds since they were recorded.
    """
    for name, key in keys.items():
        value = key["value"]
        match key["type"]:
            case "string":
                await client.set(name, value)
            case "list":
                await client.rpush(name, *value)
            case "hash":
                await client.hset(name, mapping=value)
            case "zset":
                await client.zadd(name, {one: _moved(score, later) for one, score in value})
            case "stream":
                for number, fields in value:
                    await client.xadd(name, fields, id=number)
            case other:
                raise AssertionError(other)
        if key["ttl"] > 0:
            await client.pexpire(name, key["ttl"])


def _moved(score: float, later: float) -> float:
    return score + later * 1000 if score > MILLISECONDS else score


async def _texts(till: Till, name: str) -> list[str]:
    _, _, channel, ts = name.split(":")
    return [said(message) for message in await till.stage.thread(channel, ts) if message["user"] == BOT]


async def _agrees(till: Till, name: str) -> str:
    _, _, channel, ts = name.split(":")
    await till.clicks(SARAH, channel, CONFIRM, ts)
    return (await till.last(channel, ts)).partition(" The money")[0]


async def _relays(till: Till, name: str, ticket: int) -> bool:
    """Return whether words go both ways between a customer's thread and people's ticket."""
    _, _, channel, ts = name.split(":")
    await till.stage.writes(MARCUS, channel, "Any news?", thread_ts=ts)
    await till.stage.quiet()
    await till.stage.comments(ticket, DANA_ID, "Almost there.")
    heard = await till.last(channel, ts)
    return heard == "**Dana:** Almost there." and bool(await till.stage.comment(ticket, "Any news?"))
