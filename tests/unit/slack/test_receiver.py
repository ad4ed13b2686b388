"""`POST /slack/events`: the contract's codes, and nothing stored that should not be."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from bot.domain.errors import TemporaryFailure
from integrations.slack.drafts.submission import Submission
from integrations.slack.inbound.bolt_app import create_bolt_app
from integrations.slack.inbound.clicks import Click
from integrations.slack.inbound.incoming import AccessChanged, Deletion, Edit, Gone, Moved, Removed, SlackMessage, Stop
from integrations.slack.inbound.receiver import create_router
from integrations.slack.inbound.signature import sign
from tests.doubles.clock import ManualClock
from tests.unit.slack.payloads import click_payload, envelope, line, message_event, submission_payload

SECRET, NOW = "signing-secret", 1_700_000_100
FORM = "application/x-www-form-urlencoded"


class Store:
    """Remembers what was accepted; fails while `failure` is set."""

    def __init__(self) -> None:
        self.stored: list[Any] = []
        self.failure: Exception | None = None
        self.problem = ""

    async def _store(self, incoming: object) -> None:
        if self.failure:
            raise self.failure
        self.stored.append(incoming)

    async def line(self, arrival: SlackMessage) -> None:
        await self._store(arrival)

    async def edit(self, edit: Edit) -> None:
        await self._store(edit)

    async def delete(self, deletion: Deletion) -> None:
        await self._store(deletion)

    async def click(self, click: Click) -> None:
        await self._store(click)

    async def submit(self, submission: Submission) -> str:
        await self._store(submission)
        return self.problem

    async def stop(self, stop: Stop) -> None:
        await self._store(stop)

    async def moved(self, moved: Moved) -> None:
        await self._store(moved)

    async def gone(self, gone: Gone) -> None:
        await self._store(gone)

    async def removed(self, removed: Removed) -> None:
        await self._store(removed)

    async def access_changed(self, change: AccessChanged) -> None:
        await self._store(change)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def slack(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=create_router(store, ["old-secret", SECRET], ManualClock(NOW)).routes)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield client


async def deliver(
    slack: httpx.AsyncClient,
    body: Any,
    *,
    content_type: str = "application/json",
    at: object = NOW,
    secret: str = SECRET,
    **headers: str,
) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {
        "content-type": content_type,
        "x-slack-request-timestamp": str(at),
        "x-slack-signature": sign(raw, str(at), secret).decode(),
    }
    return await slack.post("/slack/events", content=raw, headers={**signed, **headers})


async def interact(slack: httpx.AsyncClient, payload: Any) -> httpx.Response:
    return await deliver(slack, urlencode({"payload": json.dumps(payload)}).encode(), content_type=FORM)


async def test_a_line_is_stored_and_then_acknowledged(slack: httpx.AsyncClient, store: Store) -> None:
    answer = await deliver(slack, line())

    assert (answer.status_code, answer.content) == (200, b"")
    assert [type(one) for one in store.stored] == [SlackMessage]
    assert store.stored[0].text == "where is my order?"


async def test_the_older_secret_is_accepted_during_a_rotation(slack: httpx.AsyncClient, store: Store) -> None:
    assert (await deliver(slack, line(), secret="old-secret")).status_code == 200
    assert len(store.stored) == 1


async def test_a_secret_that_is_changed_while_we_run_counts_from_the_next_request(store: Store) -> None:
    secrets = [SECRET]
    app = Starlette(routes=create_router(store, secrets, ManualClock(NOW)).routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot") as slack:
        secrets[0] = "new-secret"
        answers = [await deliver(slack, line(), secret=secret) for secret in ("new-secret", SECRET)]

    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.parametrize("failure", [TemporaryFailure("redis is down"), ConnectionError("x"), RuntimeError("bug")])
@pytest.mark.parametrize("what", ["line", "stop", "click"])
async def test_what_is_not_stored_is_not_acknowledged(
    slack: httpx.AsyncClient, store: Store, failure: Exception, what: str
) -> None:
    store.failure = failure
    stop = envelope({"type": "agent_session_stopped", "channel": "D1", "thread_ts": "1.1", "user": "U1"})
    body = {"line": line(), "stop": stop}.get(what)
    answer = await (deliver(slack, body) if body else interact(slack, click_payload()))
    assert answer.status_code == 503
    store.failure = None
    again = await (deliver(slack, body) if body else interact(slack, click_payload()))
    assert (again.status_code, len(store.stored)) == (200, 1)


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"secret": "wrong"}, {}),
        ({"at": NOW - 301}, {}),
        ({"at": NOW + 301}, {}),
        ({"at": "soon"}, {}),
        ({"at": "1700000100.5"}, {}),
        ({}, {"x-slack-signature": ""}),
        ({}, {"x-slack-signature": "v0=\xe9"}),
        ({}, {"x-slack-request-timestamp": ""}),
    ],
)
async def test_who_is_not_slack_is_refused(
    slack: httpx.AsyncClient, store: Store, changes: dict[str, Any], headers: dict[str, str]
) -> None:
    raw = json.dumps(line()).encode()
    at = str(changes.get("at", NOW))
    signed = {
        "content-type": "application/json",
        "x-slack-request-timestamp": at,
        "x-slack-signature": sign(raw, at, changes.get("secret", SECRET)).decode(),
        **headers,
    }
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in signed.items()]
    answer = await slack.post("/slack/events", content=raw, headers=encoded)
    assert (answer.status_code, store.stored) == (401, [])


async def test_an_unsigned_request_is_refused_whatever_it_says(slack: httpx.AsyncClient, store: Store) -> None:
    challenge = await slack.post("/slack/events", json={"type": "url_verification", "challenge": "c"})
    ssl_check = await slack.post("/slack/events", data={"ssl_check": "1", "token": "x"})
    broken = await slack.post("/slack/events", content=b"\xff")
    assert [challenge.status_code, ssl_check.status_code, broken.status_code] == [401, 401, 401]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"not json", "application/json"),
        (b"[1]", "application/json"),
        (b"\xff\xfe\xfd", "application/json"),
        (b"[" * 50_000, "application/json"),
        (envelope("x"), "application/json"),
        ({**line(), "authorizations": "x"}, "application/json"),
        ({"type": "event_callback"}, "application/json"),
        (line(channel=5), "application/json"),
        (b"payload=notjson", FORM),
        (b"payload=%5B1%5D", FORM),
        (b"payload=%ff", FORM),
        (b"\xff", FORM),
        (b"x=1", FORM),
        (b"payload=notjson", "application/json"),
        (urlencode({"payload": json.dumps({"type": "block_actions"})}).encode(), FORM),
        (urlencode({"payload": json.dumps(click_payload(container={}))}).encode(), FORM),
        (urlencode({"payload": json.dumps({"type": "view_submission", "view": 5})}).encode(), FORM),
        (envelope({"type": "agent_session_stopped"}), "application/json"),
    ],
)
async def test_signed_nonsense_is_malformed_and_stores_nothing(
    slack: httpx.AsyncClient, store: Store, body: Any, content_type: str
) -> None:
    answer = await deliver(slack, body, content_type=content_type)
    assert (answer.status_code, store.stored) == (400, [])


async def test_two_mebibytes_are_too_much_before_the_signature_is_looked_at(
    slack: httpx.AsyncClient, store: Store
) -> None:
    big = b"x" * (2 * 1024 * 1024)
    announced = await slack.post("/slack/events", content=big)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    streamed = await slack.post("/slack/events", content=chunks())
    lying = await slack.post("/slack/events", content=b"x", headers={"content-length": "99999999999999999999999"})
    assert [announced.status_code, streamed.status_code, lying.status_code] == [413, 413, 413]


async def test_one_mebibyte_is_not_too_much(slack: httpx.AsyncClient, store: Store) -> None:
    body = line()
    spare = 1024 * 1024 - len(json.dumps({**body, "pad": ""}))
    assert (await deliver(slack, {**body, "pad": "x" * spare})).status_code == 200
    assert (await deliver(slack, {**body, "pad": "x" * (spare + 1)})).status_code == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
async def test_other_methods_are_not_allowed(slack: httpx.AsyncClient, method: str) -> None:
    answer = await slack.request(method, "/slack/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_slacks_question_for_the_address_is_answered(slack: httpx.AsyncClient) -> None:
    answer = await deliver(slack, {"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"})
    assert answer.json() == {"challenge": "3eZbrw1aB"}
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1, "api_app_id": "A1"},
        {"type": "something_new"},
        envelope({"type": "reaction_added", "user": "U1", "item": {}}),
        envelope({"type": "user_change", "user": {"id": "U1"}}),
        envelope({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"}),
        envelope({"type": "app_context_changed", "context": {"entities": []}}),
        envelope({"type": "channel_rename", "channel": {"id": "C1"}}),
        line(bot_id="B1"),
        line(subtype="channel_join"),
    ],
)
async def test_what_we_do_not_act_on_is_acknowledged_and_not_stored(
    slack: httpx.AsyncClient, store: Store, body: Any
) -> None:
    answer = await deliver(slack, body)
    assert (answer.status_code, store.stored) == (200, [])


async def test_edits_deletions_and_stops_reach_the_mailbox(slack: httpx.AsyncClient, store: Store) -> None:
    edit = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "ts": "2.2",
        "message": message_event(text="new"),
        "previous_message": message_event(text="old"),
    }
    deletion = {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "3.3", "deleted_ts": "1.1"}
    stop = {"type": "agent_session_stopped", "channel": "D1", "thread_ts": "1.1", "user": "U1", "event_ts": "4.4"}
    for event in (edit, deletion, stop):
        assert (await deliver(slack, envelope(event))).status_code == 200
    assert [type(one) for one in store.stored] == [Edit, Deletion, Stop]


async def test_a_click_is_stored_and_answered_with_nothing(slack: httpx.AsyncClient, store: Store) -> None:
    answer = await interact(slack, click_payload())

    assert (answer.status_code, answer.content) == (200, b"")
    assert [(type(one), one.action_id) for one in store.stored] == [(Click, "frontdesk_human")]


async def test_an_edited_draft_is_stored_before_its_modal_closes(slack: httpx.AsyncClient, store: Store) -> None:
    store.failure = TemporaryFailure("down")
    assert (await interact(slack, submission_payload())).status_code == 503

    store.failure = None
    answer = await interact(slack, submission_payload())

    assert (answer.status_code, answer.content) == (200, b"")
    assert [(type(one), one.draft, one.text) for one in store.stored] == [(Submission, "draft-1", "Mine.")]


async def test_an_edited_draft_that_came_too_late_keeps_its_modal_with_the_words(
    slack: httpx.AsyncClient, store: Store
) -> None:
    store.problem = "it was sent by Lee Park"
    answer = await interact(slack, submission_payload())

    assert answer.status_code == 200
    assert answer.json()["errors"] == {"slack:T1:C1:1700000000.000100#0": "it was sent by Lee Park"}


async def test_an_edited_draft_without_words_stays_open_and_says_why(slack: httpx.AsyncClient, store: Store) -> None:
    answer = await interact(slack, submission_payload(text=" "))

    assert answer.status_code == 200
    assert answer.json()["response_action"] == "errors"
    assert list(answer.json()["errors"]) == ["slack:T1:C1:1700000000.000100#0"]
    assert store.stored == []


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}, "team": {"id": "T1"}},
        {"type": "message_action", "callback_id": "x", "user": {"id": "U1"}, "team": {"id": "T1"}},
        {"type": "view_submission", "view": {"callback_id": "x", "type": "modal"}, "user": {"id": "U1"}},
        {"type": "view_closed", "view": {"callback_id": "x", "type": "modal"}, "user": {"id": "U1"}},
        {"type": "block_suggestion", "action_id": "x", "user": {"id": "U1"}, "team": {"id": "T1"}},
        {"type": "view_submission"},
        {"type": "something_new"},
    ],
)
async def test_other_interactions_are_acknowledged(slack: httpx.AsyncClient, store: Store, payload: Any) -> None:
    answer = await interact(slack, payload)
    assert (answer.status_code, store.stored) == (200, [])


async def test_a_slash_command_is_acknowledged(slack: httpx.AsyncClient) -> None:
    body = urlencode({"command": "/frontdesk", "text": "", "team_id": "T1", "user_id": "U1"}).encode()
    assert (await deliver(slack, body, content_type=FORM)).status_code == 200


async def test_bolts_environment_variables_change_nothing(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    """Bolt would take tokens and OAuth settings from the environment, and call Slack on each event."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.setenv(name, "from-the-environment")
    app = Starlette(routes=create_router(store, [SECRET], ManualClock(NOW)).routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot") as slack:
        assert (await interact(slack, click_payload())).status_code == 200
    assert len(store.stored) == 1


async def test_no_log_line_holds_a_customers_words(
    slack: httpx.AsyncClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    words = "my card is 4242"
    await deliver(slack, line(text=words))
    await deliver(slack, line(text=words), secret="wrong")
    await deliver(slack, line(text=[words]))
    await deliver(slack, envelope({"type": "reaction_added", "text": words}))
    await interact(slack, {"type": "view_submission", "view": words})
    store.failure = RuntimeError(words)
    await deliver(slack, line(text=words))
    await interact(slack, click_payload())
    assert caplog.records
    assert words not in caplog.text


async def test_a_sender_that_hangs_up_gets_no_answer_and_stores_nothing(store: Store) -> None:
    endpoint = create_router(store, [SECRET], ManualClock(NOW)).routes[0]
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/slack/events", "headers": [], "root_path": ""}
    await endpoint.handle(scope, receive, send)
    assert (sent, store.stored) == ([], [])


async def test_socket_mode_events_take_the_same_way(store: Store) -> None:
    """The library hands Socket Mode payloads to Bolt; the same listeners accept them."""
    from slack_bolt.async_app import AsyncBoltRequest

    app = create_bolt_app(store, "https://slack.com/api/")

    async def over_the_socket(payload: Any) -> int:
        response = await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
        return int(response.status)

    assert await over_the_socket(line()) == 200
    assert await over_the_socket(line(type="app_mention")) == 200
    assert await over_the_socket(click_payload()) == 200
    assert [type(one) for one in store.stored] == [SlackMessage, SlackMessage, Click]
    store.failure = TemporaryFailure("redis is down")
    assert await over_the_socket(line()) == 503
    store.failure = None
    assert await over_the_socket(line(ts="yesterday")) == 400
