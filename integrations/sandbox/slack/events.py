"""Slack's events and interactivity as the bot receives them.

Envelope, retries: https://docs.slack.dev/apis/events-api/ · signature:
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
import uuid
from urllib.parse import urlencode

from integrations.sandbox.core.deliveries import Deliveries, Outcome
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import Delivery, World
from integrations.sandbox.slack.shapes import channel_type, event_message
from integrations.sandbox.slack.state import APP_ID, BOT_ID, BOT_USER, TEAM_ID, AppInstall, Channel, Message

EVENT = "slack_event"
INTERACTION = "slack_interaction"
SUBMISSION = "slack_submission"
_FORMS = {INTERACTION, SUBMISSION}
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - Slack's own deprecated field


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """``X-Slack-Signature`` of a raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class SlackCourier:
    """Delivers within 3 s; events are retried at once, after one and after five minutes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ack_seconds = world.options.slack_ack_seconds

    def request(self, delivery: Delivery) -> tuple[str, dict[str, str]] | None:
        """Where to and with which headers, signed now."""
        config = self._world.config
        timestamp = str(int(self._world.clock.now()))
        form = delivery.kind in _FORMS
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(config.slack_signing_secret, timestamp, delivery.body.encode()),
        }
        if delivery.attempt:
            headers["X-Slack-Retry-Num"] = str(delivery.attempt)
            headers["X-Slack-Retry-Reason"] = delivery.reason
        return config.slack_events_url, headers

    def next_wait(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Slack's retry schedule; interactivity is never retried."""
        delays = self._world.config.slack_retry_delays
        ended = 200 <= outcome.status < 300 or delivery.kind in _FORMS
        if ended or delivery.attempt >= len(delays):
            return None
        if outcome.headers is not None and outcome.headers.get("x-slack-no-retry") == "1":
            return None
        delivery.reason = outcome.reason or "http_error"
        return delays[delivery.attempt]


class SlackEvents:
    """Turns what happens in the workspace into deliveries."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries
        courier = SlackCourier(world)
        deliveries.register(EVENT, courier)
        deliveries.register(INTERACTION, courier)

    def posted(self, message: Message) -> None:
        """Somebody wrote: ``message``, and ``app_mention`` beside it in a channel, in either order."""
        channel = self._world.slack.channels[message.channel]
        if BOT_USER not in channel.members or message.ephemeral_for:
            return
        own = message.user == BOT_USER
        if not self._told_of(own):
            return
        inner = event_message(self._world, message)
        inner |= {"channel": channel.id, "event_ts": message.ts, "channel_type": channel_type(channel)}
        events = [inner]
        if not own and channel.kind != "im" and f"<@{BOT_USER}>" in message.text:
            mention = {k: v for k, v in inner.items() if k not in {"channel_type", "subtype"}}
            events.append(mention | {"type": "app_mention"})
            self._world.random.shuffle(events)
        for event in events:
            self.emit(event, channel)

    def changed(self, message: Message, previous: JSON, edited_at: str) -> None:
        """A message's text, blocks or thread counters changed (our own edits too)."""
        channel = self._world.slack.channels[message.channel]
        own = message.user == BOT_USER
        if BOT_USER not in channel.members or not self._told_of(own):
            return
        self._hidden(channel, edited_at, "message_changed", previous, event_message(self._world, message))

    def deleted(self, channel: Channel, previous: JSON, deleted_at: str) -> None:
        """A message is gone."""
        own = previous.get("user") == BOT_USER
        if BOT_USER in channel.members and self._told_of(own):
            self._hidden(channel, deleted_at, "message_deleted", previous, None)

    def emit(self, event: JSON, channel: Channel | None) -> None:
        """Wrap an inner event and send it off, if anybody listens and the app is in the channel's workspace."""
        team = channel.team_id if channel else TEAM_ID
        install = self._install_of(team)
        if team != TEAM_ID and install is None:
            return
        self._send(event, team, install, shared=channel is not None and channel.is_ext_shared)

    def tell(self, event: JSON, install: AppInstall, team: str = "") -> None:
        """What happens to an installation itself; an organisation's may be seen from one of its workspaces (`team`)."""
        self._send(event, install.team or team, install)

    def _install_of(self, team: str) -> AppInstall | None:
        """The living installation that delivers for a further workspace: its own, or its organisation's."""
        state = self._world.slack
        workspace = state.workspaces.get(team)
        if workspace is None:
            return None
        places = [(team, workspace.organisation)]
        if workspace.organisation and team not in state.withheld:
            places.append(("", workspace.organisation))
        living = {(each.team, each.organisation): each for each in state.installs.values() if not each.revoked}
        return next((living[place] for place in places if place in living), None)

    def _send(self, event: JSON, team: str, install: AppInstall | None, *, shared: bool = False) -> None:
        if not self._listening:
            return
        event_id = self._world.slack.next_id("Ev")
        organisation = install.organisation or None if install else None
        is_whole = install is not None and not install.team
        envelope = {
            "token": VERIFICATION_TOKEN,
            "team_id": team or organisation,
            "context_team_id": team or None,
            "context_enterprise_id": organisation,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self._world.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": organisation,
                    "team_id": team or None,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": is_whole,
                }
            ],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{uuid.uuid4().hex}",
        }
        body = json.dumps(envelope, separators=(",", ":"))
        self._deliveries.send(Delivery(event_id, EVENT, body, 0.0))

    def interact(self, payload: JSON, kind: str = INTERACTION) -> None:
        """Send an interactivity payload, form-encoded as Slack does."""
        if not self._listening:
            return
        shared: JSON = {"token": VERIFICATION_TOKEN, "api_app_id": APP_ID, "bot_id": BOT_ID}
        body = urlencode({"payload": json.dumps(payload | shared, separators=(",", ":"))})
        self._deliveries.send(Delivery(f"in-{uuid.uuid4().hex}", kind, body, 0.0))

    def place(self, team: str) -> JSON:
        """Where something was clicked, as payloads say it."""
        install = self._install_of(team)
        organisation = install.organisation if install else ""
        return {
            "team": {"id": team, "domain": "acme-store" if team == TEAM_ID else team.lower()},
            "enterprise": {"id": organisation, "name": organisation} if organisation else None,
            "is_enterprise_install": install is not None and not install.team,
        }

    @property
    def _listening(self) -> bool:
        return bool(self._world.config.slack_events_url)

    def _told_of(self, own: bool) -> bool:
        return self._listening and (not own or self._world.config.own_message_events)

    def _hidden(self, channel: Channel, at: str, subtype: str, previous: JSON, message: JSON | None) -> None:
        event: JSON = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel_type(channel),
            "ts": at,
            "event_ts": at,
            "previous_message": previous,
        }
        if message is None:
            event["deleted_ts"] = previous["ts"]
        else:
            event["message"] = message
        self.emit(event, channel)
