"""One ASGI app: both vendors, their files, the control API and the page."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from integrations.sandbox.core.control import Control
from integrations.sandbox.core.deliveries import Deliveries
from integrations.sandbox.core.faults import Faults, Rule, fault_answer
from integrations.sandbox.core.limits import Limits
from integrations.sandbox.core.options import SandboxOptions
from integrations.sandbox.core.record import Record
from integrations.sandbox.core.wire import JSON, Answer, Call, read_call, send_answer
from integrations.sandbox.core.world import World
from integrations.sandbox.slack import files, response
from integrations.sandbox.slack.api import SlackApi
from integrations.sandbox.slack.call import Slack
from integrations.sandbox.slack.events import SlackEvents
from integrations.sandbox.zendesk import more
from integrations.sandbox.zendesk.api import ZendeskApi
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.triggers import Triggers
from integrations.sandbox.zendesk.webhooks import Webhooks

PAGE = Path(__file__).parents[1] / "page"
Work = Callable[[], Awaitable[tuple[Answer, Any]]]


class Sandbox:
    """The simulator's parts, wired."""

    def __init__(self, options: SandboxOptions) -> None:
        self.world = World(options)
        self.faults = Faults(self.world.random)
        self.limits = Limits(self.world.clock)
        self.record = Record()
        self.deliveries = Deliveries(self.world, self.faults)
        self.slack = Slack(self.world, SlackEvents(self.world, self.deliveries))
        self.desk = Desk(self.world)
        webhooks = Webhooks(self.world, self.deliveries)
        self.desk.listeners += [webhooks, Triggers(self.desk, webhooks)]
        self.slack_api = SlackApi(self.slack, self.limits)
        self._zendesk_api = ZendeskApi(self.desk, self.limits, self.deliveries)
        self.control = Control(self)
        self._page = StaticFiles(directory=PAGE, check_dir=False, html=True)
        self._started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            self.start()
            await self._http(scope, receive, send)

    def start(self) -> None:
        """Go on with deliveries a former run left; called with the first request, too."""
        if not self._started:
            self._started = True
            self.deliveries.resume()

    async def stop(self) -> None:
        """Stop delivering and write the state."""
        await self.deliveries.close()
        self.world.save()

    def end_streams(self) -> None:
        """End the page's event streams; call it before stopping a server, which waits for them."""
        self.world.end_watching()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == "/_sandbox/events":
            headers = {"Cache-Control": "no-store"}
            stream = StreamingResponse(self.control.changes(), media_type="text/event-stream", headers=headers)
            await stream(scope, receive, send)
            return
        if path == "/" or path.startswith("/page/"):
            await self._serve_page(scope, receive, send)
            return
        call = await read_call(scope, receive)
        self.world.base_url = self.world.base_url or call.base
        if path.startswith("/slack/api/"):
            await self._slack_call(call, path.removeprefix("/slack/api/"), receive, send)
        elif path.startswith("/api/v2/") or path == "/oauth/tokens":
            await self._zendesk_call(call, receive, send)
        elif path.startswith("/_sandbox/"):
            answer = self.control.answer(call, path.removeprefix("/_sandbox/"))
            await self.world.kept()
            await send_answer(send, answer)
        else:
            await send_answer(send, self._files(call))

    async def _serve_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = "/index.html" if scope["path"] == "/" else scope["path"].removeprefix("/page")
        try:
            await self._page({**scope, "path": path, "root_path": ""}, receive, send)
        except HTTPException as error:
            await send_answer(send, Answer(error.status_code, {"error": error.detail}))

    async def _slack_call(self, call: Call, method: str, receive: Receive, send: Send) -> None:
        async def work() -> tuple[Answer, Any]:
            return self.slack_api.answer(call, method)

        await self._faulty("slack", method, method, call, work, receive, send)

    async def _zendesk_call(self, call: Call, receive: Receive, send: Send) -> None:
        path = call.path.removesuffix(".json")

        async def work() -> tuple[Answer, Any]:
            if path == "/oauth/tokens":
                return (
                    self._zendesk_api.login.token(call) if call.method == "POST" else Answer(405, {"error": "method"})
                ), {}
            return await self._zendesk_api.answer(call, path.removeprefix("/api/v2/")), _logged(call)

        await self._faulty("zendesk", f"{call.method} {path}", call.path, call, work, receive, send)

    async def _faulty(
        self, vendor: str, subject: str, path: str, call: Call, work: Work, receive: Receive, send: Send
    ) -> None:
        """Do the work, or what a fault rule makes of it."""
        rule = self.faults.strike(f"{vendor}:{subject}") if self.faults.rules else None
        answer = fault_answer(rule, vendor) if rule else None
        if rule is not None and rule.kind == "network_delay":
            await self.world.clock.sleep(rule.seconds)
        if rule is not None and rule.kind in {"timeout", "reset"}:
            await self._vanish(rule, receive, send)
            self.record.add(vendor, path, call, _logged(call), Answer(0, {"error": rule.kind}))
            return
        body: Any = None
        if answer is None:
            answer, body = await work()
            await self.world.kept()
        self.record.add(vendor, path, call, body if body is not None else _logged(call), answer)
        if rule is not None and rule.kind == "lost_answer":
            if "status" in rule.given:
                await send_answer(send, Answer(rule.status))
            else:
                await self._vanish(rule, receive, send)
            return
        await send_answer(send, answer)

    async def _vanish(self, rule: Rule, receive: Receive, send: Send) -> None:
        """Break the connection; a hanging one breaks after `seconds` or when the caller gives up."""
        if rule.kind == "timeout" or "seconds" in rule.given:
            await self._hang(rule.seconds, receive)
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is None:
            raise ConnectionResetError("fault: connection reset")
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _hang(self, seconds: float, receive: Receive) -> None:
        pause = asyncio.ensure_future(self.world.clock.sleep(seconds))
        gone = asyncio.ensure_future(_disconnected(receive))
        await asyncio.wait({pause, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (pause, gone):
            task.cancel()

    def _files(self, call: Call) -> Answer:
        parts = call.path.strip("/").split("/")
        area, key = "/".join(parts[:2]), parts[2] if len(parts) > 2 else ""
        if call.method == "POST":
            if area == "slack/response":
                return response.respond(self.slack, key, call)
            if area == "_files/slack-upload":
                return files.receive(self.slack, key, call)
        elif call.method == "GET":
            if area == "_files/slack":
                return files.download(self.slack, key, call)
            if area in {"_files/zendesk", "_files/zendesk-cdn"}:
                return more.content(self.desk, key, call, cdn=area.endswith("cdn"))
        return Answer(404, {"error": "no such place"})


def create_app(options: SandboxOptions | None = None) -> Sandbox:
    """The simulator as an ASGI app."""
    return Sandbox(options or SandboxOptions())


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _logged(call: Call) -> JSON:
    """The body as the log keeps it: JSON and forms parsed, files by their size."""
    if not call.body:
        return {}
    if call.content_type.endswith("json"):
        try:
            value = json.loads(call.body)
        except ValueError:
            return {"bytes": len(call.body)}
        return value if isinstance(value, dict) else {"value": value}
    if "form-urlencoded" in call.content_type:
        return dict(call.form())
    return {"bytes": len(call.body)}
