"""Dispatches Web API requests: token, method, arguments, limits, then the method itself."""

import json
from collections.abc import Callable
from typing import Any

from integrations.sandbox.core.limits import Limits
from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call
from integrations.sandbox.slack import channels, chat, files, other_methods, stream, views
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.installs import consent
from integrations.sandbox.slack.installs.tokens import signed_in
from integrations.sandbox.slack.methods import JSON_ARGS, METHODS, Method

SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,files:read,files:write,"
    "groups:history,groups:read,im:history,im:read,im:write,mpim:history,mpim:read,reactions:read,reactions:write,"
    "team:read,users:read,users:read.email,conversations.connect:read"
)
Handler = Callable[[Slack, JSON], JSON]
HANDLERS: dict[str, Handler] = {
    **channels.HANDLERS,
    **chat.HANDLERS,
    **stream.HANDLERS,
    **files.HANDLERS,
    **other_methods.HANDLERS,
    **views.HANDLERS,
}
CHANNEL_BURST = 5
_SECRETS = frozenset({"token", "client_secret", "code"})
# What a method says to JSON text that is none; the others say invalid_array_arg.
_BROKEN = {
    ("chat.postMessage", "blocks"): "invalid_blocks_format",
    ("chat.postEphemeral", "blocks"): "invalid_blocks_format",
    ("chat.update", "blocks"): "invalid_blocks_format",
    ("chat.stopStream", "blocks"): "invalid_blocks",
    ("chat.postMessage", "metadata"): "invalid_metadata_format",
    ("chat.update", "metadata"): "invalid_metadata_format",
    ("chat.stopStream", "metadata"): "invalid_metadata_format",
    ("chat.startStream", "chunks"): "invalid_chunks",
    ("chat.appendStream", "chunks"): "invalid_chunks",
    ("chat.stopStream", "chunks"): "invalid_chunks",
}


class SlackApi:
    """Answers ``/slack/api/{method}``."""

    def __init__(self, slack: Slack, limits: Limits) -> None:
        self._slack = slack
        self._limits = limits

    def answer(self, call: Call, name: str) -> tuple[Answer, JSON]:
        """The answer and the arguments as parsed (for the request log)."""
        args: JSON = {}
        try:
            args = _arguments(call, name)
            return self._run(call, name, args), _shown(args)
        except SlackError as error:
            return Answer(200, {"ok": False, "error": error.code, **error.extra}), _shown(args)
        except (TypeError, ValueError, KeyError, AttributeError):
            # Arguments of a type nobody thought of: Slack says this for what it cannot digest.
            return Answer(200, {"ok": False, "error": "fatal_error"}), _shown(args)

    def _run(self, call: Call, name: str, args: JSON) -> Answer:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if name == consent.METHOD:
            _check(method, args)
            return Answer(200, {"ok": True, **consent.access(self._slack, args, call)})
        token = call.bearer or str(args.pop("token", ""))
        if not token:
            raise SlackError("not_authed")
        slack = signed_in(self._slack, token, str(args.get("team_id") or ""))
        wait = self._wait(slack.team or slack.organisation, name, method, args)
        if wait:
            return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(wait)})
        _check(method, args)
        body = HANDLERS[name](slack, args)
        headers = {"x-oauth-scopes": SCOPES, "x-slack-req-id": self._slack.world.slack.next_id("R")}
        return Answer(200, {"ok": True, **body}, headers)

    def _wait(self, owner: str, name: str, method: Method, args: JSON) -> int:
        wait = self._limits.take(f"slack:{owner}:{name}", method.per_minute, 60.0).wait
        if not wait and name == "chat.postMessage":
            # One message a second and channel, short bursts pass.
            channel = f"slack:channel:{args.get('channel')}"
            wait = self._limits.take(channel, CHANNEL_BURST, float(CHANNEL_BURST)).wait
        return wait


def _shown(args: JSON) -> JSON:
    """Arguments as the request log has them."""
    return {name: value for name, value in args.items() if name not in _SECRETS}


def _arguments(call: Call, name: str) -> JSON:
    args: JSON = dict(call.query)
    try:
        if call.content_type == "application/json":
            # Slack reads JSON bodies only where the token came in the header.
            if not call.bearer:
                raise SlackError("not_authed")
            args |= call.json()
        elif call.body:
            args |= call.form()
    except BadBody as error:
        raise SlackError("invalid_form_data") from error
    return {key: _parsed(name, key, value) for key, value in args.items() if value is not None}


def _parsed(name: str, key: str, value: Any) -> Any:
    if key not in JSON_ARGS or not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise SlackError(_BROKEN.get((name, key), "invalid_array_arg")) from error


def _check(method: Method, args: JSON) -> None:
    """Unknown arguments are refused, which is stricter than Slack: it ignores most of them."""
    for name, error in method.required.items():
        if args.get(name) is None or (args[name] == "" and name != "status"):
            message = f"[ERROR] missing required field: {name}"
            raise SlackError(error, response_metadata={"messages": [message]})
    unknown = set(args) - set(method.required) - method.optional - {"token"}
    if unknown:
        message = f"[ERROR] unknown argument: {', '.join(sorted(unknown))}"
        raise SlackError("invalid_arg_name", response_metadata={"messages": [message]})
