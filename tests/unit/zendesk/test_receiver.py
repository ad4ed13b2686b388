"""`POST /zendesk/webhook`: the contract's codes, and 200 only after the hint is stored."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.domain.errors import TemporaryFailure
from integrations.zendesk.inbound.parse import Hint
from integrations.zendesk.inbound.receiver import MAX_BODY_BYTES, PATH, webhook_route
from integrations.zendesk.inbound.signature import sign
from tests.doubles.clock import ManualClock

NOW = 1_800_000_000.0
SECRET = "webhook-secret"
TRIGGER = b'{"ticket_id": "77", "event": "commented"}'


class Store:
    """Keeps what it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []
        self.failure: Exception | None = None

    async def __call__(self, hint: Hint) -> None:
        if self.failure:
            raise self.failure
        self.hints.append(hint)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[webhook_route(store, [SECRET, "old-secret"], ManualClock(NOW))])
    # raise_app_exceptions stays on: an exception that escapes the route fails the test.
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def signed(body: bytes, *, age: float = 0, secret: str = SECRET) -> dict[str, str]:
    stamp = datetime.fromtimestamp(NOW - age, UTC).isoformat().replace("+00:00", "Z")
    return {
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        "X-Zendesk-Webhook-Signature": sign(body, stamp, secret),
    }


async def post(client: httpx.AsyncClient, body: bytes, **options: Any) -> httpx.Response:
    return await client.post(PATH, content=body, headers=signed(body, **options))


async def test_a_signed_hint_is_stored_and_then_acknowledged(client: httpx.AsyncClient, store: Store) -> None:
    answer = await post(client, TRIGGER)
    assert answer.status_code == 200
    assert [(hint.ticket_id, hint.event) for hint in store.hints] == [("77", "commented")]


async def test_equal_trigger_deliveries_are_never_duplicates(client: httpx.AsyncClient, store: Store) -> None:
    await post(client, TRIGGER)
    await post(client, TRIGGER)
    assert len({hint.delivery_id for hint in store.hints}) == 2


async def test_the_secret_before_the_rotation_still_serves(client: httpx.AsyncClient, store: Store) -> None:
    assert (await post(client, TRIGGER, secret="old-secret")).status_code == 200
    assert store.hints


async def test_a_secret_that_is_changed_while_we_run_counts_from_the_next_request(store: Store) -> None:
    secrets = [SECRET]
    app = Starlette(routes=[webhook_route(store, secrets, ManualClock(NOW))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        secrets[0] = "new-secret"
        answers = [await post(client, TRIGGER, secret=secret) for secret in ("new-secret", SECRET)]

    assert [answer.status_code for answer in answers] == [200, 401]


async def test_events_of_other_things_are_acknowledged_unstored(client: httpx.AsyncClient, store: Store) -> None:
    body = b'{"type": "zen:event-type:user.deleted", "detail": {"id": "7"}}'
    assert (await post(client, body)).status_code == 200
    assert not store.hints


@pytest.mark.parametrize(
    "failure", [TemporaryFailure("down"), ConnectionError("refused"), TimeoutError(), KeyError("bug")]
)
async def test_what_is_not_stored_is_asked_for_again(
    client: httpx.AsyncClient, store: Store, failure: Exception
) -> None:
    store.failure = failure
    assert (await post(client, TRIGGER)).status_code == 409
    store.failure = None
    assert (await post(client, TRIGGER)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'["ticket_id"]',
        b"not json",
        b"\xff\xfe\x00",
        b"",
        b"{}",
        b'{"ticket_id": "1", "event": "exploded"}',
        b'{"type": "surprise", "detail": {"id": "1"}}',
        b'{"type": "zen:event-type:ticket.created", "detail": []}',
    ],
)
async def test_signed_nonsense_is_malformed(client: httpx.AsyncClient, store: Store, body: bytes) -> None:
    assert (await post(client, body)).status_code == 400
    assert not store.hints


async def test_a_bad_a_stale_and_a_missing_signature_are_unauthorised(client: httpx.AsyncClient, store: Store) -> None:
    no_time = signed(TRIGGER) | {"X-Zendesk-Webhook-Signature-Timestamp": "soon"}
    answers = [
        await post(client, TRIGGER, secret="guess"),
        await post(client, TRIGGER, age=24 * 3600 + 1),
        await client.post(PATH, content=TRIGGER),
        await client.post(PATH, content=TRIGGER, headers=no_time),
        await client.post(PATH, content=b"not json", headers=signed(TRIGGER)),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert not store.hints


async def test_too_much_is_refused_before_the_signature_is_looked_at(client: httpx.AsyncClient, store: Store) -> None:
    huge = json.dumps({"ticket_id": "1", "event": "created", "x": "y" * 2 * 1024 * 1024}).encode()
    assert (await client.post(PATH, content=huge)).status_code == 413
    assert (await post(client, huge)).status_code == 413
    assert not store.hints


async def test_exactly_the_limit_is_still_read(client: httpx.AsyncClient, store: Store) -> None:
    body = TRIGGER + b" " * (MAX_BODY_BYTES - len(TRIGGER))
    assert (await post(client, body)).status_code == 200
    assert (await post(client, body + b" ")).status_code == 413
    assert len(store.hints) == 1


async def test_a_body_without_announced_length_is_cut_off_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 8192

    assert (await client.post(PATH, content=endless())).status_code == 413


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_not_allowed(client: httpx.AsyncClient, method: str) -> None:
    assert (await client.request(method, PATH, headers=signed(b""))).status_code == 405


async def test_refusals_repeat_nothing_of_what_was_sent(client: httpx.AsyncClient) -> None:
    body = b'{"ticket_id": "card 4111-1111", "event": "created"}'
    answer = await post(client, body)
    assert answer.status_code == 400
    assert "4111" not in answer.text
