"""A person asks what is kept of them, and to be forgotten: every place of ours is searched for them afterwards."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.people import SERVER_KEEPS, open_people
from bot.app.settings import Settings
from bot.cli import figures as command
from bot.desk.database import audit
from bot.domain.people import Receipt
from bot.domain.review import ReviewEntry, Why
from bot.figures.report import Values
from bot.gaps.tables import entries
from bot.store.admin.person_search import texts_of
from bot.store.embedded import EmbeddedRedis
from bot.store.queue.dead_letters import DeadLetters
from bot.store.records.audit_log import Audit
from bot.store.records.review_entries import ReviewEntries
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import HELP, MARCUS, MARCUS_DM, SARAH, SARAH_DM, SARAH_ID, TEAM, Stage, open_stage

MARK = "quibbelzorp"
WORDS = "My gardener quibbelzorp says the parcel is late."
ORDER = "Where is my order A1001?"
NAMES = (MARK, SARAH, f"zendesk:{SARAH_ID}", "chat:web:cust_001", "sarah.chen@example.com")
BEARER = {"Authorization": "Bearer chat-secret"}


@dataclass
class Planted:
    """A Frontdesk in which one person left traces everywhere, and another one too."""

    stage: Stage
    settings: Settings
    other: str

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.settings.frontdesk_data_dir


@pytest.fixture
async def planted(tmp_path: Path) -> AsyncIterator[Planted]:
    """Sarah writes in Slack, on a ticket and in `/chat`, is paid back, and something of hers is given up."""
    folder = tmp_path / "data"
    with closing(EmbeddedRedis(folder)) as server:
        await asyncio.to_thread(server.start)
        async with open_stage(server.url, folder, frontdesk_api_keys="web:chat-secret:chat") as stage:
            ts = await stage.writes(SARAH, SARAH_DM, f"{WORDS} {ORDER}")
            await stage.answers(SARAH_DM, ts)
            await stage.writes(SARAH, SARAH_DM, "I want to speak to a human", ts)
            await stage.answers(SARAH_DM, ts, 2)
            await stage.opens(f"{WORDS} {ORDER}")
            body = {"message": f"{WORDS} {ORDER}", "customer_id": "cust_001", "session_id": "s1"}
            key = {"Idempotency-Key": "k1"}
            answer = await stage.http.post(f"{stage.bot}/chat", json=body, headers={**BEARER, **key})
            assert answer.status_code == 200
            other = await stage.writes(MARCUS, MARCUS_DM, "Where is my order A1002?")
            await stage.answers(MARCUS_DM, other)
            await stage.quiet()
            await _plant(stage)
            settings = stage.engine.settings.model_copy(update={"redis_url": server.url})
            yield Planted(stage, settings, f"slack:{TEAM}:{MARCUS_DM}:{other}")


async def _plant(stage: Stage) -> None:
    """Leave what no line leads to by itself: a dead letter, a row of the ledger, a case."""
    letter = json.dumps({"kind": "reply", "text": WORDS, "recipient": f"slack:{TEAM}:{SARAH}"})
    await DeadLetters(stage.engine.client).bury(f"slack:{TEAM}:{HELP}:1.0", "reply", letter, "gone")
    entry = ReviewEntry("r1", Why.SAMPLE, "chat:web:gone", "orders", time(), f"slack:{TEAM}:{SARAH}", question=WORDS)
    await ReviewEntries(stage.engine.client, 90).put(entry, time())
    row = {"key": "p1", "at": 1.0, "action": "refund", "customer": "cust_001", "subject": "ord_1001"}
    row |= {"summary": "Refund of 5.00 USD for order ord_1001", "author": f"slack:{TEAM}:{SARAH}", "confirmed_by": "m"}
    row |= {"approved_by": "", "reason": WORDS, "conversation": f"slack:{TEAM}:{SARAH_DM}:1.0"}
    gap = {"id": "g1", "gap": "g1", "reason": "unanswered", "conversation": f"slack:{TEAM}:{SARAH_DM}:9.0", "turn": 1}
    gap |= {"author": f"slack:{TEAM}:{SARAH}", "at": 1.0, "topic": "", "draft": "", "question": WORDS, "answer": ""}
    async with stage.engine.data.session() as session:
        await session.execute(audit.insert().values(**row))
        await session.execute(entries.insert().values(**gap, vector=b"", model=""))
    cases = stage.engine.settings.frontdesk_data_dir / "cases"
    cases.mkdir()
    (cases / "mine.yml").write_text(f"- customer: {WORDS}\n  author: slack:{TEAM}:{SARAH}\n")


async def found_in_store(stage: Stage, names: tuple[str, ...]) -> list[str]:
    """Return where one of the names stands in Redis: in every key's own name, and in what it holds, of every type."""
    found = []
    async for raw in stage.engine.client.scan_iter(count=1000):
        key = raw.decode()
        texts = [key, *[text async for text in texts_of(stage.engine.client, key)]]
        found += [f"{name} in {key}" for name in names for text in texts if name in text]
    return found


def found_in_files(folder: Path, names: tuple[str, ...]) -> list[str]:
    """Return which files of the data folder hold one of the names, read as bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"{name} in {path}" for path in files for name in names if _stands_in(name, path.read_bytes())]


def _stands_in(name: str, held: bytes) -> bool:
    """Columns of a row stand beside each other in a page: `zendesk:2`, then digits, are no name."""
    return bool(re.search(re.escape(name.encode()) + rb"(?!\d)", held))


async def forgotten(planted: Planted, name: str) -> Receipt:
    async with open_people(planted.settings) as office:
        found = await office.find(name)
        assert found is not None
        return await office.forget(found)


async def rebuilt(planted: Planted) -> Values:
    """Return the figures that `frontdesk figures --rebuild` shows."""
    report = await command._read(planted.settings, ("", ""), "day", rebuild=True)
    return report.total


async def money_of(stage: Stage) -> Any:
    """Return the one row of the ledger."""
    async with stage.engine.data.session() as session:
        [row] = (await session.execute(select(audit))).mappings().all()
    return row


async def test_nothing_of_them_is_left_and_what_is_counted_stays(planted: Planted) -> None:
    stage, log = planted.stage, Audit(planted.stage.engine.client)
    assert found_in_files(planted.folder, (MARK,))
    assert {row.split()[0] for row in await found_in_store(stage, NAMES[:4])} == set(NAMES[:4])
    before = await log.everything()

    receipt = await forgotten(planted, SARAH)
    events, row = dict(await log.everything()), await money_of(stage)

    assert await found_in_store(stage, NAMES) == []
    assert found_in_files(planted.folder, NAMES[:4]) == []  # the desk's own table keeps its customer and the address
    assert (receipt.done["conversations"], receipt.done["files"]) == (3, 1)
    assert {place for place, _ in before} <= set(events)
    assert f"slack:{TEAM}:{MARCUS}" in {event.author for event in events.values()}
    assert [row[name] for name in ("key", "action", "subject", "author", "customer", "reason", "conversation")] == [
        *("p1", "refund", "ord_1001"),
        *["forgotten"] * 4,
    ]
    assert await stage.engine.conversations.read(planted.other) is not None


async def test_figures_count_their_conversations_on_under_no_name(planted: Planted) -> None:
    before = await rebuilt(planted)

    receipt = await forgotten(planted, SARAH)
    events = await Audit(planted.stage.engine.client).everything()

    assert before["conversations"] == 4
    assert SERVER_KEEPS not in receipt.stays  # a file of ours was written anew
    assert await rebuilt(planted) == before
    assert {event.conversation.partition(":")[0] for _, event in events} == {"slack", "forgotten"}
    assert {event.conversation for _, event in events if event.conversation[:5] == "slack"} == {planted.other}


async def test_an_export_holds_their_words_and_forgetting_is_harmless_twice(planted: Planted) -> None:
    stage = planted.stage
    async with open_people(planted.settings) as office:
        found = await office.find("sarah.chen@example.com")
        assert found is not None
        told = await office.export(found)
    await forgotten(planted, "cust_001")
    again = await forgotten(planted, "cust_001")
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    [answer] = await stage.answers(SARAH_DM, ts)

    places = [json.dumps(told[name], default=str) for name in ("conversations", "database", "files", "gaps", "review")]
    assert [MARK in place for place in places] == [True] * 5
    assert f"slack:{TEAM}:{SARAH}" in told["person"]["authors"]
    assert MARCUS not in json.dumps(told, default=str)
    assert again.done["conversations"] == 0
    assert "A1001" in answer


async def test_a_worker_in_the_middle_of_a_turn_writes_nothing_more(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planted.stage
    reached, go_on = asyncio.Event(), asyncio.Event()
    run = type(stage.engine.at_work.turn).take

    async def slow(self: Any, *given: Any) -> Any:
        reached.set()
        await go_on.wait()
        return await run(self, *given)

    monkeypatch.setattr(type(stage.engine.at_work.turn), "take", slow)
    ts = await stage.writes(SARAH, SARAH_DM, f"{WORDS} {ORDER}")
    await wait_until(reached.is_set, what="a turn under way")
    assert (MARK in stage.log.getvalue(), "cust_001" in stage.log.getvalue()) == (False, False)
    planted.settings = planted.settings.model_copy(update={"frontdesk_lease_seconds": 0})
    await forgotten(planted, SARAH)
    go_on.set()
    await stage.quiet()

    assert await stage.owner(f"slack:{TEAM}:{SARAH_DM}:{ts}") == ""
    assert await found_in_store(stage, (MARK,)) == []
