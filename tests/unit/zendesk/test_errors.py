"""What each answer, and each silence, asks us to do."""

import ssl
from typing import Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from bot.domain.errors import Conflict, NotFound, PermanentFailure, SignedOut, TemporaryFailure, UnknownOutcome
from integrations.zendesk.api.errors import RateLimit, rate_limits, refusal, retry_after, silence

NOW = 1_800_000_000.0
TICKET = "/api/v2/tickets/7.json"
CLOSED = {
    "error": "RecordInvalid",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}


def refused(status: int, body: Any = None, *, method: str = "PUT", path: str = TICKET, **headers: str) -> Exception:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return refusal(method, path, status, requests.structures.CaseInsensitiveDict(named), body=body, now=NOW)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "RequestParameterMissing"}, PermanentFailure),
        (401, {"error": "Couldn't authenticate you"}, SignedOut),
        (403, {"error": {"title": "Forbidden", "message": "You do not have access"}}, PermanentFailure),
        (404, {"error": "RecordNotFound"}, NotFound),
        (408, None, UnknownOutcome),
        (409, {"error": "UpdateConflict"}, Conflict),
        (409, {"error": "DatabaseConflict"}, TemporaryFailure),
        (410, None, NotFound),
        (413, None, PermanentFailure),
        (422, {"error": "RecordInvalid"}, PermanentFailure),
        (429, None, TemporaryFailure),
        (500, None, UnknownOutcome),
        (502, None, UnknownOutcome),
        (503, None, UnknownOutcome),
        (504, None, UnknownOutcome),
    ],
)
def test_a_refused_write(status: int, body: Any, kind: type[Exception]) -> None:
    assert type(refused(status, body)) is kind


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", TICKET), ("POST", "/api/v2/uploads.json"), ("POST", "/api/v2/users/create_or_update.json")],
)
def test_what_may_be_repeated_is_only_put_off(status: int, method: str, path: str) -> None:
    assert type(refused(status, method=method, path=path)) is TemporaryFailure


def test_zendesk_says_when_to_come_back() -> None:
    for status in (429, 503):
        error = refused(status, Retry_After="12")
        assert type(error) is TemporaryFailure
        assert error.retry_after == 12


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("-5", 0.0),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("1e3", None),
    ],
)
def test_every_form_of_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds


def test_a_closed_ticket_is_told_apart() -> None:
    error = refused(422, CLOSED)
    assert isinstance(error, PermanentFailure)
    assert error.code == "closed"


def test_a_ticket_that_nobody_is_assigned_to_is_told_apart_in_any_language() -> None:
    problem = {"description": "Atribuído: é necessário", "ticket_field_id": 1, "ticket_field_type": "FieldAssignee"}
    error = refused(422, {"error": "RecordInvalid", "details": {"base": [problem]}})
    assert isinstance(error, PermanentFailure)
    assert error.code == "assignee_required"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"details": {"status": ["x", None]}},
        {"details": []},
        {"error": 5},
        {"error": {"title": 5}},
        {"details": {"status": "x"}},
    ],
)
def test_odd_bodies_are_no_reason_to_fail_otherwise(body: Any) -> None:
    error = refused(422, body)
    assert isinstance(error, PermanentFailure)
    assert error.code == "422"


def test_errors_repeat_nothing_that_was_sent() -> None:
    words = "my card is 4111 1111 1111 1111 sarah@example.com"
    body = {"error": f"{words}!?", "description": words, "details": {"base": [{"description": words}]}}
    error = refused(422, body, path=f"/api/v2/tickets/7.json?query={words}")
    assert "4111" not in str(error)
    assert "sarah" not in str(error)


def wrapped(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(None, "/x", reason))  # type: ignore[arg-type]


def test_what_was_never_sent_is_not_unsure() -> None:
    refused_connection = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    wrong_name = requests.exceptions.SSLError(MaxRetryError(None, "/x", ssl.SSLCertVerificationError("x")))  # type: ignore[arg-type]
    for error in (requests.ConnectTimeout(), wrapped(refused_connection), wrong_name):
        assert type(silence("PUT", TICKET, error)) is TemporaryFailure


def test_what_may_have_been_sent_is_unsure() -> None:
    broken = requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))
    for error in (requests.ReadTimeout(), broken, requests.exceptions.ChunkedEncodingError()):
        assert type(silence("PUT", TICKET, error)) is UnknownOutcome
        assert type(silence("GET", TICKET, error)) is TemporaryFailure


def test_budgets_are_read_whatever_zendesk_calls_them() -> None:
    headers = {
        "ratelimit-limit": "700",
        "ratelimit-remaining": "699",
        "ratelimit-reset": "12",
        "zendesk-ratelimit-tickets-update": "total=100; remaining=99; resets=50",
        "zendesk-rate-limit-tickets-index": "total=20; remaining=3",
        "zendesk-ratelimit-odd": "unlimited",
    }
    assert rate_limits(headers) == {
        "account": RateLimit(700, 699, 12),
        "tickets-update": RateLimit(100, 99, 50),
        "tickets-index": RateLimit(20, 3),
    }
    assert rate_limits({"x-rate-limit": "400", "x-rate-limit-remaining": "0"}) == {"account": RateLimit(400, 0)}
    assert rate_limits({"x-rate-limit": "many"}) == {}
