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

from .clock import iso, iso_nano
from .deliveries import Deliveries, Outcome
from .wire import JSON
from .world import Delivery, World
from .zendesk_desk import Write
from .zendesk_state import Audit, Comment, Ticket, Webhook, ZendeskUser

KIND = "zendesk"
ACCOUNT = 10_000_001
CONFIGURED = "01SANDB0XC0NF1GVREDWEBH00K"
TYPES = (
    "ticket.created",
    "ticket.comment_added",
    "ticket.status_changed",
    "ticket.tags_changed",
    "ticket.agent_assignment_changed",
    "ticket.group_assignment_changed",
    "ticket.merged",
)
_CHANGES = {
    "status": "ticket.status_changed",
    "priority": "ticket.priority_changed",
    "assignee_id": "ticket.agent_assignment_changed",
    "group_id": "ticket.group_assignment_changed",
}
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

    def request(self, delivery: Delivery) -> tuple[str, dict[str, str]]:
        """Where to and with which headers, signed now."""
        hook = webhook(self._world, delivery.webhook_id)
        if hook is None:
            return "", {}
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
        found: list[tuple[str, JSON]] = [("ticket.created", {})] if created else []
        commented = False
        for event in audit.events:
            if event["type"] == "Comment":
                commented = True
                comment = next(c for c in ticket.comments if c.id == event["id"])
                found.append(("ticket.comment_added", {"comment": self._comment(comment)}))
            elif event["type"] == "Change":
                found += _changed(event)
        style = self._world.config.zendesk_webhook_style
        if style in {"trigger", "both"} and self._world.config.zendesk_webhook_url:
            name = "created" if created else "commented" if commented else "updated"
            self.invoke(CONFIGURED, json.dumps({"ticket_id": str(ticket.id), "event": name}))
        self._emit(ticket, write.actor, found)

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
                "detail": _detail(ticket, actor),
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

    def _comment(self, comment: Comment) -> JSON:
        author = self._world.zendesk.users[comment.author_id]
        return {
            "id": str(comment.id),
            "body": comment.body,
            "html_body": comment.html_body,
            "is_public": comment.public,
            "author": {"id": str(author.id), "is_staff": author.staff, "name": author.name},
        }


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


def _changed(event: JSON) -> list[tuple[str, JSON]]:
    name, value, previous = event["field_name"], event["value"], event["previous_value"]
    if name == "tags":
        added = [t for t in value if t not in previous]
        removed = [t for t in previous if t not in value]
        return [("ticket.tags_changed", {"tags_added": added, "tags_removed": removed})]
    if name not in _CHANGES:
        return []
    if name in {"status", "priority"}:
        value, previous = _upper(value), _upper(previous)
    return [(_CHANGES[name], {"current": value, "previous": previous})]


def _detail(ticket: Ticket, actor: ZendeskUser) -> JSON:
    return {
        "actor_id": str(actor.id),
        "assignee_id": _text(ticket.assignee_id),
        "brand_id": str(ticket.brand_id),
        "created_at": ticket.created_at,
        "custom_status": None,
        "description": ticket.description,
        "external_id": ticket.external_id,
        "form_id": str(ticket.ticket_form_id),
        "group_id": _text(ticket.group_id),
        "id": str(ticket.id),
        "is_public": any(c.public for c in ticket.comments),
        "organization_id": _text(ticket.organization_id),
        "priority": _upper(ticket.priority),
        "requester_id": str(ticket.requester_id),
        "status": _upper(ticket.status),
        "subject": ticket.subject,
        "submitter_id": str(ticket.submitter_id),
        "tags": ticket.tags or None,
        "type": _upper(ticket.type),
        "updated_at": ticket.updated_at,
        "via": {"channel": "web_service" if ticket.via_channel == "api" else ticket.via_channel},
    }


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


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _upper(value: str | None) -> str | None:
    return value.upper() if value else None
