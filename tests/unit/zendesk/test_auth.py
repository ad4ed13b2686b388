"""Signing in: one token for all threads, renewed in time, never shown."""

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from bot.domain.errors import PermanentFailure, SignedOut, TemporaryFailure
from integrations.zendesk.api.auth import ApiToken, ClientCredentials
from integrations.zendesk.outbound.helpdesk import ZendeskSettings
from tests.contract.zendesk.zendesk_contract import violations
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.stand_in import Say, StandIn, listening, say_json


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def zendesk() -> Iterator[StandIn]:
    with listening() as stand_in:
        stand_in.answer = lambda _: granted(len(stand_in.asked))
        yield stand_in


@pytest.fixture
def credentials(zendesk: StandIn, clock: ManualClock) -> ClientCredentials:
    return ClientCredentials(zendesk.url, "client", lambda: "secret", (1.0, 2.0), clock)


class CountingClock(ManualClock):
    """Tells when so many threads have asked for the time."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.all_came = threading.Event()
        self._missing = iter(range(count - 1, -1, -1))

    def now(self) -> float:
        if next(self._missing, 1) == 0:
            self.all_came.set()
        return super().now()


def granted(number: int, **more: Any) -> Say:
    return say_json({"access_token": f"token-{number}", "token_type": "bearer", "expires_in": 600} | more)


def header(credentials: Any) -> str:
    request = requests.Request("GET", "https://acme.zendesk.com/x").prepare()
    return str(credentials(request).headers["Authorization"])


def test_the_grant_is_asked_for_as_zendesk_wants_it(credentials: ClientCredentials, zendesk: StandIn) -> None:
    assert header(credentials) == "Bearer token-1"
    (asked,) = zendesk.asked
    assert (asked.method, asked.path) == ("POST", "/oauth/tokens")
    body = json.loads(asked.body)
    assert body["grant_type"] == "client_credentials"
    assert violations([{"method": "POST", "path": asked.path, "query": {}, "body": body, "status": 200}]) == []


def test_a_token_serves_for_80_percent_of_its_life(credentials: ClientCredentials, clock: ManualClock) -> None:
    assert header(credentials) == "Bearer token-1"
    clock.advance(479)
    assert header(credentials) == "Bearer token-1"
    clock.advance(1)
    assert header(credentials) == "Bearer token-2"


def test_while_one_thread_renews_the_others_go_on_with_the_token_they_have(
    credentials: ClientCredentials, zendesk: StandIn, clock: ManualClock
) -> None:
    header(credentials)
    clock.advance(480)
    asking, answered = threading.Event(), threading.Event()

    def slowly(_: object) -> Say:
        asking.set()
        answered.wait(10)
        return granted(len(zendesk.asked))

    zendesk.answer = slowly
    renewing = threading.Thread(target=header, args=[credentials])
    renewing.start()
    assert asking.wait(10)
    assert header(credentials) == "Bearer token-1"
    assert credentials.renew("Bearer somebody-elses")
    answered.set()
    renewing.join()
    assert header(credentials) == "Bearer token-2"
    assert len(zendesk.asked) == 2


def test_a_token_without_a_life_gets_zendesks_half_hour(
    credentials: ClientCredentials, zendesk: StandIn, clock: ManualClock
) -> None:
    zendesk.answer = lambda _: granted(len(zendesk.asked), expires_in=None)
    header(credentials)
    clock.advance(1439)
    assert header(credentials) == "Bearer token-1"
    clock.advance(1)
    assert header(credentials) == "Bearer token-2"


def at_once(credentials: ClientCredentials, count: int = 8) -> list[str]:
    """Return what so many threads were told that signed at the same time: a header, or which failure."""
    together = threading.Barrier(count)
    seen: list[str] = []

    def sign() -> None:
        together.wait(10)
        try:
            seen.append(header(credentials))
        except (TemporaryFailure, PermanentFailure) as failure:
            seen.append(type(failure).__name__)

    threads = [threading.Thread(target=sign) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return seen


def test_many_threads_ask_once(credentials: ClientCredentials, zendesk: StandIn) -> None:
    assert at_once(credentials) == ["Bearer token-1"] * 8
    assert len(zendesk.asked) == 1


def test_an_attempt_that_fails_fails_for_all_who_waited_for_it_and_the_next_one_asks_anew(
    zendesk: StandIn,
) -> None:
    clock = CountingClock(8)
    credentials = ClientCredentials(zendesk.url, "client", lambda: "secret", (10.0, 30.0), clock)

    def fails_once_all_wait(_: object) -> Say:
        clock.all_came.wait(10)
        return Say(b"<html>", 503)

    zendesk.answer = fails_once_all_wait
    failed = at_once(credentials)
    attempts = len(zendesk.asked)
    zendesk.answer = lambda _: granted(7)

    assert failed == ["TemporaryFailure"] * 8
    assert attempts == 1
    assert header(credentials) == "Bearer token-7"


def test_threads_refused_with_the_same_token_renew_it_once(credentials: ClientCredentials, zendesk: StandIn) -> None:
    refused = header(credentials)
    for _ in range(3):
        assert credentials.renew(refused)
        assert header(credentials) == "Bearer token-2"
    assert len(zendesk.asked) == 2


def test_a_living_token_outlasts_an_outage_and_a_dead_one_does_not(
    credentials: ClientCredentials, zendesk: StandIn, clock: ManualClock
) -> None:
    header(credentials)
    zendesk.answer = lambda _: Say(b"<html>", 503)
    clock.advance(599)
    assert header(credentials) == "Bearer token-1"
    clock.advance(1)
    with pytest.raises(TemporaryFailure):
        header(credentials)


@pytest.mark.parametrize(
    "answer",
    [
        say_json({"error": "invalid_client", "error_description": "secret is wrong"}, 401),
        say_json({}),
        say_json([]),
        say_json({"access_token": None}),
        Say(b"<html>"),
        Say(status=302, headers={"Location": "/login"}),
    ],
)
def test_what_is_no_token_is_refused_without_repeating_the_secret(
    credentials: ClientCredentials, zendesk: StandIn, answer: Say
) -> None:
    zendesk.answer = lambda _: answer
    with pytest.raises((PermanentFailure, SignedOut)) as failure:
        header(credentials)
    assert "secret" not in str(failure.value)
    assert len(zendesk.asked) == 1


def test_an_api_token_signs_as_zendesk_wants_it() -> None:
    expected = base64.b64encode(b"bot@acme.example/token:t0ken").decode()
    api_token = ApiToken("bot@acme.example", lambda: "t0ken")
    assert header(api_token) == f"Basic {expected}"
    assert not api_token.renew("")


def test_settings_do_not_show_their_secrets() -> None:
    settings = ZendeskSettings("https://a.zendesk.com", "id", "s3cret", "bot@acme.example", "t0ken")
    assert not any(secret in repr(settings) for secret in ("s3cret", "t0ken", "bot@acme"))
