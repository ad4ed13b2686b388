"""One ASGI app: both vendors, their files, the control API and the page."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from integrations.sandbox.control import Control, refused_origin
from integrations.sandbox.core.deliveries import Deliveries
from integrations.sandbox.core.faults import Faults
from integrations.sandbox.core.faulty_wire import Exchange, FaultyWire, logged
from integrations.sandbox.core.limits import Limits
from integrations.sandbox.core.options import SandboxOptions
from integrations.sandbox.core.record import Record
from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call, read_call, send_answer
from integrations.sandbox.core.world import World
from integrations.sandbox.slack import files, response
from integrations.sandbox.slack.api import SlackApi
from integrations.sandbox.slack.call import Slack
from integrations.sandbox.slack.events import SUBMISSION, SlackEvents
from integrations.sandbox.slack.installs import consent
from integrations.sandbox.slack.modals import ModalCourier
from integrations.sandbox.zendesk import other_endpoints
from integrations.sandbox.zendesk.api import ZendeskApi
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.triggers import Triggers
from integrations.sandbox.zendesk.webhooks import Webhooks

PAGE = Path(__file__).parent / "page"

Command = Callable[[JSON], Awaitable[Mapping[str, Any]]]
"""Carries out what the page asks of what answers, and returns what the page is told then."""
Around = Callable[[], AbstractAsyncContextManager[None]]


class Sandbox:
    """The simulator's parts, wired."""

    def __init__(self, options: SandboxOptions) -> None:
        self.world = World(options)
        self.faults = Faults(self.world.random)
        self.limits = Limits(self.world.clock)
        self.record = Record()
        self.deliveries = Deliveries(self.world, self.faults)
        self.slack = Slack(self.world, SlackEvents(self.world, self.deliveries))
        self.deliveries.register(SUBMISSION, ModalCourier(self.slack))
        self.desk = Desk(self.world)
        webhooks = Webhooks(self.world, self.deliveries)
        self.desk.listeners += [webhooks, Triggers(self.desk, webhooks)]
        self.slack_api = SlackApi(self.slack, self.limits)
        self._zendesk_api = ZendeskApi(self.desk, self.limits, self.deliveries)
        self.control = Control(
            self.world, self.slack, self.desk, self.faults, self.limits, self.deliveries, self.record
        )
        self._wire = FaultyWire(self.world, self.faults, self.record)
        self._page = StaticFiles(directory=PAGE, check_dir=False, html=True)
        self._started = False
        self._commands: Mapping[str, Command] = {}
        self._around_reset: Around = nullcontext

    def steer(self, commands: Mapping[str, Command], around_reset: Around = nullcontext) -> None:
        """Let the page ask something of what answers.

        Args:
            commands: by the path under `/_sandbox/frontdesk` (empty for that itself) what does it; it raises ValueError
                where it cannot.
            around_reset: what is done before and after the vendors' part of a reset; it raises ValueError too.
        """
        self._commands, self._around_reset = commands, around_reset

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
            await send_answer(send, await self._controlled(call, path.removeprefix("/_sandbox/")))
        else:
            await send_answer(send, self._files(call))

    async def _controlled(self, call: Call, path: str) -> Answer:
        area, _, name = path.partition("/")
        if area == "frontdesk":
            return await self._commanded(call, name)
        if path == "reset" and call.method == "POST":
            return await self._reset(call)
        answer = self.control.answer(call, path)
        await self.world.kept()
        return answer

    async def _reset(self, call: Call) -> Answer:
        if refused := refused_origin(call):
            return refused
        try:
            async with self._around_reset():
                answer = self.control.answer(call, "reset")
                await self.world.kept()
                return answer
        except ValueError as error:
            return Answer(400, {"error": str(error)})

    async def _serve_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = "/index.html" if scope["path"] == "/" else scope["path"].removeprefix("/page")
        try:
            await self._page({**scope, "path": path, "root_path": ""}, receive, send)
        except HTTPException as error:
            await send_answer(send, Answer(error.status_code, {"error": error.detail}))

    async def _commanded(self, call: Call, name: str) -> Answer:
        if refused := refused_origin(call):
            return refused
        command = self._commands.get(name)
        if call.method != "POST" or command is None:
            return Answer(404 if command is None else 405, {"error": "what answers is not steered from here"})
        try:
            return Answer(200, dict(await command(call.json())))
        except (BadBody, ValueError) as error:
            return Answer(400, {"error": str(error)})

    async def _slack_call(self, call: Call, method: str, receive: Receive, send: Send) -> None:
        async def work() -> tuple[Answer, Any]:
            return self.slack_api.answer(call, method)

        await self._wire.serve(Exchange("slack", method, method, call, receive, send), work)

    async def _zendesk_call(self, call: Call, receive: Receive, send: Send) -> None:
        path = call.path.removesuffix(".json")

        async def work() -> tuple[Answer, Any]:
            if path == "/oauth/tokens":
                return self._token(call), {}
            return await self._zendesk_api.answer(call, path.removeprefix("/api/v2/")), logged(call)

        await self._wire.serve(Exchange("zendesk", f"{call.method} {path}", call.path, call, receive, send), work)

    def _token(self, call: Call) -> Answer:
        if call.method != "POST":
            return Answer(405, {"error": "method"})
        return self._zendesk_api.login.token(call)

    def _files(self, call: Call) -> Answer:
        """Bytes and clicks' answers, which no fault rule touches."""
        vendor, area, key = (*call.path.strip("/").split("/"), "", "", "")[:3]
        match (call.method, f"{vendor}/{area}"):
            case ("GET" | "POST", "slack/oauth") if call.path == consent.PATH:
                return consent.page(self.slack, call)
            case ("POST", "slack/response"):
                return response.respond(self.slack, key, call)
            case ("POST", "_files/slack-upload"):
                return files.receive(self.slack, key, call)
            case ("GET", "_files/slack"):
                return files.download(self.slack, key, call)
            case ("GET", "_files/zendesk"):
                return other_endpoints.content(self.desk, key, call, cdn=False)
            case ("GET", "_files/zendesk-cdn"):
                return other_endpoints.content(self.desk, key, call, cdn=True)
            case _:
                return Answer(404, {"error": "no such place"})


def create_app(options: SandboxOptions | None = None) -> Sandbox:
    """The simulator as an ASGI app."""
    return Sandbox(options or SandboxOptions())
