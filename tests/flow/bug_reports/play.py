"""Play one case: what people do in a stand-in Slack, step by step, and what must hold afterwards."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from bot.app.background import UPKEEP, background
from bot.app.container import open_engine
from bot.app.server import serving, working
from bot.app.settings import Settings
from bot.app.web import create_app
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from integrations.slack.inbound.signature import sign
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.flow.bug_reports.model_server import Model, last_said
from tests.flow.bug_reports.slack_server import BOT, TEAM, TOKEN, Fault, Json, SlackServer
from tests.flow.harness.checks import heard
from tests.flow.harness.frontdesk import Stage
from tests.learnt import learnt

SECRET = "reported-signing-secret"  # a stand-in's own
CODE = re.compile(r"\b\d{6}\b")


@dataclass
class Play:
    """A case in progress.

    Args:
        stage: the bot's HTTP side and the simulated Zendesk.
        base: base URL of the stand-in Slack.
    """

    stage: Stage
    slack: SlackServer
    model: Model
    base: str
    lines: dict[str, Json] = field(default_factory=dict)

    async def step(self, step: Mapping[str, Any]) -> None:
        """Do one step of the case."""
        [(name, given)] = step.items()
        await getattr(self, f"_{name}")(given)

    async def settle(self) -> None:
        """Wait until nothing is left to do."""
        self.model.released.set()
        await self.stage.quiet()
        self.model.released.clear()

    async def _line(self, given: Json) -> None:
        event = self._event_of(dict(given))
        self.lines[str(given.get("as", event["ts"]))] = event
        self.slack.messages.append(event)
        await self._deliver(event, is_shared=given.get("shared", False))
        if given.get("wait", True):
            await self.settle()

    def _event_of(self, given: Json) -> Json:
        dropped = given.pop("drop", ())
        thread = self._ts(given.pop("thread", ""))
        for key in ("as", "wait", "shared"):
            given.pop(key, None)
        is_direct = given["channel"].startswith("D")
        event = {"type": "message", "team": TEAM, "client_msg_id": str(uuid4()), "ts": self.slack.next_ts()}
        event |= {"channel_type": "im" if is_direct else "channel"}
        event |= json.loads(json.dumps(given).replace("BASE/", f"{self.base}/"))
        event |= {"event_ts": event["ts"], **({"thread_ts": thread} if thread else {})}
        return {key: value for key, value in event.items() if key not in dropped}

    def _ts(self, name: str) -> str:
        return str(self.lines[name.removeprefix("@")]["ts"]) if name else ""

    async def _code(self, given: Json) -> None:
        tickets = (await self.stage.state())["zendesk"]["tickets"]
        found = [CODE.search(each["body"]) for ticket in tickets for each in ticket["comments"]]
        await self._line(given | {"text": [each[0] for each in found if each][-1]})

    async def _edit(self, given: Json) -> None:
        before = self.lines[given["of"]]
        after = before | {"text": given["text"], "edited": {"user": before["user"], "ts": self.slack.next_ts()}}
        before_now = self.slack.messages.index(before)
        self.slack.messages[before_now] = after
        self.lines[given["of"]] = after
        await self._changed("message_changed", before, message=after)

    async def _delete(self, name: str) -> None:
        await wait_until(lambda: self.model.is_holding, what="a model at work")
        before = self.lines[name]
        self.slack.messages.remove(before)
        self.slack.deleted.add(before["ts"])
        await self._changed("message_deleted", before, deleted_ts=before["ts"])

    async def _changed(self, subtype: str, before: Json, **more: Any) -> None:
        ts = self.slack.next_ts()
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": before["channel"], "ts": ts}
        event |= {"event_ts": ts, "channel_type": before["channel_type"], "previous_message": before, **more}
        await self._deliver(event)

    async def _click(self, given: Json) -> None:
        thread = self._ts(given["thread"])
        message, button = self._button(given["channel"], thread, given["button"])
        who = self.slack.user(given["user"])
        payload = {
            "type": "block_actions",
            "user": {"id": given["user"], "username": who["name"], "name": who["name"], "team_id": given["team"]},
            "api_app_id": "A0REPORTED",
            "team": {"id": TEAM, "domain": "acme"},
            "channel": {"id": given["channel"], "name": "directmessage"},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": given["channel"]},
            "message": message,
            "trigger_id": "1.2.3",
            "response_url": f"{self.base}/respond",
            "actions": [button | {"action_ts": self.slack.next_ts(), "block_id": "b"}],
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        await self._post(body, "application/x-www-form-urlencoded")
        await self.settle()

    def _button(self, channel: str, thread: str, action: str) -> tuple[Json, Json]:
        for message in reversed(self.slack.in_thread(channel, thread)):
            for block in message.get("blocks") or ():
                for element in block.get("elements") or ():
                    if element.get("action_id") == action:
                        return message, element
        raise AssertionError(f"nobody was offered {action}")

    async def _event(self, event: Json) -> None:
        await self._deliver(event)
        await self.settle()

    async def _fault(self, given: Json) -> None:
        self.slack.faults.append(Fault(given["match"], given["status"], given.get("headers", {})))

    async def _sleep(self, _: float) -> None:
        """What a case waits for is waited for by what it does next."""

    async def _settle(self, _: float) -> None:
        await self.settle()

    async def _deliver(self, event: Json, *, is_shared: bool = False) -> None:
        who = {"team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}
        envelope = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A0REPORTED",
            "event": event,
            "event_id": f"Ev{uuid4().hex[:10]}",
            "event_time": int(time()),
            "authorizations": [who],
            "is_ext_shared_channel": is_shared,
        }
        await self._post(json.dumps(envelope).encode(), "application/json")

    async def _post(self, body: bytes, kind: str) -> None:
        now = str(int(time()))
        headers = {"content-type": kind, "x-slack-request-timestamp": now}
        headers["x-slack-signature"] = sign(body, now, SECRET).decode()
        answer = await self.stage.http.post(f"{self.stage.bot}/slack/events", content=body, headers=headers)
        assert answer.status_code == 200, answer.text

    async def holds(self, check: Mapping[str, Any]) -> None:
        """Assert what a check of the case says."""
        [(name, wanted)] = check.items()
        await getattr(self, f"_check_{name}")(wanted)

    def _said_in(self, wanted: Json) -> list[str]:
        messages = self.slack.in_thread(wanted["channel"], self._ts(wanted.get("thread", "")))
        return [str(message["text"]) for message in messages]

    async def _check_said(self, wanted: Json) -> None:
        said = self._said_in(wanted)
        assert any(re.search(wanted["text"], each) for each in said), said

    async def _check_not_said(self, wanted: Json) -> None:
        said = self._said_in(wanted)
        assert not any(re.search(wanted["text"], each) for each in said), said

    async def _check_last_said(self, wanted: Json) -> None:
        said = self._said_in(wanted)
        assert said, "nothing was said"
        assert re.search(wanted["text"], said[-1]), said[-1]

    async def _check_top_level_posts(self, wanted: Json) -> None:
        messages = self.slack.in_thread(wanted["channel"])
        assert len([each for each in messages if "thread_ts" not in each]) == wanted["count"], messages

    async def _check_model_last_has(self, words: str) -> None:
        assert words in last_said(self.model.asked[-1]["messages"]) or any(
            words in last_said(each["messages"]) for each in self.model.asked[-3:]
        )

    async def _check_model_last_lacks(self, words: str) -> None:
        assert all(words not in last_said(each["messages"]) for each in self.model.asked)

    async def _tickets_of_customers(self) -> list[Json]:
        tickets = (await self.stage.state())["zendesk"]["tickets"]
        return [ticket for ticket in tickets if str(ticket["external_id"] or "").startswith("slack:")]

    async def _check_tickets(self, count: int) -> None:
        assert len(await self._tickets_of_customers()) == count

    async def _written(self) -> str:
        return json.dumps([each["comments"] for each in await self._tickets_of_customers()], ensure_ascii=False)

    async def _check_ticket_has(self, words: str) -> None:
        comments = [each for ticket in await self._tickets_of_customers() for each in ticket["comments"]]
        assert any(words in each["body"] for each in comments if each["public"]), comments

    async def _check_ticket_lacks(self, words: str) -> None:
        assert await self._tickets_of_customers()
        assert words not in await self._written()

    async def _check_ticket_or_note_has(self, words: str) -> None:
        assert words in await self._written()

    async def _check_ticket_file(self, name: str) -> None:
        comments = [each for ticket in await self._tickets_of_customers() for each in ticket["comments"]]
        assert name in [file["file_name"] for each in comments for file in each["attachments"]], comments

    async def _check_zendesk_people(self, wanted: Json) -> None:
        users = (await self.stage.state())["zendesk"]["users"]
        found = [each for each in users if wanted["user"] in str(each.get("external_id") or "")]
        assert len(found) == wanted["count"], found

    async def _check_requester_email(self, address: str) -> None:
        [ticket] = await self._tickets_of_customers()
        users = (await self.stage.state())["zendesk"]["users"]
        assert address in [each["email"] for each in users if each["id"] == ticket["requester_id"]]

    async def _check_log_lacks(self, words: str) -> None:
        assert words not in self.stage.log.getvalue()


@asynccontextmanager
async def open_play(redis_url: str, folder: Path, setting: Mapping[str, Any]) -> AsyncIterator[Play]:
    """Yield a Frontdesk between a stand-in Slack, a stand-in model and the simulated Zendesk."""
    slack, model, clock = SlackServer(setting), Model(bool(setting.get("strict_model"))), ManualClock.running()
    options = SandboxOptions(random_seed=7, clock=clock)
    async with AsyncExitStack() as stack:
        log: io.StringIO = stack.enter_context(heard())
        page = await stack.enter_async_context(serving(create_sandbox(options), "127.0.0.1", 0))
        base = await stack.enter_async_context(serving(slack.app(), "127.0.0.1", 0))
        model_url = await stack.enter_async_context(serving(model.app(), "127.0.0.1", 0))
        settings = Settings(
            _env_file=None,
            redis_url=redis_url,
            frontdesk_data_dir=folder,
            frontdesk_debounce_seconds=0,
            slack_bot_token=TOKEN,
            slack_signing_secret=SECRET,
            slack_api_url=f"{base}/api/",
            zendesk_url=page,
            zendesk_client_id=options.zendesk_client_id,
            zendesk_client_secret=options.zendesk_client_secret,
            zendesk_webhook_secret=options.zendesk_webhook_secret,
            frontdesk_model="scripted",
            frontdesk_model_api="chat_completions",
            openai_api_key="key",
            openai_base_url=f"{model_url}/v1",
        )
        await asyncio.to_thread(learnt, settings.frontdesk_desk)
        engine = await stack.enter_async_context(open_engine(settings, clock=clock))
        bot = await stack.enter_async_context(serving(create_app(engine), "127.0.0.1", 0))
        await stack.enter_async_context(background(engine, UPKEEP))
        await stack.enter_async_context(working(engine.worker))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=20))
        stage = Stage(engine, log, clock, page, bot, http)
        await stage.control("config", {"zendesk_webhook_url": f"{bot}/zendesk/webhook"})
        yield Play(stage, slack, model, base)
