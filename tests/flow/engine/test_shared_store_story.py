"""What happens where two things meet in one Redis: another account, a terminal beside production, two demos."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import demo as demos
from bot.app.container import open_engine
from bot.app.server import working
from bot.app.settings import Settings
from bot.app.terminal_chat import TerminalChat, open_chat
from bot.domain.errors import ConfigError
from bot.domain.ids import Origin
from bot.store import keys
from bot.store.embedded import EmbeddedRedis
from bot.store.queue.dead_letters import DeadLetters
from bot.store.redis import connect
from bot.store.tasks import end
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, TEAM, Stage, open_stage
from tests.ports import free_port

ORDER = "Where is my order A1001?"


async def ask(chat: TerminalChat, text: str) -> str:
    return "".join([data async for name, data in chat.ask(text) if name == "done"])


async def opens(stage: Stage, **changed: Any) -> None:
    settings = stage.engine.settings.model_dump() | changed
    async with open_engine(Settings(**settings, _env_file=None), takes_turns=False):
        pass


async def test_another_account_on_the_same_store_is_refused(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path / "one") as stage:
        ticket = await stage.opens(ORDER)
        await stage.bot_comments(ticket)
        await stage.quiet()
        await opens(stage)
        await opens(stage, zendesk_url=stage.page.upper().replace("HTTP", "http"))

        with pytest.raises(ConfigError, match="ZENDESK_URL: this Redis holds the conversations of http://127"):
            await opens(stage, zendesk_url="https://acme.zendesk.com")
        await opens(stage, zendesk_url="https://acme.zendesk.com", frontdesk_zendesk_mode="off")

        await stage.engine.client.set(keys.owner(Origin.SLACK), "T0OTHER")
        with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN: this Redis holds the conversations of T0OTHER"):
            await opens(stage)


async def test_a_workspace_that_is_known_only_later_is_held_against_the_stores_too(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.connectors.LOOK_SECONDS", 0.05)
    async with open_stage(redis_url, tmp_path / "one") as stage:
        await stage.engine.client.set(keys.owner(Origin.SLACK), "T0OTHER")
        await stage.fails("slack:auth.test", "status", None, status=503)
        async with open_engine(stage.engine.settings) as later, working(later.worker):
            await stage.control("faults", {"rules": []})
            await wait_until(later.worker._stopping.is_set, what="a worker that stops")
            assert "slack.other_workspace" in stage.log.getvalue()


async def test_a_chat_at_the_terminal_and_production_leave_each_others_lines_alone(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_stage(redis_url, tmp_path / "data") as stage:
        production = stage.engine
        production.worker.stop()
        ts = await stage.writes(SARAH, SARAH_DM, ORDER)
        waiting = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await stage.delivered()
        async with open_chat(production.settings, "cust_001") as chat:
            said = [await ask(chat, line) for line in (ORDER, "thanks")]
            due = [name.decode() for name in await production.client.zrange(keys.DUE, 0, -1)]
            apart = await production.client.ttl(keys.due_of(chat.session))

        assert all(said)
        assert "A1001" in said[0]
        assert due == [waiting]
        assert 0 < apart <= keys.ALONE_SECONDS
        assert await production.client.llen(keys.inbox(waiting)) == 1
        assert await stage.thread(SARAH_DM, ts) == []


@asynccontextmanager
async def running(folder: Path, port: int, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> AsyncIterator[str]:
    """A demo as `frontdesk demo` runs it, until the body is over."""
    ready, over = asyncio.Event(), asyncio.Event()

    async def until_told() -> None:
        ready.set()
        await over.wait()

    monkeypatch.setattr(demos, "until_signalled", until_told)
    own = Settings(frontdesk_data_dir=folder, _env_file=None, **{"frontdesk_debounce_seconds": 0, **settings})
    task = asyncio.create_task(demos.demo(own, host="127.0.0.1", port=port))
    started = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        yield f"http://127.0.0.1:{port}"
    finally:
        over.set()
        await end(started)
        if not task.done():
            await task


async def answered(http: httpx.AsyncClient, page: str, ts: str) -> bool:
    messages = (await http.get(f"{page}/_sandbox/state")).json()["slack"]["messages"]
    return any(one["thread_ts"] == ts and one["ts"] != ts and not one["streaming"] for one in messages)


async def test_two_demos_of_one_clone_have_a_store_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = free_port(), free_port()
    async with (
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http,
        running(tmp_path, ports[0], monkeypatch) as first,
        running(tmp_path, ports[1], monkeypatch, frontdesk_desk="airline", redis_url="redis://production") as second,
    ):
        asked = []
        for user, channel in ((SARAH, SARAH_DM), (MARCUS, MARCUS_DM)):
            for page in (first, second):
                body = {"user": user, "channel": channel, "text": "hello there"}
                asked.append((page, (await http.post(f"{page}/_sandbox/slack/post", json=body)).json()["ts"]))
        for page, ts in asked:

            async def is_answered(page: str = page, ts: str = ts) -> bool:
                return await answered(http, page, ts)

            await wait_until(is_answered, what=f"an answer at {page}")

        with pytest.raises(ConfigError, match=f"runs here already: {first}"):
            async with running(tmp_path, ports[0], monkeypatch):
                pass

        server = EmbeddedRedis(tmp_path / "demo" / f"store-{ports[0]}")
        client = connect(server.url)
        await DeadLetters(client).bury("slack:T:C:1", "turn", "{}", "3 failures in 3 attempts")
        await client.aclose()
        server.close()

        async def shown() -> Any:
            return (await http.get(f"{first}/_sandbox/state")).json()["notes"]["dead_letters"]

        letters = await wait_until(shown, what="the dead letter on the page")
        assert letters == [{"conversation": "slack:T:C:1", "kind": "turn", "reason": "3 failures in 3 attempts"}]
        assert (await http.get(f"{second}/_sandbox/state")).json()["notes"]["dead_letters"] == []
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == sorted(
        [f"store-{ports[0]}", f"airline-{ports[1]}"]
    )
