"""Socket Mode over a real web socket: stored, then acknowledged."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from bot.domain.errors import TemporaryFailure
from integrations.slack.inbound.clicks import Click
from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.inbound.socket_mode import SocketMode
from tests.contract.slack.slack_fixtures import wait_until
from tests.unit.slack.payloads import click_payload, line
from tests.unit.slack.test_receiver import Store


class Slack:
    """Opens a socket, sends what a test gives it, remembers what comes back."""

    def __init__(self) -> None:
        self.url = ""
        self.sockets: list[web.WebSocketResponse] = []
        self.acknowledged: list[str] = []

    async def open(self, request: web.Request) -> web.Response:
        """apps.connections.open"""
        assert request.headers["Authorization"] == "Bearer xapp-1"
        return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws')}/link"})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """The socket."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        return socket

    async def send(self, envelope_id: str, kind: str, payload: Any) -> None:
        """Deliver one envelope."""
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": False}
        await self.sockets[-1].send_str(json.dumps(envelope))


@asynccontextmanager
async def slack_with_sockets() -> AsyncIterator[Slack]:
    slack = Slack()
    app = web.Application()
    app.add_routes([web.post("/api/apps.connections.open", slack.open), web.get("/link", slack.link)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield slack
    finally:
        await runner.cleanup()


async def test_socket_events_are_stored_and_then_acknowledged() -> None:
    store = Store()
    async with slack_with_sockets() as slack:
        connection = SocketMode(store, "xapp-1", f"{slack.url}/api/")
        await connection.start()
        try:
            await wait_until(lambda: bool(slack.sockets), "the socket is open")
            await slack.send("line", "events_api", line())
            await slack.send("click", "interactive", click_payload())
            await wait_until(lambda: len(slack.acknowledged) == 2, "both are acknowledged")
        finally:
            await connection.close()
    assert {type(one) for one in store.stored} == {SlackMessage, Click}
    assert sorted(slack.acknowledged) == ["click", "line"]


async def test_what_is_not_stored_is_not_acknowledged_over_the_socket() -> None:
    store = Store()
    store.failure = TemporaryFailure("redis is down")
    async with slack_with_sockets() as slack:
        connection = SocketMode(store, "xapp-1", f"{slack.url}/api/")
        await connection.start()
        try:
            await wait_until(lambda: bool(slack.sockets), "the socket is open")
            await slack.send("line", "events_api", line())
            await slack.send("home", "events_api", {**line(), "event": {"type": "app_home_opened", "user": "U1"}})
            await wait_until(lambda: "home" in slack.acknowledged, "an event that needs no store is acknowledged")
        finally:
            await connection.close()
    assert slack.acknowledged == ["home"]
