"""Registers the events we listen to; Bolt dispatches all of them but plain messages.

Bolt's own request verification is off: the receiver verifies raw bytes before Bolt sees anything, because Bolt parses
first, answers hostile input with 500 and logs refused bodies.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bot.domain.errors import InvalidRequest, TemporaryFailure
from integrations.slack.drafts.submission import parse_submission
from integrations.slack.inbound.admission import EVERYONE, Admission
from integrations.slack.inbound.clicks import check_interaction, parse_click
from integrations.slack.inbound.event_sink import EventSink, accept, submitted
from integrations.slack.inbound.parse import parse_event

EVENTS = (
    "agent_session_stopped",
    "app_context_changed",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "group_archive",
    "group_deleted",
    "group_left",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "team_access_granted",
    "team_access_revoked",
    "tokens_revoked",
)
"""What `manifest.yml` subscribes to; a test compares the two."""

Dispatch = Callable[[Mapping[str, Any]], Awaitable[BoltResponse]]
"""Hands a decoded body to its listener."""

NO_TEXT = "Please write what is to be sent."

_log = logging.getLogger(__name__)
_ANY = re.compile(".*", re.DOTALL)
# Bolt logs bodies: at WARNING those it has no listener for, at DEBUG all.
_QUIET = logging.getLogger("integrations.slack.bolt")
_QUIET.setLevel(logging.CRITICAL + 1)


def create_bolt_app(acceptor: EventSink, api_url: str, admission: Admission = EVERYONE) -> AsyncApp:
    """Return a Bolt app whose listeners accept and answer only afterwards; it calls no API.

    Args:
        admission: whose requests are taken; the others are answered, and nothing follows.
        api_url: base of the Web API; a click's `response_url` is kept when it is there or at Slack.
    """
    app = AsyncApp(
        name="frontdesk",
        logger=_QUIET,
        process_before_response=True,
        signing_secret="",  # not from the environment
        authorize=_authorize,  # in place of auth.test for each event
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    async def on_event(body: Mapping[str, Any]) -> None:
        await accept(acceptor, parse_event(body))

    async def on_action(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        if body.get("type") == "block_actions":
            await accept(acceptor, parse_click(check_interaction(body), api_url))
        await ack()

    async def on_view(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        submission = parse_submission(body) if body.get("type") == "view_submission" else None
        if submission is None:
            await ack()
            return
        problem = await submitted(acceptor, submission) if submission.text else NO_TEXT
        if problem:  # the modal stays, and what was written in it
            await ack(response_action="errors", errors={submission.field: problem})
        else:
            await ack()

    async def on_other(ack: AsyncAck) -> None:
        await ack()

    app.middleware(_letting_in(admission))
    for name in sorted({event.partition(".")[0] for event in EVENTS}):
        app.event(name)(on_event)
    app.action(_ANY)(on_action)
    app.event(_ANY)(on_other)  # an event without a listener would be a 404, which Slack sends again
    app.view(_ANY)(on_view)
    app.view_closed(_ANY)(on_other)
    for register in (app.command, app.shortcut, app.options):
        register(_ANY)(on_other)
    app.error(_on_error)
    return app


def dispatcher_of(acceptor: EventSink, api_url: str, admission: Admission) -> Dispatch:
    """Return what dispatches verified bodies, with an app of its own."""
    app = create_bolt_app(acceptor, api_url, admission)

    async def dispatch(data: Mapping[str, Any]) -> BoltResponse:
        # "socket_mode" is Bolt's name for a body that is decoded already.
        return await app.async_dispatch(AsyncBoltRequest(body=dict(data), mode="socket_mode"))

    return dispatch


def _letting_in(admission: Admission) -> Callable[..., Awaitable[BoltResponse | None]]:
    async def admitted(body: Mapping[str, Any], next_: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        if not await admission.admits(body):
            return BoltResponse(status=200, body="")
        await next_()
        return None

    return admitted


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


async def _on_error(error: Exception) -> BoltResponse:
    """Answer 503 for what could not be stored; whatever else goes wrong is the request's own shape."""
    if isinstance(error, TemporaryFailure):
        return BoltResponse(status=503, body="")
    if not isinstance(error, InvalidRequest):
        _log.warning("Slack request not understood: %s", type(error).__name__)
    return BoltResponse(status=400, body="")
