"""The simulated Zendesk breaks as it is told to, and never on what it is sent."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.core.world import dump, load
from integrations.sandbox.zendesk import rules as zendesk_rules
from integrations.sandbox.zendesk import setup, tickets, users, validation
from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World, close_world, open_world, wait_until
from tests.contract.sandbox.zendesk_steps import opened, put

world = kit.world


async def test_a_put_whose_answer_is_lost_has_happened(world: World) -> None:
    number = await opened(world)
    rules = [{"match": "zendesk:PUT /api/v2/tickets/*", "kind": "lost_answer", "times": 1}]
    await world.control("faults", rules=rules)
    with pytest.raises(ConnectionResetError):
        await put(world, number, comment={"body": "once", "public": True}, metadata={"effect_id": "e1"})
    comments = (await world.zendesk("GET", f"tickets/{number}/comments.json")).json()["comments"]
    assert [c["metadata"]["custom"] for c in comments] == [{}, {"effect_id": "e1"}]


async def test_status_and_delay_faults(world: World) -> None:
    rules = [
        {"match": "zendesk:GET /api/v2/users/me", "kind": "status", "status": 503, "retry_after": 3, "times": 1},
        {"match": "zendesk:*", "kind": "network_delay", "seconds": 9, "times": 1},
    ]
    await world.control("faults", rules=rules)
    busy = await world.zendesk("GET", "users/me.json")
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "3")
    slow = asyncio.ensure_future(world.zendesk("GET", "users/me.json"))
    await wait_until(lambda: world.clock.next_wake == 9)
    world.clock.advance(9)
    assert (await slow).status_code == 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
BODIES = {
    "POST tickets": ("ticket", validation.CREATE),
    "PUT tickets/1": ("ticket", validation.UPDATE),
    "PUT tickets/1/tags": ("", frozenset({"tags"})),
    "POST tickets/1/merge": ("", tickets.MERGE),
    "POST users/create_or_update": ("user", users.USER),
    "POST webhooks": ("webhook", setup.WEBHOOK),
    "POST triggers": ("trigger", zendesk_rules.TRIGGER),
    "POST ticket_fields": ("ticket_field", zendesk_rules.FIELD),
}


@given(data=st.data())
@settings(max_examples=80)
async def test_whatever_body_comes_the_answer_is_no_500_and_the_ticket_stays_readable(data: st.DataObject) -> None:
    world = await open_world(zendesk_webhook_url="")
    await world.control("limits", enabled=False)
    await opened(world)
    where = data.draw(st.sampled_from(sorted(BODIES)))
    name, keys = BODIES[where]
    inner: Any = {k: data.draw(JSON_VALUES) for k in sorted(keys) if data.draw(st.booleans())}
    if data.draw(st.booleans()) and "comment" in keys:
        inner["comment"] = {"body": "b", "public": True}
    method, _, path = where.partition(" ")
    auth = ("bot@acme.example/token", "sandbox-token")
    body = {name: inner} if name else inner
    response = await world.client.request(method, f"/api/v2/{path}", json=body, auth=auth)
    assert response.status_code < 500
    assert load(dump(world.sandbox.world.state)) == world.sandbox.world.state
    for path in ("/api/v2/tickets/1.json", "/api/v2/tickets/1/audits.json", "/_sandbox/state"):
        assert (await world.client.get(path, auth=auth)).status_code == 200
    await close_world(world)
