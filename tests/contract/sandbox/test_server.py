"""The sandbox as its own process: a port, the vendors' client libraries, broken connections, kill -9."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.conftest import PATIENCE_SECONDS
from tests.contract.sandbox.kit import TOKEN

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 200.0
"""Half a minute goes by before a process has imported everything where fifteen others want the same core."""


class Process:
    """``python -m integrations.sandbox`` on a free port."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.url = ""

    async def start(self) -> str:
        """Start, and return the printed address."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "integrations.sandbox", "--port", "0", *self._arguments,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await self._process.stdout.readline()).decode()
        word, _, self.url = line.strip().partition(" ")
        assert word == "sandbox", line
        return self.url

    async def end(self, how: int = signal.SIGTERM) -> str:
        """Stop it; what it wrote on stderr."""
        if self._process.returncode is None:
            os.kill(self._process.pid, how)
        async with asyncio.timeout(START_SECONDS):
            _, errors = await self._process.communicate()
        return errors.decode()


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A running sandbox, which must not have complained at its end."""
    process = Process()
    yield await process.start()
    assert await process.end() == ""


async def control(url: str, path: str, **body: Any) -> Any:
    """Act through the control API."""
    async with httpx.AsyncClient(base_url=url) as client:
        response = await client.post(f"/_sandbox/{path}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_slacks_own_client_library_streams_and_uploads(url: str) -> None:
    client = AsyncWebClient(token="xoxb-sandbox", base_url=f"{url}/slack/api/", timeout=int(PATIENCE_SECONDS))
    posted = await control(url, "slack/post", user="U0SARAH", channel="D0SARAH", text="hi")
    stream = await client.chat_stream(channel="D0SARAH", thread_ts=posted["ts"], buffer_size=1)
    await stream.append(markdown_text="**Hello**")
    ended = await stream.stop(markdown_text=", Sarah")
    assert ended["message"]["text"] == "**Hello**, Sarah"
    await client.files_upload_v2(
        channel="D0SARAH", thread_ts=posted["ts"], content="a,b", filename="r.csv", initial_comment="here"
    )
    thread = await client.conversations_replies(channel="D0SARAH", ts=posted["ts"])
    assert [m["text"] for m in thread["messages"]] == ["hi", "**Hello**, Sarah", "here"]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await client.conversations_replies(channel="D0SARAH", ts="1.2")


async def test_the_page_and_live_changes_are_served(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        page = await client.get("/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert (await client.get("/page/app.js")).status_code == 200
        assert (await client.get("/page/%2e%2e/app.py")).status_code == 404
        async with client.stream("GET", "/_sandbox/events") as events:
            lines = events.aiter_lines()
            assert [await anext(lines), await anext(lines)] == ["event: changed", 'data: {"version":0}']
            assert await anext(lines) == ""
            await control(url, "slack/post", user="U0SARAH", channel="D0SARAH", text="hi")
            assert await anext(lines) == "event: changed"


async def test_faults_break_real_connections(url: str) -> None:
    kinds = (
        ("reset", httpx.RemoteProtocolError, PATIENCE_SECONDS),
        ("lost_answer", httpx.RemoteProtocolError, PATIENCE_SECONDS),
        ("timeout", httpx.ReadTimeout, 0.5),
    )
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        for kind, error, patience in kinds:
            rules = [{"match": "slack:chat.postMessage", "kind": kind, "times": 1}]
            await control(url, "faults", rules=rules)
            with pytest.raises((error, httpx.ReadError)):
                await client.post(
                    "/slack/api/chat.postMessage",
                    json={"channel": "D0SARAH", "text": kind},
                    headers=TOKEN,
                    timeout=httpx.Timeout(PATIENCE_SECONDS, read=patience),
                )
        state = (await client.get("/_sandbox/state")).json()
    assert [m["text"] for m in state["slack"]["messages"]] == ["lost_answer"]


async def test_kill_minus_nine_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    process = Process("--state", str(file))
    url = await process.start()
    made = await control(url, "zendesk/ticket", requester=2001, subject="Late", body="Where?")
    await process.end(signal.SIGKILL)
    again = Process("--state", str(file))
    url = await again.start()
    async with httpx.AsyncClient(base_url=url) as client:
        tickets = (await client.get("/_sandbox/state")).json()["zendesk"]["tickets"]
    assert [(t["id"], t["comments"][0]["body"]) for t in tickets] == [(made["id"], "Where?")]
    assert await again.end() == ""
