"""What the sandbox's contract tests share: a clock they move, a bot that only listens, checked calls."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.types import Receive, Scope, Send

from integrations.sandbox import Sandbox, SandboxOptions, create_app
from integrations.sandbox.zendesk.api import template
from tests.conftest import PATIENCE_SECONDS
from tests.doubles.clock import ManualClock

CONTRACTS = Path(__file__).resolve().parents[4] / "shared" / "contracts"
BASE = "http://sandbox.test"
TOKEN = {"Authorization": "Bearer xoxb-sandbox"}


def contract(name: str) -> Any:
    """A vendor's machine-readable contract; the test that needs it is skipped without it."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip("no ../shared/contracts")
    return _read(path)


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text())


async def wait_until(true: Callable[[], bool], what: str = "it") -> None:
    """Let other tasks run until `true`."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true():  # noqa: ASYNC110 - any task may make it true
                await asyncio.sleep(0)
    except TimeoutError:
        pytest.fail(f"waited in vain for {what}")


@dataclass(frozen=True)
class Heard:
    """One delivery as the bot got it."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.raw)


@dataclass
class ListeningBot:
    """Keeps what it is sent; `answers` are taken one by one (status, or "hang"), then 200."""

    heard: list[Heard] = field(default_factory=list)
    answers: list[int | str | tuple[int, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI side."""
        raw = b""
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        self.heard.append(Heard(scope["path"], headers, raw))
        answer = self.answers.pop(0) if self.answers else 200
        if answer == "hang":
            await asyncio.Event().wait()
        status, extra = answer if isinstance(answer, tuple) else (int(answer), {})
        pairs = [(k.encode(), v.encode()) for k, v in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": b""})

    def events(self, kind: str = "") -> list[Any]:
        """Slack's inner events, or Zendesk's payloads of one type."""
        found = [h.json for h in self.heard if h.headers.get("content-type", "").startswith("application/json")]
        slack = [f["event"] for f in found if f.get("type") == "event_callback"]
        zendesk = [f for f in found if str(f.get("type")).endswith(f"ticket.{kind}")]
        return zendesk if kind else slack


class World:
    """A sandbox, its clock, the bot that listens, and clients whose answers are checked."""

    def __init__(self, sandbox: Sandbox, clock: ManualClock, bot: ListeningBot, client: httpx.AsyncClient) -> None:
        self.sandbox, self.clock, self.bot, self.client = sandbox, clock, bot, client
        self._methods = _read(p)["methods"] if (p := CONTRACTS / "slack_methods.json").exists() else None
        self._zendesk = _read(p) if (p := CONTRACTS / "zendesk_requests.json").exists() else None

    async def slack(self, method: str, **args: Any) -> Any:
        """Call a method; an error it answers must be one Slack documents for it."""
        response = await self.client.post(f"/slack/api/{method}", json=args, headers=TOKEN)
        body = response.json()
        if not body["ok"] and self._methods is not None and method in self._methods:
            assert body["error"] in self._methods[method]["errors"], (method, body["error"])
        return body

    async def zendesk(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call an endpoint as the bot; the answer must fit the contract's response."""
        response = await self.client.request(
            method,
            f"/api/v2/{path}",
            json=body,
            auth=("bot@acme.example/token", "sandbox-token"),
            headers={k.replace("_", "-"): v for k, v in headers.items()},
        )
        self._check(method, path, response)
        return response

    async def control(self, path: str, **body: Any) -> Any:
        """Act through the control API."""
        response = await self.client.post(f"/_sandbox/{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def says(self, user: str, channel: str, text: str, **more: Any) -> str:
        """A person writes; the timestamp."""
        ts: str = (await self.control("slack/post", user=user, channel=channel, text=text, **more))["ts"]
        return ts

    async def hears(self, count: int) -> None:
        """Wait until the bot got so many deliveries."""
        await wait_until(lambda: len(self.bot.heard) >= count, f"{count} deliveries, have {len(self.bot.heard)}")

    async def quiet(self) -> None:
        """Wait until nothing is on its way that time alone would not move."""
        deliveries = self.sandbox.deliveries
        await wait_until(lambda: deliveries.idle, "quiet")

    def _check(self, method: str, path: str, response: httpx.Response) -> None:
        if self._zendesk is None:
            return
        route = template(path.partition("?")[0].removesuffix(".json"))[0]
        for name, endpoint in self._zendesk["endpoints"].items():
            verb, _, documented = name.partition(" ")
            parts = ["{}" if p.startswith("{") else p for p in documented.removeprefix("/api/v2/").split("/")]
            if verb != method or "/".join(parts) != route:
                continue
            schema = endpoint["responses"].get(str(response.status_code))
            if response.status_code >= 400:
                schema = {"$ref": "#/$defs/res_Error"}
            if schema is not None:
                Draft202012Validator({**schema, "$defs": self._zendesk["$defs"]}).validate(response.json())


async def open_world(**options: Any) -> World:
    """A fresh world whose deliveries reach a listening bot in this process."""
    clock, bot = ManualClock(), ListeningBot()
    defaults: dict[str, Any] = {
        "slack_events_url": "http://bot.test/slack/events",
        "zendesk_webhook_url": "http://bot.test/zendesk/webhook",
        "clock": clock,
        "transport": httpx.ASGITransport(app=bot),
        "random_seed": 7,
    }
    sandbox = create_app(SandboxOptions(**(defaults | options)))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url=BASE)
    return World(sandbox, clock, bot, client)


async def close_world(world: World) -> None:
    """Stop its deliveries."""
    await world.client.aclose()
    await world.sandbox.stop()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A fresh world with a bot that listens."""
    made = await open_world()
    yield made
    await close_world(made)
