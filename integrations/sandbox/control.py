"""The sandbox's own routes: state, live changes, people's actions, faults, limits, the request log."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator

from integrations.sandbox.core.deliveries import Deliveries
from integrations.sandbox.core.faults import Faults
from integrations.sandbox.core.limits import Limits
from integrations.sandbox.core.record import Record
from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call
from integrations.sandbox.core.world import World
from integrations.sandbox.slack import administration, modals
from integrations.sandbox.slack import people as slack_people
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.files import file_answer
from integrations.sandbox.slack.installs import administration as installs
from integrations.sandbox.slack.people import Misuse
from integrations.sandbox.view import state_json
from integrations.sandbox.zendesk import people as zendesk_people
from integrations.sandbox.zendesk.account import administration as zendesk_account
from integrations.sandbox.zendesk.account import articles
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.write import ZendeskError

PING_SECONDS = 15.0
_SECRETS = {"slack_signing_secret", "zendesk_webhook_secret"}
_Text = Annotated[str, BeforeValidator(lambda value: value or "")]


class ConfigChange(BaseModel, extra="forbid"):
    """What ``POST /_sandbox/config`` takes; what is not given stays as it is."""

    slack_events_url: _Text = ""
    slack_signing_secret: _Text = ""
    slack_status: Literal["both", "sessions", "threads"] = "both"
    zendesk_webhook_url: _Text = ""
    zendesk_webhook_secret: _Text = ""
    zendesk_webhook_style: Literal["native", "trigger", "both"] = "native"
    slack_retry_delays: list[float] = []
    zendesk_retry_delays: list[float] = []
    search_lag_seconds: float = 0.0
    incremental_lag_seconds: float = 0.0
    own_message_events: bool = True
    notes: JSON = {}


def refused_origin(call: Call) -> Answer | None:
    """Return the refusal of a request that another site's page sends, None for any other."""
    origin = call.headers.get("origin")
    if origin is None or urlsplit(origin).netloc == call.headers.get("host"):
        return None
    return Answer(403, {"error": "other sites' pages may not steer the sandbox"})


class Control:
    """Answers ``/_sandbox/…``."""

    def __init__(
        self,
        world: World,
        slack: Slack,
        desk: Desk,
        faults: Faults,
        limits: Limits,
        deliveries: Deliveries,
        record: Record,
    ) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._deliveries = deliveries
        self._record = record
        self._posts: dict[str, Callable[[JSON], JSON]] = {
            "slack/post": lambda body: slack_people.post(slack, body),
            "slack/join": lambda body: slack_people.join(slack, body),
            "slack/edit": lambda body: slack_people.edit(slack, body),
            "slack/delete": lambda body: slack_people.delete(slack, body),
            "slack/click": lambda body: slack_people.click(slack, body),
            "slack/submit": lambda body: modals.submit(slack, body),
            "slack/close": lambda body: modals.close(slack, body),
            "slack/open_home": lambda body: slack_people.open_home(slack, body),
            "slack/stop": lambda body: slack_people.stop(slack, body),
            "slack/archive": lambda body: administration.archive(slack, body),
            "slack/leave": lambda body: administration.leave(slack, body),
            "slack/rename": lambda body: administration.rename(slack, body),
            "slack/uninstall": lambda body: _uninstall(slack, body),
            "slack/workspace": lambda body: installs.add_workspace(slack, body),
            "slack/revoke": lambda body: installs.revoke_token(slack, body),
            "slack/access": lambda body: installs.change_access(slack, body),
            "zendesk/ticket": lambda body: zendesk_people.ticket(desk, body),
            "zendesk/comment": lambda body: zendesk_people.comment(desk, body),
            "zendesk/update": lambda body: zendesk_people.update(desk, body),
            "zendesk/merge": lambda body: zendesk_people.merge(desk, body),
            "zendesk/delete": lambda body: zendesk_people.delete(desk, body),
            "zendesk/account": lambda body: zendesk_account.change(desk, body),
            "zendesk/macro": lambda body: zendesk_account.use_macro(desk, body),
            "zendesk/publish": lambda body: articles.publish(desk, body),
            "zendesk/suspend": lambda body: zendesk_people.suspend(desk, body),
            "config": self._config,
            "faults": self._replace_faults,
            "limits": self._switch_limits,
            "reset": self._reset,
        }
        self._gets: dict[str, Callable[[Call], JSON]] = {
            "state": lambda _: state_json(world),
            "config": lambda _: self._config_json(),
            "faults": lambda _: faults.as_json(),
            "zendesk/mails": lambda _: {"mails": world.zendesk.mails},
            "limits": lambda _: {"enabled": limits.enabled},
            "requests": lambda call: record.since(int(call.query.get("since", "0"))),
            "deliveries": lambda _: {"pending": len(world.state.pending), "log": list(deliveries.log)},
        }

    def answer(self, call: Call, path: str) -> Answer:
        """Any problem is a 4xx with ``{"error"}``."""
        if refused := refused_origin(call):
            return refused
        try:
            return self._routed(call, path)
        except ZendeskError as error:
            return Answer(404 if error.status == 404 else 400, {"error": _words(error.body)})
        except SlackError as error:
            return Answer(400, {"error": error.code})
        except (Misuse, BadBody, ValueError, TypeError, KeyError, AttributeError) as error:
            return Answer(400, {"error": str(error) or type(error).__name__})

    def _routed(self, call: Call, path: str) -> Answer:
        if call.method == "GET" and path.startswith("files/"):
            return self._file(path.removeprefix("files/"))
        if call.method == "GET" and path in self._gets:
            return Answer(200, self._gets[path](call))
        if call.method == "POST" and path in self._posts:
            return Answer(200, self._posts[path](call.json()))
        known = path in self._gets or path in self._posts
        return Answer(405 if known else 404, {"error": "no such route"})

    async def changes(self) -> AsyncGenerator[bytes, None]:
        """Server-sent events: ``changed`` now and at every change, many changes in one."""
        world = self._world
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
        change = ConfigChange.model_validate(body)
        for name in change.model_fields_set - {"notes"}:
            setattr(self._world.config, name, getattr(change, name))
        self._world.state.notes |= change.notes
        self._world.changed()
        self._deliveries.resume()
        return self._config_json()

    def _config_json(self) -> JSON:
        config = asdict(self._world.config)
        shown = {name: value for name, value in config.items() if name not in _SECRETS}
        return shown | {"notes": self._world.state.notes}

    def _replace_faults(self, body: JSON) -> JSON:
        self._faults.replace(body)
        return self._faults.as_json()

    def _switch_limits(self, body: JSON) -> JSON:
        if not isinstance(body.get("enabled"), bool):
            raise Misuse("enabled is true or false")
        self._limits.enabled = body["enabled"]
        self._limits.clear()
        return {"enabled": self._limits.enabled}

    def _reset(self, _: JSON) -> JSON:
        self._deliveries.forget()
        self._faults.replace({})
        self._limits.enabled = True
        self._limits.clear()
        self._world.reset()
        return {"version": self._world.state.version}

    def _file(self, file_id: str) -> Answer:
        found = self._world.slack.files.get(file_id)
        if found is None:
            return Answer(404, {"error": "no such file"})
        return file_answer(found.name, found.mimetype, found.content)


def _uninstall(slack: Slack, body: JSON) -> JSON:
    """From the first workspace, or from a further one, or a whole organisation, that the body names."""
    is_further = bool(body.get("team") or body.get("organisation"))
    return installs.remove_app(slack, body) if is_further else administration.uninstall(slack, body)


def _words(body: JSON) -> str:
    """A vendor error in one line."""
    for reasons in (body.get("details") or {}).values():
        return str(reasons[0]["description"])
    return str(body.get("description") or body.get("error"))
