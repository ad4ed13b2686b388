"""Dispatches Support API requests: credentials, scopes, limits, then the endpoint."""

import inspect

from integrations.sandbox.core.deliveries import Deliveries
from integrations.sandbox.core.limits import Limits
from integrations.sandbox.core.wire import JSON, Answer, Call
from integrations.sandbox.zendesk import setup
from integrations.sandbox.zendesk.account.permissions import check_permission
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.login import Login
from integrations.sandbox.zendesk.routes import ROUTES, Handler
from integrations.sandbox.zendesk.state import ZendeskUser
from integrations.sandbox.zendesk.write import ZendeskError

ACCOUNT_PER_MINUTE = 400
TICKET_UPDATES, TICKET_UPDATE_SECONDS = 30, 600.0
UPDATES_PER_MINUTE = 100
CREATES_PER_MINUTE = 300
INCREMENTAL_PER_MINUTE = 10
_TEXT_IDS = {"webhooks", "job_statuses", "uploads", "invocations"}
_LITERALS = {"test"}
_WRITES = {
    ("PUT", "tickets/{}"),
    ("POST", "tickets/{}/tags"),
    ("PUT", "tickets/{}/tags"),
    ("DELETE", "tickets/{}/tags"),
}


class ZendeskApi:
    """Answers ``/api/v2/…`` and ``/oauth/tokens``."""

    def __init__(self, desk: Desk, limits: Limits, deliveries: Deliveries) -> None:
        self._desk = desk
        self._limits = limits
        self.login = Login(desk)
        self._routes: dict[str, Handler] = ROUTES | {
            "GET oauth/tokens/current": self.login.current,
            "DELETE oauth/tokens/{}": self.login.revoke,
            "POST webhooks/test": setup.tester(deliveries),
            "GET webhooks/{}/invocations": setup.invocations(deliveries),
            "GET webhooks/{}/invocations/{}/attempts": setup.invocations(deliveries),
        }

    async def answer(self, call: Call, path: str) -> Answer:
        """The answer to a call; `path` is what follows ``/api/v2/``, without ``.json``."""
        try:
            route, ids = template(path)
            headers = self._account_budget(route)
            handler = self._routes.get(f"{call.method} {route}")
            if handler is None:
                return Answer(404, {"error": {"title": "InvalidEndpoint", "message": "Not found"}}, headers)
            actor, scopes = self.login.who(call, route)
            check_permission(self._desk.state, actor, call.method, route)
            headers |= self._endpoint_budget(call.method, route, ids, actor)
            ask = Ask(self._desk, call, actor, ids, scopes, f"api/v2/{route.partition('/')[0]}", headers=headers)
            result = handler(ask)
            answer = await result if inspect.isawaitable(result) else result
            answer.headers |= {k: v for k, v in headers.items() if k not in answer.headers}
            return answer
        except ZendeskError as error:
            return Answer(error.status, error.body, error.headers)
        except (TypeError, ValueError, KeyError, AttributeError):
            # Values of a type nobody thought of.
            return Answer(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": {}})

    def _account_budget(self, route: str) -> dict[str, str]:
        if not self._limits.enabled:
            return {}
        # The help centre has a budget of its own.
        name = "help_center" if route.startswith(("help_center", "guide")) else "account"
        budget = self._limits.take(f"zendesk:{name}", ACCOUNT_PER_MINUTE, 60.0)
        headers = {
            "x-rate-limit": str(budget.total),
            "x-rate-limit-remaining": str(budget.left),
            "ratelimit-limit": str(budget.total),
            "ratelimit-remaining": str(budget.left),
            "ratelimit-reset": str(budget.resets),
        }
        if budget.wait:
            raise _too_many(budget.wait, "Number of allowed API requests per minute exceeded", headers)
        return headers

    def _endpoint_budget(self, method: str, route: str, ids: tuple[str, ...], actor: ZendeskUser) -> dict[str, str]:
        if not self._limits.enabled:
            return {}
        name, total, seconds, text = "", 0, 60.0, "Rate limit exceeded"
        if (method, route) in _WRITES:
            key = f"zendesk:ticket:{ids[0]}:{actor.id}"
            budget = self._limits.take(key, TICKET_UPDATES, TICKET_UPDATE_SECONDS)
            if budget.wait:
                raise _too_many(budget.wait, "Too many updates of this ticket by this user", {})
            name, total = "tickets-update", UPDATES_PER_MINUTE
        elif (method, route) == ("POST", "tickets"):
            name, total = "ticket-request-create-by-user-and-ip", CREATES_PER_MINUTE
        elif route.startswith("incremental"):
            name, total = "incremental-exports", INCREMENTAL_PER_MINUTE
        if not name:
            return {}
        budget = self._limits.take(f"zendesk:{name}", total, seconds)
        value = f"total={budget.total}; remaining={budget.left}; resets={budget.resets}"
        headers = {f"zendesk-ratelimit-{name}": value}
        if budget.wait:
            raise _too_many(budget.wait, text, headers)
        return headers


def template(path: str) -> tuple[str, tuple[str, ...]]:
    """A path with its ids taken out: ``tickets/7/comments`` is ``tickets/{}/comments`` and ``("7",)``."""
    parts: list[str] = []
    ids: list[str] = []
    previous = ""
    for part in path.split("/"):
        numeric = part.isascii() and part.isdigit() and len(part) < 19
        if numeric or (previous in _TEXT_IDS and part not in _LITERALS):
            ids.append(part)
            parts.append("{}")
        else:
            parts.append(part)
        previous = part
    return "/".join(parts), tuple(ids)


def _too_many(wait: int, text: str, headers: dict[str, str]) -> ZendeskError:
    body: JSON = {"error": "APIRateLimitExceeded", "description": text}
    return ZendeskError(429, body, headers | {"Retry-After": str(wait)})
