"""What 0.2.0 stored goes on with this version: lines that waited are answered, effects that waited are delivered.

`stored_0_2_0.json` is a Redis and both vendors as they were when a worker of 0.2.0 had stopped: a message of each kind
waits in an inbox, an effect of each kind in an outbox, an offer for its yes, people have a conversation.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import pytest

from bot.domain.conversation import Owner
from bot.domain.proposals import CONFIRM, Stage
from bot.store.records.conversations import View
from bot.store.redis import Client, connect
from integrations.sandbox import SandboxOptions
from tests.doubles.clock import ManualClock
from tests.flow.harness.frontdesk import BOT, DANA_ID, MARCUS, SARAH, said
from tests.flow.harness.refunds import REFUNDS, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script
from tests.ports import free_port
from tests.words import lacking

STORED = Path(__file__).parents[2] / "unit" / "store" / "stored_0_2_0.json"
VENDORS = "http://vendors.example"
MILLISECONDS = 1e12
"""Numbers above are Redis's own times in milliseconds, which go on with the machine's clock."""
SCRIPT: Script = {**REFUNDS, "ship": ["Yes, we ship there."], "wrap": ["Yes, we wrap gifts."]}


@dataclass(frozen=True)
class Found:
    """What there is once nothing waits any more; conversations by their names in the recording.

    Args:
        waiting: keys of messages and effects that still wait.
        shown: what customers read in Slack, `asked` what colleagues do.
        tickets: by the conversation they belong to; `codes` those of one-time codes.
    """

    names: Mapping[str, str]
    waiting: list[Any]
    shown: Mapping[str, list[str]]
    owners: Mapping[str, str]
    tickets: Mapping[str, Any]
    codes: list[Any]
    ticket: Any
    chat: View
    direct: list[Any]
    asked: list[str]
    log: str

    def bodies(self, name: str) -> list[str]:
        """Return the comments of a conversation's ticket."""
        return [comment["body"] for comment in self.tickets[self.names[name]]["comments"]]


async def test_what_waited_is_answered_delivered_and_goes_on(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with carried_on(redis_url, tmp_path, monkeypatch) as (till, names):
        await till.stage.quiet()
        found = await _found(till, names)
        agreed = await _agrees(till, names["offered"])
        relayed = await _relays(till, names["human"], found.tickets[names["human"]]["id"])

    assert found.waiting == []
    assert lacking(found.log, "newer.left", "turn.failed") == ["newer.left", "turn.failed"]
    assert_lines_answered(found)
    assert_people_heard(found)
    assert_effects_delivered(found)
    assert agreed == "Done: Refund of 49.99 USD for order ord_1002."
    assert relayed


async def _found(till: RefundHarness, names: Mapping[str, str]) -> Found:
    stage = till.stage
    tickets = await stage.tickets()
    chat = await stage.engine.conversations.read(names["chat"])
    messages = (await stage.state())["slack"]["messages"]
    assert chat is not None
    return Found(
        names=names,
        waiting=await _waiting(stage.engine.client),
        shown={name: await _texts(till, names[name]) for name in names if names[name].startswith("slack:")},
        owners={name: await stage.owner(names[name]) for name in names},
        tickets={ticket["external_id"]: ticket for ticket in tickets},
        codes=[ticket for ticket in tickets if "frontdesk_code" in ticket["tags"]],
        ticket=await stage.ticket(names["ticket"].removeprefix("zendesk:")),
        chat=chat,
        direct=[message for message in messages if "Cuba" in said(message)],
        asked=await till.announced(),
        log=stage.log.getvalue(),
    )


async def _waiting(client: Client) -> list[Any]:
    keys = [key async for key in client.scan_iter(count=1000)]
    return [key for key in keys if key.endswith((b"}:in", b"}:out"))]


def assert_lines_answered(found: Found) -> None:
    """Customers' messages of each kind that waited were taken up."""
    comments = [comment["body"] for comment in found.ticket["comments"]]
    about_fiji = [body for body in comments if re.search("Fiji|we ship", body)]
    assert found.shown["changed"][1:] == ["Yes, we wrap gifts.", "Yes, we ship there."]
    assert found.shown["stopped"][-1].startswith("Okay, I've stopped")
    assert "reason" in found.shown["clicked"][-1]
    assert about_fiji[-1].startswith("Yes")
    assert found.chat.entries[-1].text == "Yes, we ship there."
    assert (found.owners["gone"], found.owners["closed"]) == (Owner.IDLE_CLOSED, Owner.IDLE_CLOSED)


def assert_people_heard(found: Found) -> None:
    """What human agents wrote, and what was written to them, reached whom it was for."""
    assert found.shown["human"][-1] == "**Dana:** I am on it, Marcus."
    assert "I am still waiting." in found.bodies("human")
    assert found.shown["staff"][-1] == "**Dana:** Hello Sarah, what is it?"
    assert found.owners["staff"] == Owner.HUMAN


def assert_effects_delivered(found: Found) -> None:
    """Effects of each kind that waited were delivered once."""
    escalated = found.tickets[found.names["escalated"]]
    assert len(found.shown["answered"]) == 1
    assert f"#{escalated['id']}" in found.shown["escalated"][0]
    assert [comment["public"] for comment in escalated["comments"]] == [True, False]
    assert found.shown["relayed"][-1] == "**Dana:** Marcus, please send us the letter."
    assert "ord_2001" in "\n".join(found.asked)
    assert found.names["approval"] in found.tickets
    assert "Yes, to Chile too." in found.shown["handmade"]
    assert_sent_once(found)


def assert_sent_once(found: Found) -> None:
    """The one-time code was mailed, and a direct message written."""
    [code] = found.codes
    [direct] = found.direct
    assert "123456" in code["comments"][0]["body"]
    assert direct["channel"].startswith("D")


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
) -> AsyncIterator[tuple[RefundHarness, Mapping[str, str]]]:
    """Yield a Frontdesk of this version on what was stored, at the time when it was; and the conversations by name."""
    vendors = f"http://127.0.0.1:{free_port()}"
    stored = json.loads(STORED.read_text("utf-8").replace(VENDORS, vendors))
    file = folder / "vendors.json"
    file.write_text(json.dumps(stored["vendors"]), "utf-8")

    client = connect(redis_url)
    await _load(client, stored["redis"], time() - stored["at"])
    await client.aclose()

    clock = ManualClock.running(ahead=stored["at"] - time())
    options = SandboxOptions(random_seed=7, state_file=file)
    async with open_refunds(redis_url, folder, monkeypatch, SCRIPT, sandbox=options, clock=clock) as till:
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


async def _texts(till: RefundHarness, name: str) -> list[str]:
    _, _, channel, ts = name.split(":")
    return [said(message) for message in await till.stage.thread(channel, ts) if message["user"] == BOT]


async def _agrees(till: RefundHarness, name: str) -> str:
    _, _, channel, ts = name.split(":")
    await till.clicks(SARAH, channel, CONFIRM, ts)
    return (await till.last(channel, ts)).partition(" The money")[0]


async def _relays(till: RefundHarness, name: str, ticket: int) -> bool:
    """Return whether words go both ways between a customer's thread and people's ticket."""
    _, _, channel, ts = name.split(":")
    await till.stage.writes(MARCUS, channel, "Any news?", thread_ts=ts)
    await till.stage.quiet()
    await till.stage.comments(ticket, DANA_ID, "Almost there.")
    heard = await till.last(channel, ts)
    return heard == "**Dana:** Almost there." and bool(await till.stage.comment(ticket, "Any news?"))
