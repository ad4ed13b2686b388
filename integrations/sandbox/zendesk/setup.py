"""Webhooks as an administrator sets them up.

https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
"""

import base64
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from integrations.sandbox.core.clock import iso
from integrations.sandbox.core.deliveries import Deliveries
from integrations.sandbox.core.wire import JSON, Answer, BadBody, names
from integrations.sandbox.core.world import Delivery
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.state import Webhook
from integrations.sandbox.zendesk.webhooks import KIND, ulid, webhook, webhooks
from integrations.sandbox.zendesk.write import ZendeskError, not_found

WEBHOOK = names(
    "name description endpoint http_method request_format status subscriptions authentication custom_headers"
)
_NEEDED = ("name", "endpoint", "http_method", "request_format", "status")


def list_webhooks(ask: Ask) -> Answer:
    """GET /webhooks"""
    wanted = ask.call.query.get("filter[name_contains]", "").lower()
    found = [h for h in webhooks(ask.desk.world) if wanted in str(h.settings["name"]).lower()]
    return ask.page("webhooks", found, lambda h: _webhook_json(ask, h))


def create_webhook(ask: Ask) -> Answer:
    """POST /webhooks; the secret is made here and read from signing_secret."""
    wanted = ask.body("webhook", WEBHOOK)
    for name in _NEEDED:
        if not wanted.get(name):
            raise _bad(f"{name} can't be blank")
    _check_webhook(wanted)
    now = ask.desk.now()
    hook = Webhook(ulid(), _secret(), {"subscriptions": [], **wanted}, now, now)
    ask.desk.state.webhooks[hook.id] = hook
    ask.desk.world.changed()
    return ask.answer({"webhook": _webhook_json(ask, hook)}, 201)


def show_webhook(ask: Ask) -> Answer:
    """GET /webhooks/{id}"""
    return ask.answer({"webhook": _webhook_json(ask, _hook(ask))})


def change_webhook(ask: Ask) -> Answer:
    """PUT, PATCH, DELETE /webhooks/{id}: 204; the kind of subscription never changes."""
    hook = ask.desk.state.webhooks.get(ask.ids[0])
    if hook is None:
        raise not_found()
    if ask.call.method == "DELETE":
        del ask.desk.state.webhooks[hook.id]
    else:
        wanted = {**hook.settings, **ask.body("webhook", WEBHOOK)}
        _check_webhook(wanted)
        if _conditional(wanted) != _conditional(hook.settings):
            raise _bad("subscriptions cannot be changed between events and triggers")
        hook.settings, hook.updated_at = wanted, ask.desk.now()
    ask.desk.world.changed()
    return Answer(204)


def signing_secret(ask: Ask) -> Answer:
    """GET shows, POST resets the signing secret."""
    hook = _hook(ask)
    status = 200
    if ask.call.method == "POST":
        hook.secret, status = _secret(), 201
        ask.desk.world.changed()
    return ask.answer({"signing_secret": {"secret": hook.secret, "algorithm": "SHA256"}}, status)


def tester(deliveries: Deliveries) -> Callable[[Ask], Awaitable[Answer]]:
    """POST /webhooks/test: one delivery, answered with what came back."""

    async def test(ask: Ask) -> Answer:
        try:
            request = ask.call.json().get("request") or {}
        except BadBody as error:
            raise _bad("request is missing") from error
        hook_id = ask.call.query.get("webhook_id", "")
        if webhook(ask.desk.world, hook_id) is None:
            raise not_found()
        body = str(request.get("payload") or "{}")
        outcome = await deliveries.post(Delivery(ulid(), KIND, body, 0.0, webhook_id=hook_id))
        headers = [{"key": k, "value": v} for k, v in (outcome.headers or {}).items()]
        response = {"headers": headers, "status_code": outcome.status, "payload": outcome.text}
        return ask.answer({"response": response})

    return test


def invocations(deliveries: Deliveries) -> Callable[[Ask], Answer]:
    """GET /webhooks/{id}/invocations and …/{id}/attempts, as far back as the log goes."""

    def listing(ask: Ask) -> Answer:
        hook = _hook(ask)
        log = [entry for entry in deliveries.log if entry["webhook_id"] == hook.id]
        if len(ask.ids) > 1:
            attempts = [e for e in log if e["id"] == ask.ids[1]]
            return ask.page("attempts", attempts, _attempt_json)
        last = list({e["id"]: e for e in log}.values())
        is_newest_first = ask.call.query.get("sort", "").startswith("-")
        return ask.page("invocations", last[::-1] if is_newest_first else last, _invocation_json)

    return listing


def _hook(ask: Ask) -> Webhook:
    found = webhook(ask.desk.world, ask.ids[0])
    if found is None:
        raise not_found()
    return found


def _check_webhook(settings: JSON) -> None:
    parts = urlsplit(str(settings["endpoint"]))
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise _bad("endpoint is not a valid URL")
    if settings["status"] not in {"active", "inactive"}:
        raise _bad("status is not valid")
    if _conditional(settings) and len(settings["subscriptions"]) > 1:
        raise _bad("conditional_ticket_events cannot be combined with events")


def _conditional(settings: JSON) -> bool:
    return "conditional_ticket_events" in (settings.get("subscriptions") or [])


def _bad(text: str) -> ZendeskError:
    return ZendeskError(400, {"error": "InvalidWebhook", "description": text})


def _secret() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _webhook_json(ask: Ask, hook: Webhook) -> JSON:
    who = str(ask.desk.state.bot_id)
    shape = {"id": hook.id, **hook.settings, "created_at": hook.created_at, "created_by": who}
    shape |= {"updated_at": hook.updated_at, "updated_by": who}
    if isinstance(shape.get("authentication"), dict):
        # Secrets are write-only.
        shape["authentication"] = {k: v for k, v in shape["authentication"].items() if k != "data"}
    return shape


def _attempt_json(entry: JSON) -> JSON:
    completed = iso(entry["at"])
    return {
        "id": f"{entry['id']}-{entry['attempt']}",
        "invocation_id": entry["id"],
        "status_code": entry["status"] or None,
        "status": _status(entry),
        "request": {"headers": [], "payload": entry["body"]},
        "response": {"headers": [], "payload": entry["answer"]},
        "completed_at": completed,
    }


def _invocation_json(entry: JSON) -> JSON:
    shape: JSON = {"id": entry["id"], "status_code": entry["status"] or None, "status": _status(entry)}
    return shape | {"latest_completed_at": iso(entry["at"])}


def _status(entry: JSON) -> str:
    return "success" if 200 <= entry["status"] < 300 else "failed"
