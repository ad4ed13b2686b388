"""A small Slack: the Web API methods that a front desk calls, over HTTP, with the oddities that a case asks for.

https://docs.slack.dev/reference/methods
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]
TEAM, BOT, PARTNER = "T0ACME0001", "U0BOT00001", "T0CUST0001"
TOKEN = "xoxb-reported-cases"  # a stand-in's own
KNOWN: Mapping[str, tuple[str, str, str]] = {
    BOT: ("Frontdesk", "", TEAM),
    "U0SARAH001": ("Sarah Chen", "sarah.chen@example.com", TEAM),
    "U0MARCUS01": ("Marcus Johnson", "marcus.johnson@example.com", TEAM),
    "U0EVE00001": ("Eve Example", "eve@example.org", TEAM),
    "U0EXT00001": ("Pat Partner", "pat@customer.example", PARTNER),
}
"""User id → name, address, home workspace."""


@dataclass
class Fault:
    """What a method answers instead, the next `times` times."""

    match: str
    status: int
    headers: Mapping[str, str]
    times: int = 1


@dataclass
class SlackServer:
    """One workspace.

    Args:
        setting: how this Slack differs, as a case says it: `users`, `channels`, `files`, `refuses`, `unthreads`.
    """

    setting: Mapping[str, Any]
    messages: list[Json] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    _ticks: int = 0

    def next_ts(self) -> str:
        """Return the ts of the next message: unique, growing."""
        self._ticks += 1
        return f"{1_790_000_000 + self._ticks}.{self._ticks:06d}"

    def in_thread(self, channel: str, thread: str = "") -> list[Json]:
        """Return the bot's messages in a channel, oldest first; those of one thread where it is named."""
        found = [each for each in self.messages if each["channel"] == channel and each.get("user") == BOT]
        return [each for each in found if not thread or each.get("thread_ts") == thread]

    def app(self) -> Starlette:
        """Return the server."""
        routes = [
            Route("/api/{method}", self._method, methods=["GET", "POST"]),
            Route("/files/{file}", self._file, methods=["GET"]),
            Route("/upload", self._upload, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def _file(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response("<html>sign in</html>", 200, {"content-type": "text/html"})
        return Response(b"\x89PNG\r\n\x1a\n", 200, {"content-type": "image/png"})

    async def _upload(self, request: Request) -> Response:
        await request.body()
        return Response("OK")

    async def _method(self, request: Request) -> Response:
        method = request.path_params["method"]
        if fault := next((each for each in self.faults if each.times and re.search(each.match, method)), None):
            fault.times -= 1
            return JSONResponse({"ok": False, "error": "internal_error"}, fault.status, dict(fault.headers))
        answer = getattr(self, "_" + method.replace(".", "_"), None)
        if answer is None:
            return JSONResponse({"ok": False, "error": "unknown_method"})
        given = await _arguments(request)
        self._base = f"{request.url.scheme}://{request.url.netloc}"
        return JSONResponse({"ok": True} | answer(given))

    def _auth_test(self, _: Json) -> Json:
        return {"url": "https://acme.slack.com/", "team": "Acme", "user": "frontdesk", "team_id": TEAM} | {
            "user_id": BOT,
            "bot_id": "B0BOT00001",
        }

    def _users_info(self, given: Json) -> Json:
        return {"user": self.user(given["user"])}

    def user(self, user_id: str) -> Json:
        """Return a person as `users.info` tells of them."""
        own = dict(self.setting.get("users", {}).get(user_id, {}))
        name, email, team = KNOWN.get(own.pop("like", user_id), ("Alex Example", "alex@example.net", TEAM))
        profile = {"real_name": name, "display_name": name.partition(" ")[0], "email": email}
        flags = {"deleted": False, "is_bot": user_id == BOT, "is_restricted": False, "is_ultra_restricted": False}
        is_stranger = {"is_stranger": team != TEAM, "is_email_confirmed": team == TEAM}
        return {"id": user_id, "team_id": team, "name": name.casefold(), "real_name": name} | {
            "profile": profile,
            **flags,
            **is_stranger,
            **own,
        }

    def _conversations_info(self, given: Json) -> Json:
        channel = given["channel"]
        if refusal := self.setting.get("refuses", {}).get(channel):
            return {"ok": False, "error": refusal, "needed": "mpim:read", "provided": "im:read"}
        is_direct, is_shared = channel.startswith("D"), channel.startswith("C0SHARED")
        own = {key: value for key, value in self.setting.get("channels", {}).get(channel, {}).items() if key != "like"}
        if is_direct:
            return {"channel": {"id": channel, "is_im": True, "user": channel.replace("D", "U", 1)} | own}
        kind = {"is_channel": True, "is_private": False, "is_ext_shared": is_shared, "is_shared": is_shared}
        return {"channel": {"id": channel, "name": channel.casefold(), "is_member": True} | kind | own}

    def _conversations_members(self, given: Json) -> Json:
        guests = ["U0EXT00001"] if given["channel"].startswith("C0SHARED") else []
        return {"members": [BOT, "U0SARAH001", "U0MARCUS01", *guests], "response_metadata": {"next_cursor": ""}}

    def _conversations_open(self, given: Json) -> Json:
        return {"channel": {"id": str(given["users"]).replace("U", "D", 1)}}

    def _conversations_replies(self, given: Json) -> Json:
        of = [each for each in self.messages if given["ts"] in {each["ts"], each.get("thread_ts")}]
        return self._page(given, [each for each in of if each["channel"] == given["channel"]])

    def _conversations_history(self, given: Json) -> Json:
        found = [each for each in self.messages if each["channel"] == given["channel"] and "thread_ts" not in each]
        return self._page(given, list(reversed(found)))

    def _page(self, given: Json, messages: Sequence[Json]) -> Json:
        oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or 9e12)
        shown = [each for each in messages if oldest <= float(each["ts"]) <= latest]
        return {"messages": shown, "has_more": False, "response_metadata": {"next_cursor": ""}}

    def _chat_postMessage(self, given: Json) -> Json:  # noqa: N802  # Slack's own name
        message: Json = {"type": "message", "user": BOT, "bot_id": "B0BOT00001", "ts": self.next_ts()}
        message |= {"channel": given["channel"], "text": given.get("markdown_text") or given.get("text") or ""}
        message |= {key: given[key] for key in ("metadata", "blocks", "attachments") if given.get(key)}
        root = given.get("thread_ts")
        if root and not (self.setting.get("unthreads") and root in self.deleted):
            message["thread_ts"] = root
        self.messages.append(message)
        return {"channel": given["channel"], "ts": message["ts"], "message": message}

    def _chat_update(self, given: Json) -> Json:
        message = next((each for each in self.messages if each["ts"] == given["ts"]), None)
        if message is None:
            return {"ok": False, "error": "message_not_found"}
        message["text"] = given.get("markdown_text") or given.get("text") or ""
        message.pop("blocks", None)
        message |= {key: given[key] for key in ("metadata", "blocks") if given.get(key)}
        return {"channel": given["channel"], "ts": given["ts"], "text": message["text"]}

    def _chat_delete(self, given: Json) -> Json:
        before = len(self.messages)
        self.messages = [each for each in self.messages if each["ts"] != given["ts"]]
        return {"ts": given["ts"]} if len(self.messages) < before else {"ok": False, "error": "message_not_found"}

    def _files_info(self, given: Json) -> Json:
        own = self.setting.get("files", {}).get(given["file"])
        if own is None:
            return {"ok": False, "error": "file_not_found"}
        link = f"{self._base}/files/{given['file']}"
        links = {"url_private": link, "url_private_download": link, "permalink": link}
        return {"file": {"id": given["file"], "mode": "hosted", "size": 8} | links | own}


async def _arguments(request: Request) -> Json:
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(await request.json())
    given: Json = dict(request.query_params)
    given |= {key: str(value) for key, value in (await request.form()).items()}
    for key in ("metadata", "blocks", "attachments"):
        with suppress(KeyError, json.JSONDecodeError):
            given[key] = json.loads(given[key])
    return given


async def until(event: asyncio.Event) -> None:
    """Wait for the event, no longer than a model may take."""
    async with asyncio.timeout(60):
        await event.wait()
