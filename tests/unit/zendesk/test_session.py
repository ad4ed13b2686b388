"""One way to Zendesk: every request once, in time, to one host."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from structlog.testing import capture_logs

from bot.domain.errors import ConfigError, PermanentFailure, SignedOut, TemporaryFailure, UnknownOutcome
from integrations.zendesk.api.session import MAX_PAGES, SafeSession, base_of
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.stand_in import Asked, CountingKey, Say, StandIn, listening, say_json

ZENPY_URL = "https://frontdesk.invalid/api/v2/tickets/1.json"


@pytest.fixture
def zendesk() -> Iterator[StandIn]:
    with listening() as stand_in:
        yield stand_in


@pytest.fixture
def session(zendesk: StandIn) -> Iterator[SafeSession]:
    with SafeSession(zendesk.url, CountingKey(), (1.0, 2.0), ManualClock()) as session:
        yield session


@pytest.mark.parametrize("url", ["https://acme.zendesk.com", "http://127.0.0.1:9"])
def test_no_write_is_resent_on_either_scheme(url: str) -> None:
    with SafeSession(url, CountingKey(), (1.0, 2.0), ManualClock()) as session:
        for address in ("https://acme.zendesk.com/api/v2/tickets/1.json", "http://127.0.0.1:9/x"):
            adapter = session.get_adapter(address)
            assert isinstance(adapter, HTTPAdapter)
            assert adapter.max_retries.total == 0
            assert not adapter.max_retries.status_forcelist


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://acme.zendesk.com", "https://acme.zendesk.com"),
        ("https://acme.zendesk.com/", "https://acme.zendesk.com"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_safe_addresses_are_taken(given: str, base: str) -> None:
    assert base_of(given) == base


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme.zendesk.com",
        "http://acme.zendesk.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "https://user:secret@acme.zendesk.com",
        "https://acme.zendesk.com/agent",
        "https://acme.zendesk.com?x=1",
        "ftp://127.0.0.1",
        "https://",
    ],
)
def test_other_addresses_are_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigError, match="ZENDESK_URL") as refusal:
        base_of(url)
    assert "secret" not in str(refusal.value)


def test_whatever_host_is_named_ours_is_asked(session: SafeSession, zendesk: StandIn) -> None:
    answer = session.get(f"{ZENPY_URL}?include=users")
    assert zendesk.asked[0].path == "/api/v2/tickets/1.json?include=users"
    # zenpy knows its answers by the address it asked.
    assert answer.url == answer.request.url == f"{ZENPY_URL}?include=users"


def test_redirects_are_not_followed(session: SafeSession, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(status=302, headers={"Location": f"{zendesk.url}/elsewhere"})
    with pytest.raises(PermanentFailure, match="ZENDESK_URL"):
        session.put(ZENPY_URL, json={"ticket": {}})
    assert len(zendesk.asked) == 1


@pytest.mark.parametrize("page", [b"<html>maintenance</html>", b"[]", b'"ok"', b""])
def test_a_page_in_place_of_an_answer_leaves_a_write_unsure(
    session: SafeSession, zendesk: StandIn, page: bytes
) -> None:
    zendesk.answer = lambda _: Say(page)
    with pytest.raises(UnknownOutcome):
        session.put(ZENPY_URL, json={"ticket": {}})
    with pytest.raises(TemporaryFailure) as failure:
        session.get(ZENPY_URL)
    assert not isinstance(failure.value, UnknownOutcome)


def test_an_answer_cut_short_leaves_a_write_unsure(session: SafeSession, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(b'{"ticket": {', promised=500)
    with pytest.raises(UnknownOutcome):
        session.put(ZENPY_URL, json={"ticket": {}})
    assert len(zendesk.asked) == 1


def test_nobody_answers_in_time(session: SafeSession, zendesk: StandIn) -> None:
    gone = threading.Event()

    def late(_: Asked) -> Say:
        gone.wait(10)
        return Say()

    zendesk.answer = late
    session.timeout = (1.0, 0.05)
    try:
        with pytest.raises(UnknownOutcome):
            session.put(ZENPY_URL, json={"ticket": {}})
    finally:
        gone.set()
    assert len(zendesk.asked) == 1


def test_the_path_alone_says_which_ticket(session: SafeSession, zendesk: StandIn) -> None:
    body = {"ticket": {"id": 1, "assignee_id": None, "comment": {"id": 5}}}
    session.put(ZENPY_URL, json=body)
    assert zendesk.asked[0].body == b'{"ticket": {"assignee_id": null, "comment": {"id": 5}}}'
    assert body["ticket"]["id"] == 1


def test_only_a_creation_carries_the_idempotency_key(session: SafeSession, zendesk: StandIn) -> None:
    session.idempotency_key = "effect-1"
    session.post("https://frontdesk.invalid/api/v2/tickets.json", json={})
    session.post("https://frontdesk.invalid/api/v2/users/create_or_update.json", json={})
    session.put(ZENPY_URL, json={})
    assert [asked.headers.get("Idempotency-Key") for asked in zendesk.asked] == ["effect-1", None, None]


def test_a_refused_token_is_renewed_once(session: SafeSession, zendesk: StandIn) -> None:
    zendesk.answer = lambda asked: say_json({}, 200 if asked.headers["Authorization"] == "Key 2" else 401)
    session.put(ZENPY_URL, json={"ticket": {}})
    zendesk.answer = lambda _: say_json({"error": "invalid_token"}, 401)
    with pytest.raises(SignedOut):
        session.get(ZENPY_URL)
    assert [asked.headers["Authorization"] for asked in zendesk.asked] == ["Key 1", "Key 2", "Key 2", "Key 3"]


def test_no_cookie_is_sent_back(session: SafeSession, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(headers={"Set-Cookie": "_zendesk_session=x; Path=/"})
    session.get(ZENPY_URL)
    session.get(ZENPY_URL)
    assert "Cookie" not in zendesk.asked[1].headers


def test_when_the_caller_has_gone_nothing_is_sent(session: SafeSession, zendesk: StandIn) -> None:
    gone = threading.Event()
    session.begin(gone)
    session.get(ZENPY_URL)
    gone.set()
    with pytest.raises(TemporaryFailure):
        session.put(ZENPY_URL, json={"ticket": {}})
    assert len(zendesk.asked) == 1
    assert not session.wrote


def test_zendesks_warnings_reach_the_log(session: SafeSession, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: say_json({}, x_zendesk_api_warn="unpermitted ticket.id", x_rate_limit="400")
    with capture_logs() as logs:
        session.get(ZENPY_URL)
    assert [line["event"] for line in logs] == ["zendesk.api_warn"]
    zendesk.answer = lambda _: say_json({}, x_rate_limit="400", x_rate_limit_remaining="39")
    with capture_logs() as logs:
        session.get(ZENPY_URL)
    assert [(line["event"], line["remaining"]) for line in logs] == [("zendesk.rate_limit_low", 39)]


def pages_of(session: SafeSession) -> list[list[int]]:
    found = session.pages("/api/v2/groups.json", "groups")
    return [[group["id"] for group in page] for page in found]


def test_a_list_is_followed_by_cursor_on_our_host(session: SafeSession, zendesk: StandIn) -> None:
    def answer(asked: Any) -> Say:
        if "after" in asked.path:
            return say_json({"groups": [{"id": 2}], "meta": {"has_more": False}, "links": {"next": "/api/v2/x"}})
        links = {"next": "https://elsewhere.example/api/v2/groups.json?page[after]=a%26b"}
        return say_json({"groups": [{"id": 1}, None], "meta": {"has_more": True}, "links": links})

    zendesk.answer = answer
    assert pages_of(session) == [[1], [2]]
    assert zendesk.asked[0].path == "/api/v2/groups.json?page%5Bsize%5D=100"
    assert zendesk.asked[1].path == "/api/v2/groups.json?page%5Bafter%5D=a%26b"


def test_a_list_is_followed_by_page_where_there_is_no_cursor(session: SafeSession, zendesk: StandIn) -> None:
    def answer(asked: Any) -> Say:
        following = None if "page=2" in asked.path else "https://acme.zendesk.com/api/v2/groups.json?page=2"
        return say_json({"groups": [{"id": len(zendesk.asked)}], "next_page": following})

    zendesk.answer = answer
    assert pages_of(session) == [[1], [2]]


def test_a_list_that_never_ends_is_left(session: SafeSession, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: say_json({"groups": [], "next_page": f"/api/v2/groups.json?page={len(zendesk.asked)}"})
    assert len(pages_of(session)) == MAX_PAGES == len(zendesk.asked)


@pytest.mark.parametrize("following", ["/api/v2/groups.json?page=1", "/logout", "", 7, {}])
def test_a_list_that_leads_in_circles_or_away_is_left(session: SafeSession, zendesk: StandIn, following: Any) -> None:
    zendesk.answer = lambda _: say_json({"groups": None, "next_page": following})
    assert len(pages_of(session)) <= 2
