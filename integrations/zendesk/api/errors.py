"""Maps Zendesk's answers, and missing ones, to our errors. Pure.

https://developer.zendesk.com/api-reference/introduction/requests/#response-format
https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from bot.domain.errors import (
    Conflict,
    FrontdeskError,
    NotFound,
    PermanentFailure,
    SignedOut,
    TemporaryFailure,
    UnknownOutcome,
)

CLOSED = "closed"
"""Code of the `PermanentFailure` that a write to a closed ticket gets."""

ASSIGNEE_REQUIRED = "assignee_required"
"""Code of the `PermanentFailure` for solving a ticket that nobody is assigned to."""

INVALID = "RecordInvalid"
"""Code of the `PermanentFailure` for every other field Zendesk does not take."""

IDEMPOTENT_MISMATCH = "IdempotentRequestError"
"""Code of the `PermanentFailure` for an idempotency key that was used with another body."""

_TICKET_WRITE = re.compile(r"/api/v2/tickets(/[0-9]+)?(\.json)?")
_CODE = re.compile(r"[A-Za-z_ ']{1,60}")
_LIMIT = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")


@dataclass(frozen=True)
class RateLimit:
    """How much of a budget is left; `resets` in seconds, None when Zendesk did not say."""

    total: int
    remaining: int
    resets: int | None = None


def is_ticket_write(method: str, path: str) -> bool:
    """Return whether a request creates or changes a ticket: what must never happen twice unnoticed."""
    return method.upper() in {"POST", "PUT"} and bool(_TICKET_WRITE.fullmatch(path))


def refusal(
    method: str, path: str, status: int, headers: Mapping[str, str], *, body: Any, now: float
) -> FrontdeskError:
    """Return the error that an answer outside 200 to 299 stands for.

    Args:
        body: the parsed JSON, None when the answer is none.
        now: Unix seconds, for a `Retry-After` that is a date.
    """
    named = _code(body)
    code = named or str(status)
    what = f"{method} {_shape(path)}: {status} {named}".rstrip()
    wait = retry_after(headers, now)
    match status:
        case 409 if named == "UpdateConflict":
            return Conflict(what)
        case 409 | 429:
            return TemporaryFailure(what, wait)
        case 503 if wait is not None:
            return TemporaryFailure(what, wait)
        case 401:
            return SignedOut(what)
        case 404 | 410:
            return NotFound(what, code)
        case _ if status >= 500 or status == 408:
            return _failed(what, wait, may_be_done=is_ticket_write(method, path))
        case _:
            return PermanentFailure(what, _reason(status, body) or code)


def _failed(what: str, wait: float | None, *, may_be_done: bool) -> FrontdeskError:
    """Return the error for a failure within Zendesk."""
    return UnknownOutcome(what, wait) if may_be_done else TemporaryFailure(what, wait)


def silence(method: str, path: str, error: OSError) -> FrontdeskError:
    """Return the error that a request without an answer stands for.

    A connection that was never made carried nothing; one that broke later may have carried the write.

    Args:
        error: what requests raised; an unreadable certificate bundle is a plain `OSError`.
    """
    what = f"{method} {_shape(path)}: {type(error).__name__}"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return PermanentFailure(what, type(error).__name__)
    if is_ticket_write(method, path) and not _never_sent(error):
        return UnknownOutcome(what)
    return TemporaryFailure(what)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return how many seconds Zendesk asks to wait, None when it does not say."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


def rate_limits(headers: Mapping[str, str]) -> dict[str, RateLimit]:
    """Return the budgets an answer names, `account` for the account's; names vary with Zendesk's age."""
    limits = {name: limit for name, limit in map(_named_limit, headers.items()) if limit is not None}
    account = _account_limit(headers)
    return {"account": account, **limits} if account is not None else limits


def _account_limit(headers: Mapping[str, str]) -> RateLimit | None:
    total = headers.get("ratelimit-limit") or headers.get("x-rate-limit", "")
    left = headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining", "")
    resets = headers.get("ratelimit-reset", "")
    if not total.isdecimal() or not left.isdecimal():
        return None
    return RateLimit(int(total), int(left), int(resets) if resets.isdecimal() else None)


def _named_limit(header: tuple[str, str]) -> tuple[str, RateLimit | None]:
    """Return what `zendesk-ratelimit-NAME: total=…; remaining=…; resets=…` says of one budget."""
    match = re.fullmatch(r"zendesk-rate-?limit-(.+)", header[0].lower())
    parts = {key: int(number) for key, number in _LIMIT.findall(header[1])}
    if match is None or not {"total", "remaining"} <= parts.keys():
        return "", None
    return match[1], RateLimit(parts["total"], parts["remaining"], parts.get("resets"))


def _code(body: Any) -> str:
    """Return Zendesk's error code; never its description, which may quote the request."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        error = error.get("title")
    return error if isinstance(error, str) and _CODE.fullmatch(error) else ""


def _reason(status: int, body: Any) -> str:
    """Return our code for the refusals that we react to; descriptions follow the bot user's language."""
    for field, problem in _problems(body) if status == 422 else ():
        if field == "status" and "closed prevents" in str(problem.get("description")).lower():
            return CLOSED
        if problem.get("ticket_field_type") == "FieldAssignee":
            return ASSIGNEE_REQUIRED
    return ""


def _problems(body: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is wrong with each field of a refused write."""
    match body:
        case {"details": dict() as details}:
            lists = [(field, problems) for field, problems in details.items() if isinstance(problems, list)]
        case _:
            return
    for field, problems in lists:
        yield from ((field, problem) for problem in problems if isinstance(problem, dict))


def _never_sent(error: BaseException) -> bool:
    unsent = (requests.ConnectTimeout, ConnectTimeoutError, NewConnectionError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, unsent) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what is wrapped in it: requests and urllib3 keep it in `args` and `reason`."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, getattr(cause, "reason", None), *cause.args]


def _shape(path: str) -> str:
    """Return the path without what may name a person: only its words and numbers."""
    return re.sub(r"[^A-Za-z0-9_./-]", "", path.partition("?")[0])[:120]
