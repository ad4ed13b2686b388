"""Zendesk's webhooks: native events and trigger bodies, signed over timestamp and raw body.

Events: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/ · signature:
https://developer.zendesk.com/documentation/webhooks/verifying/

A new ticket sends ``ticket.created`` and, for its first comment, ``ticket.comment_added``; the bot's own
API writes send events like anybody's.
"""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from integrations.sandbox.core.clock import iso, iso_nano
from integrations.sandbox.core.deliveries import Deliveries, Outcome
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import Delivery, World
from integrations.sandbox.zendesk.events import TYPES, changed, comment_event, detail
from integrations.sandbox.zendesk.state import Audit, Ticket, Webhook, ZendeskUser
from integrations.sandbox.zendesk.write import Write

KIND = "zendesk"
ACCOUNT = 10_000_001
CONFIGURED = "01SANDB0XC0NF1GVREDWEBH00K"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """``X-Zendesk-Webhook-Signature``: the secret verbatim, never decoded."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def ulid() -> str:
    """An id of the look of webhook and invocation ids."""
    number = uuid.uuid4().int
    return "01" + "".join(_CROCKFORD[(number >> (5 * n)) & 31] for n in range(24))


class ZendeskCourier:
    """12 s per attempt; 409 is retried, 429 and 503 only with a Retry-After under a minute; a 500 is lost."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ack_seconds = world.options.zendesk_ack_seconds

    def request(self, delivery: Delivery) -> tuple[str, dict[str, str]] | None:
        """Where to and with which headers, signed now."""
        hook = webhook(self._world, delivery.webhook_id)
        if hook is None:
            return ("", {}) if delivery.webhook_id == CONFIGURED else None
        timestamp = iso(self._world.clock.now())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": str(ACCOUNT),
            "X-Zendesk-Webhook-Id": hook.id,
            "X-Zendesk-Webhook-Invocation-Id": delivery.id[:26],
            "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
            "X-Zendesk-Webhook-Signature": sign(hook.secret, timestamp, delivery.body.encode()),
        }
        return str(hook.settings["endpoint"]), headers | _credentials(hook.settings.get("authentication"))

    def next_wait(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Zendesk's retries: at most three, for these codes only."""
        delays = self._world.config.zendesk_retry_delays
        if delivery.attempt >= len(delays):
            return None
        if outcome.status == 409:
            return delays[delivery.attempt]
        if outcome.status in {429, 503} and outcome.headers is not None:
            wait = outcome.headers.get("retry-after", "")
            return float(wait) if wait.isdigit() and int(wait) < 60 else None
        return None


class Webhooks:
    """Hears every write and tells who subscribed."""

    def __init__(self, world: World, deliveries: Deliveries) -> None:
        self._world = world
        self._deliveries = deliveries
        deliveries.register(KIND, ZendeskCourier(world))

    def wrote(self, ticket: Ticket, write: Write, audit: Audit, created: bool) -> None:
        """Events of one write share a sequence."""
        if self._wants_trigger_bodies:
            name = _trigger_event(audit, created)
            self.invoke(CONFIGURED, json.dumps({"ticket_id": str(ticket.id), "event": name}))

        found: list[tuple[str, JSON]] = [("ticket.created", {})] if created else []
        for event in audit.events:
            found += self._events_of(event, ticket)
        self._emit(ticket, write.actor, found)

    @property
    def _wants_trigger_bodies(self) -> bool:
        config = self._world.config
        return config.zendesk_webhook_style in {"trigger", "both"} and bool(config.zendesk_webhook_url)

    def _events_of(self, event: JSON, ticket: Ticket) -> list[tuple[str, JSON]]:
        """What subscribers hear of one event of an audit."""
        if event["type"] == "Comment":
            comment = next(c for c in ticket.comments if c.id == event["id"])
            author = self._world.zendesk.users[comment.author_id]
            return [("ticket.comment_added", {"comment": comment_event(comment, author)})]
        return list(changed(event)) if event["type"] == "Change" else []

    def merged(self, source: Ticket, target: Ticket, actor: ZendeskUser) -> None:
        """The source's last event."""
        self._emit(source, actor, [("ticket.merged", {"target_ticket_id": str(target.id)})])

    def invoke(self, webhook_id: str, body: str) -> None:
        """Send a body to a webhook."""
        self._deliveries.send(Delivery(ulid(), KIND, body, 0.0, webhook_id=webhook_id))

    def _emit(self, ticket: Ticket, actor: ZendeskUser, found: list[tuple[str, JSON]]) -> None:
        hooks = [h for h in webhooks(self._world) if h.settings.get("status") == "active"]
        sequence = uuid.uuid4().hex.upper()
        for position, (name, event) in enumerate(found, 1):
            kind = f"zen:event-type:{name}"
            wanting = [h for h in hooks if kind in h.settings.get("subscriptions", [])]
            if not wanting:
                continue
            payload = {
                "account_id": ACCOUNT,
                "detail": detail(ticket, actor),
                "event": event | {"meta": {"sequence": {"id": sequence, "position": position}}},
                "id": str(uuid.uuid4()),
                "subject": f"zen:ticket:{ticket.id}",
                "time": iso_nano(self._world.clock.now()),
                "type": kind,
                "zendesk_event_version": "2022-11-06",
            }
            # Real bodies are pretty-printed and end in a newline: the signature covers those bytes.
            body = json.dumps(payload, indent=3) + "\n"
            for hook in wanting:
                self.invoke(hook.id, body)


def _trigger_event(audit: Audit, created: bool) -> str:
    """How a trigger's body names the write."""
    if created:
        return "created"
    commented = any(event["type"] == "Comment" for event in audit.events)
    return "commented" if commented else "updated"


def webhooks(world: World) -> list[Webhook]:
    """Those made through the API, and the configured one."""
    made = list(world.zendesk.webhooks.values())
    configured = webhook(world, CONFIGURED)
    return [configured, *made] if configured else made


def webhook(world: World, webhook_id: str) -> Webhook | None:
    """A webhook by id."""
    if webhook_id != CONFIGURED:
        return world.zendesk.webhooks.get(webhook_id)
    config = world.config
    if not config.zendesk_webhook_url:
        return None
    native = config.zendesk_webhook_style in {"native", "both"}
    subscriptions = [f"zen:event-type:{t}" for t in TYPES] if native else ["conditional_ticket_events"]
    settings = {
        "name": "Frontdesk (sandbox)",
        "description": None,
        "status": "active",
        "endpoint": config.zendesk_webhook_url,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": subscriptions,
    }
    created = "2026-01-01T00:00:00Z"
    return Webhook(CONFIGURED, config.zendesk_webhook_secret, settings, created, created)


def _credentials(authentication: Any) -> dict[str, str]:
    if not isinstance(authentication, dict):
        return {}
    kind, data = authentication.get("type"), authentication.get("data") or {}
    if kind == "bearer_token":
        return {"Authorization": f"Bearer {data.get('token')}"}
    if kind == "basic_auth":
        pair = f"{data.get('username')}:{data.get('password')}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    if kind == "api_key":
        return {str(data.get("name")): str(data.get("value"))}
    return {}
