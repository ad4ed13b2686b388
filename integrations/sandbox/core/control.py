"""The sandbox's own routes: state, live changes, people's actions, faults, limits, the request log."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integrations.sandbox.core.view import state_json
from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call
from integrations.sandbox.slack import life
from integrations.sandbox.slack import people as slack_people
from integrations.sandbox.slack.call import SlackError
from integrations.sandbox.slack.files import file_answer
from integrations.sandbox.slack.people import Misuse
from integrations.sandbox.zendesk import people as zendesk_people
from integrations.sandbox.zendesk.write import ZendeskError

if TYPE_CHECKING:
    from integrations.sandbox.core.app import Sandbox

PING_SECONDS = 15.0
_TEXTS = ("slack_events_url", "zendesk_webhook_url", "slack_signing_secret", "zendesk_webhook_secret")
_NUMBERS = ("search_lag_seconds", "incremental_lag_seconds")
_LISTS = ("slack_retry_delays", "zendesk_retry_delays")


class Control:
    """Answers ``/_sandbox/…``."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        slack, desk = sandbox.slack, sandbox.desk
        self._posts: dict[str, Callable[[JSON], JSON]] = {
            "slack/post": lambda body: slack_people.post(slack, body),
            "slack/join": lambda body: slack_people.join(slack, body),
            "slack/edit": lambda body: slack_people.edit(slack, body),
            "slack/delete": lambda body: slack_people.delete(slack, body),
            "slack/click": lambda body: slack_people.click(slack, body),
            "slack/open_home": lambda body: slack_people.open_home(slack, body),
            "slack/stop": lambda body: slack_people.stop(slack, body),
            "slack/archive": lambda body: life.archive(slack, body),
            "slack/rename": lambda body: life.rename(slack, body),
            "slack/uninstall": lambda body: life.uninstall(slack, body),
            "zendesk/ticket": lambda body: zendesk_people.ticket(desk, body),
            "zendesk/comment": lambda body: zendesk_people.comment(desk, body),
            "zendesk/update": lambda body: zendesk_people.update(desk, body),
            "zendesk/merge": lambda body: zendesk_people.merge(desk, body),
            "zendesk/delete": lambda body: zendesk_people.delete(desk, body),
            "zendesk/suspend": lambda body: zendesk_people.suspend(desk, body),
            "config": self._config,
            "faults": self._faults,
            "limits": self._limits,
            "reset": self._reset,
        }
        self._gets: dict[str, Callable[[Call], JSON]] = {
            "state": lambda _: state_json(sandbox.world),
            "config": lambda _: self._config_json(),
            "faults": lambda _: sandbox.faults.as_json(),
            "limits": lambda _: {"enabled": sandbox.limits.enabled},
            "requests": self._requests,
            "deliveries": lambda _: self._deliveries(),
        }

    def answer(self, call: Call, path: str) -> Answer:
        """Any problem is a 4xx with ``{"error"}``."""
        origin = call.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != call.headers.get("host"):
            return Answer(403, {"error": "other sites' pages may not steer the sandbox"})
        try:
            if call.method == "GET" and path.startswith("files/"):
                return self._file(path.removeprefix("files/"))
            if call.method == "GET" and path in self._gets:
                return Answer(200, self._gets[path](call))
            if call.method == "POST" and path in self._posts:
                return Answer(200, self._posts[path](call.json()))
            known = path in self._gets or path in self._posts
            return Answer(405 if known else 404, {"error": "no such route"})
        except ZendeskError as error:
            return Answer(404 if error.status == 404 else 400, {"error": _words(error.body)})
        except SlackError as error:
            return Answer(400, {"error": error.code})
        except (Misuse, BadBody, ValueError, TypeError, KeyError, AttributeError) as error:
            return Answer(400, {"error": str(error) or type(error).__name__})

    async def changes(self) -> AsyncGenerator[bytes, None]:
        """Server-sent events: ``changed`` now and at every change, many changes in one."""
        world = self._sandbox.world
        watcher = world.watch()
        try:
            while not world.closing:
                yield f'event: changed\ndata: {{"version":{world.state.version}}}\n\n'.encode()
                while not world.closing:
                    try:
                        async with asyncio.timeout(PING_SECONDS):
                            await watcher.wait()
                        break
                    except TimeoutError:
                        yield b": ping\n\n"
                watcher.clear()
        finally:
            world.unwatch(watcher)

    def _config(self, body: JSON) -> JSON:
        config = self._sandbox.world.config
        unknown = set(body) - set(_TEXTS) - set(_NUMBERS) - set(_LISTS)
        unknown -= {"notes", "zendesk_webhook_style", "own_message_events"}
        style = body.get("zendesk_webhook_style", config.zendesk_webhook_style)
        if unknown or style not in {"native", "trigger", "both"}:
            raise Misuse(f"unknown: {', '.join(sorted(unknown)) or style}")
        notes = body.get("notes", {})
        if not isinstance(notes, dict):
            raise Misuse("notes is an object")
        values: JSON = {name: str(body[name] or "") for name in _TEXTS if name in body}
        values |= {name: float(body[name]) for name in _NUMBERS if name in body}
        values |= {name: [float(v) for v in body[name]] for name in _LISTS if name in body}
        if "own_message_events" in body:
            values["own_message_events"] = body["own_message_events"] is True
        config.zendesk_webhook_style = style
        for name, value in values.items():
            setattr(config, name, value)
        self._sandbox.world.state.notes |= notes
        self._sandbox.world.changed()
        self._sandbox.deliveries.resume()
        return self._config_json()

    def _config_json(self) -> JSON:
        config = self._sandbox.world.config
        names = (*_TEXTS[:2], "zendesk_webhook_style", *_NUMBERS, *_LISTS, "own_message_events")
        shown: dict[str, Any] = {name: getattr(config, name) for name in names}
        return shown | {"notes": self._sandbox.world.state.notes}

    def _faults(self, body: JSON) -> JSON:
        self._sandbox.faults.replace(body)
        return self._sandbox.faults.as_json()

    def _limits(self, body: JSON) -> JSON:
        if not isinstance(body.get("enabled"), bool):
            raise Misuse("enabled is true or false")
        self._sandbox.limits.enabled = body["enabled"]
        self._sandbox.limits.clear()
        return {"enabled": self._sandbox.limits.enabled}

    def _reset(self, _: JSON) -> JSON:
        sandbox = self._sandbox
        sandbox.deliveries.forget()
        sandbox.faults.replace({})
        sandbox.limits.enabled = True
        sandbox.limits.clear()
        sandbox.world.reset()
        return {"version": sandbox.world.state.version}

    def _requests(self, call: Call) -> JSON:
        return self._sandbox.record.since(int(call.query.get("since", "0")))

    def _deliveries(self) -> JSON:
        deliveries = self._sandbox.deliveries
        return {"pending": len(self._sandbox.world.state.pending), "log": list(deliveries.log)}

    def _file(self, file_id: str) -> Answer:
        found = self._sandbox.world.slack.files.get(file_id)
        if found is None:
            return Answer(404, {"error": "no such file"})
        return file_answer(found.name, found.mimetype, found.content)


def _words(body: JSON) -> str:
    """A vendor error in one line."""
    for reasons in (body.get("details") or {}).values():
        return str(reasons[0]["description"])
    return str(body.get("description") or body.get("error"))
