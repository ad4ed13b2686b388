"""The simulated Zendesk keeps Zendesk's promises, and breaks them as Zendesk does."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox.core.world import dump, load
from integrations.sandbox.zendesk import rules as zendesk_rules
from integrations.sandbox.zendesk import setup, tickets, users, validation
from integrations.sandbox.zendesk.routes import ROUTES
from integrations.sandbox.zendesk.webhooks import sign
from tests.contract.sandbox_kit import Heard, World, close_world, contract, open_world, wait_until

DANA, LEE, SARAH, BOT = 1002, 1003, 2001, 1001
SUPPORT, BILLING = 5001, 5002


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A fresh account with a bot that listens."""
    made = await open_world()
    yield made
    await close_world(made)


async def opened(world: World, **more: Any) -> int:
    """A ticket by Sarah, its two events heard and forgotten."""
    made = await world.control("zendesk/ticket", requester=SARAH, subject="Late", body="Where is it?", **more)
    await world.quiet()
    world.bot.heard.clear()
    number: int = made["id"]
    return number


async def put(world: World, number: int, **fields: Any) -> httpx.Response:
    """Update a ticket as the bot."""
    return await world.zendesk("PUT", f"tickets/{number}.json", {"ticket": fields})


async def ticket(world: World, number: int) -> Any:
    """A ticket as the API shows it."""
    return (await world.zendesk("GET", f"tickets/{number}.json")).json()["ticket"]


def signed(delivery: Heard, secret: str) -> bool:
    """Whether a delivery carries Zendesk's signature, computed here from the documented rule."""
    stamp = delivery.headers["x-zendesk-webhook-signature-timestamp"]
    digest = hmac.new(secret.encode(), stamp.encode() + delivery.raw, hashlib.sha256).digest()
    return delivery.headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()


# What stands in the contract


@pytest.mark.parametrize("use", [True, False])
def test_zendesks_signature_examples_come_out(use: bool) -> None:
    vectors = contract("zendesk_webhook_payloads.json")["signature_vectors"]
    vector = next(v for v in vectors if v["use"] is use)
    made = sign(vector["secret"], vector["timestamp"], vector["body"].encode())
    # The second one signs body before timestamp, as old pages had it.
    assert (made == vector["signature"]) is use


def test_the_published_test_secret_is_used_verbatim() -> None:
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    body = b'{"event":"ticket.updated","id":123}'
    assert sign(secret, "2021-03-25T05:09:27Z", body) == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


@pytest.mark.parametrize(
    ("definition", "allowed"),
    [
        ("req_TicketCreateInput", validation.CREATE),
        ("req_TicketUpdateInput", validation.UPDATE),
        ("req_TicketCommentObject", validation.COMMENT),
        ("req_Requester", validation.REQUESTER),
        ("req_Merge", tickets.MERGE),
        ("req_User", users.USER),
        ("req_Webhook", setup.WEBHOOK),
        ("req_Trigger", zendesk_rules.TRIGGER),
        ("req_TicketField", zendesk_rules.FIELD),
    ],
)
def test_exactly_the_documented_keys_are_taken(definition: str, allowed: frozenset[str]) -> None:
    documented = contract("zendesk_requests.json")["$defs"][definition]
    assert set(documented["properties"]) == allowed


def test_every_documented_endpoint_is_there() -> None:
    documented = set()
    for name in contract("zendesk_requests.json")["endpoints"]:
        method, _, path = name.partition(" ")
        parts = ["{}" if p.startswith("{") else p for p in path.removeprefix("/api/v2/").split("/")]
        documented.add(f"{method} {'/'.join(parts)}")
    beyond = {
        "POST webhooks/test",
        "GET webhooks/{}/invocations",
        "GET webhooks/{}/invocations/{}/attempts",
        "GET oauth/tokens/current",
        "DELETE oauth/tokens/{}",
        "POST /oauth/tokens",
    }
    assert documented - set(ROUTES) - beyond == set()


# Events


async def test_a_new_ticket_is_told_twice_created_and_its_first_comment(world: World) -> None:
    await world.control("zendesk/ticket", requester=SARAH, subject="Late", body="Where is it?", via_channel="email")
    await world.hears(2)
    created, added = (h.json for h in world.bot.heard)
    comment = added["event"]["comment"]
    assert created["type"] == "zen:event-type:ticket.created"
    assert added["type"] == "zen:event-type:ticket.comment_added"
    assert comment["body"] == "Where is it?"
    assert comment["author"] == {"id": str(SARAH), "is_staff": False, "name": "Sarah Chen"}
    assert created["event"]["meta"]["sequence"]["id"] == added["event"]["meta"]["sequence"]["id"]
    detail = created["detail"]
    assert (detail["id"], detail["status"], detail["priority"], detail["tags"]) == ("1", "NEW", None, None)


async def test_a_delivery_is_signed_over_its_raw_body(world: World) -> None:
    await opened(world)
    await world.hears(2)
    for delivery in world.bot.heard:
        assert signed(delivery, "sandbox-webhook-secret")
        assert delivery.raw.endswith(b"\n")
        assert re.search(r"\.\d{9}Z$", delivery.json["time"])


@pytest.mark.parametrize(
    ("name", "sample"),
    [("comment_added", "ticket.comment_added, public, staff author"), ("status_changed", "ticket.status_changed")],
)
async def test_events_have_the_documented_shape(world: World, name: str, sample: str) -> None:
    documented = {s["kind"]: s["payload"] for s in contract("zendesk_webhook_payloads.json")["samples"]}[sample]
    number = await opened(world)
    await world.control("zendesk/comment", ticket_id=number, author_id=DANA, body="Looking", public=True)
    await put(world, number, status="pending")
    await wait_until(lambda: len(world.bot.events("status_changed")) == 1)

    made = world.bot.events(name)[0]
    assert set(made) == set(documented)
    assert set(made["detail"]) == set(documented["detail"])
    assert set(documented["event"]) <= set(made["event"])
    types = {k: type(v) for k, v in documented["detail"].items() if made["detail"][k] is not None}
    assert {k: type(made["detail"][k]) for k in types} == types


async def test_a_change_is_told_with_what_was_before(world: World) -> None:
    number = await opened(world)
    await put(world, number, status="pending")
    await wait_until(lambda: len(world.bot.events("status_changed")) == 1)

    event = world.bot.events("status_changed")[0]["event"]
    assert (event["previous"], event["current"]) == ("NEW", "PENDING")


async def test_the_bots_own_writes_are_told_like_anybodys(world: World) -> None:
    number = await opened(world)
    await put(
        world, number, comment={"body": "Hello", "public": True}, additional_tags=["Front Desk"],
        group_id=BILLING, assignee_id=LEE, status="open",
    )  # fmt: skip
    await wait_until(lambda: bool(world.bot.events("comment_added")))
    assert world.bot.events("comment_added")[0]["event"]["comment"]["author"]["id"] == str(BOT)
    tags = world.bot.events("tags_changed")[0]["event"]
    assert (tags["tags_added"], tags["tags_removed"]) == (["front", "desk"], [])
    group = world.bot.events("group_assignment_changed")[0]["event"]
    assert (group["current"], group["previous"]) == (str(BILLING), None)
    assert world.bot.events("agent_assignment_changed")[0]["event"]["current"] == str(LEE)


async def test_our_own_triggers_bodies_come_on_demand(world: World) -> None:
    await world.control("config", zendesk_webhook_style="trigger")
    made = await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.control("zendesk/comment", ticket_id=made["id"], author_id=SARAH, body="more", public=True)
    await put(world, made["id"], priority="high")
    await world.hears(3)
    number = str(made["id"])
    assert [h.json for h in world.bot.heard] == [
        {"ticket_id": number, "event": "created"},
        {"ticket_id": number, "event": "commented"},
        {"ticket_id": number, "event": "updated"},
    ]
    assert all(signed(h, "sandbox-webhook-secret") for h in world.bot.heard)


async def test_409_is_tried_again_three_times_500_never(world: World) -> None:
    await world.control("config", zendesk_webhook_style="trigger")
    world.bot.answers = [409, 409, 409, 409]
    await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    for count in (1, 2, 3):
        await wait_until(lambda: world.clock.next_wake is not None)
        assert len(world.bot.heard) == count
        world.clock.advance(world.clock.next_wake or 0)
    await wait_until(lambda: not world.sandbox.world.state.pending)
    assert len(world.bot.heard) == 4
    assert len({h.headers["x-zendesk-webhook-invocation-id"] for h in world.bot.heard}) == 1
    world.bot.answers = [500]
    await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.hears(5)
    await wait_until(lambda: not world.sandbox.world.state.pending)
    assert len(world.bot.heard) == 5


@pytest.mark.parametrize(("wait", "heard"), [("30", 2), ("60", 1), ("", 1)])
async def test_503_is_tried_again_only_with_a_short_retry_after(world: World, wait: str, heard: int) -> None:
    await world.control("config", zendesk_webhook_style="trigger")
    world.bot.answers = [(503, {"retry-after": wait} if wait else {})]
    await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.hears(1)
    if heard == 2:
        await wait_until(lambda: world.clock.next_wake is not None)
        assert world.clock.next_wake == 30
        world.clock.advance(30)
    await wait_until(lambda: not world.sandbox.world.state.pending)
    assert len(world.bot.heard) == heard


async def test_a_webhook_that_hangs_is_given_up(world: World) -> None:
    await close_world(world)
    hasty = await open_world(zendesk_ack_seconds=0.02, zendesk_webhook_style="trigger")
    hasty.bot.answers = ["hang"]
    await hasty.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await wait_until(lambda: bool(hasty.sandbox.deliveries.log))
    assert hasty.sandbox.deliveries.log[0]["reason"] == "http_timeout"
    await close_world(hasty)


# Writing tickets


async def test_the_same_idempotency_key_makes_one_ticket(world: World) -> None:
    body = {"ticket": {"subject": "s", "comment": {"body": "b"}, "external_id": "slack:T:C:1"}}
    first = await world.zendesk("POST", "tickets.json", body, Idempotency_Key="k1")
    second = await world.zendesk("POST", "tickets.json", body, Idempotency_Key="k1")
    assert (first.headers["x-idempotency-lookup"], second.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert first.json() == second.json()
    assert first.headers["location"].endswith(f"/api/v2/tickets/{first.json()['ticket']['id']}.json")
    other = await world.zendesk("POST", "tickets.json", {"ticket": {"comment": {"body": "c"}}}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    found = await world.zendesk("GET", "tickets.json?external_id=slack:T:C:1")
    assert found.json()["count"] == 1
    world.clock.advance(7201)
    third = await world.zendesk("POST", "tickets.json", body, Idempotency_Key="k1")
    assert third.headers["x-idempotency-lookup"] == "miss"
    assert (await world.zendesk("GET", "tickets.json?external_id=slack:T:C:1")).json()["count"] == 2


async def test_safe_update_refuses_what_was_read_too_long_ago(world: World) -> None:
    number = await opened(world)
    stamp = (await ticket(world, number))["updated_at"]
    world.clock.advance(5)
    await world.control("zendesk/comment", ticket_id=number, author_id=DANA, body="I take it", public=True)
    reply = {"comment": {"body": "bot", "public": True}, "safe_update": True}
    late = await put(world, number, **reply, updated_stamp=stamp)
    assert (late.status_code, late.json()["error"]) == (409, "UpdateConflict")
    fresh = (await ticket(world, number))["updated_at"]
    world.clock.advance(5)
    assert (await put(world, number, **reply, updated_stamp=fresh)).status_code == 200
    # A blind resend after a lost answer fails instead of posting twice.
    assert (await put(world, number, **reply, updated_stamp=fresh)).status_code == 409
    assert (await put(world, number, **reply)).status_code == 409


async def test_the_stamp_cannot_tell_two_writes_of_one_second_apart(world: World) -> None:
    number = await opened(world)
    stamp = (await ticket(world, number))["updated_at"]
    guarded = {"safe_update": True, "updated_stamp": stamp}
    for body in ("one", "two"):
        assert (await put(world, number, comment={"body": body, "public": True}, **guarded)).status_code == 200


async def test_metadata_is_found_again_on_audit_and_comment(world: World) -> None:
    number = await opened(world)
    wrote = await put(world, number, comment={"body": "x", "public": False}, metadata={"effect_id": "e1"})
    audit = wrote.json()["audit"]
    assert audit["metadata"]["custom"] == {"effect_id": "e1"}
    newest = (await world.zendesk("GET", f"tickets/{number}/comments.json?sort=-created_at")).json()["comments"][0]
    assert newest["metadata"]["custom"] == {"effect_id": "e1"}
    assert newest["id"] == next(e["id"] for e in audit["events"] if e["type"] == "Comment")
    listed = (await world.zendesk("GET", f"tickets/{number}/audits.json?sort=-created_at")).json()["audits"]
    assert listed[0]["id"] == audit["id"] == newest["audit_id"]


async def test_tags_are_replaced_added_and_removed(world: World) -> None:
    number = await opened(world)
    assert (await put(world, number, tags=["a", "b"])).json()["ticket"]["tags"] == ["a", "b"]
    changed = await put(world, number, additional_tags=["c"], remove_tags=["a"])
    assert changed.json()["ticket"]["tags"] == ["b", "c"]
    assert (await world.zendesk("PUT", f"tickets/{number}/tags.json", {"tags": ["d"]})).json()["tags"] == [
        "b", "c", "d",
    ]  # fmt: skip
    assert (await world.zendesk("DELETE", f"tickets/{number}/tags.json", {"tags": ["b", "d"]})).json()["tags"] == ["c"]
    assert (await world.zendesk("POST", f"tickets/{number}/tags.json", {"tags": ["z"]})).json()["tags"] == ["z"]


async def test_a_private_first_ticket_makes_private_replies_unless_told(world: World) -> None:
    body = {"ticket": {"subject": "s", "comment": {"body": "note", "public": False}}}
    number = (await world.zendesk("POST", "tickets.json", body)).json()["ticket"]["id"]
    await put(world, number, comment={"body": "unsaid"})
    await put(world, number, comment={"body": "said", "public": True})
    comments = (await world.zendesk("GET", f"tickets/{number}/comments.json")).json()["comments"]
    assert [c["public"] for c in comments] == [False, False, True]


async def test_a_customers_answer_opens_the_ticket_again_an_agents_does_not(world: World) -> None:
    number = await opened(world)
    for status in ("pending", "solved"):
        await put(world, number, status=status)
        await world.control("zendesk/comment", ticket_id=number, author_id=DANA, body="note", public=False)
        assert (await ticket(world, number))["status"] == status
        await world.control("zendesk/comment", ticket_id=number, author_id=SARAH, body="again", public=True)
        assert (await ticket(world, number))["status"] == "open"


async def test_assigning_opens_a_new_ticket_and_null_unassigns(world: World) -> None:
    number = await opened(world)
    assert (await put(world, number, assignee_id=LEE)).json()["ticket"]["status"] == "open"
    freed = (await put(world, number, assignee_id=None)).json()["ticket"]
    assert (freed["assignee_id"], freed["group_id"]) == (None, SUPPORT)
    wrong = await put(world, number, assignee_id=SARAH)
    assert (wrong.status_code, "assignee" in wrong.json()["details"]) == (422, True)


async def test_a_closed_ticket_refuses_writes_and_gets_a_follow_up(world: World) -> None:
    number = await opened(world)
    body = {"ticket": {"subject": "s", "comment": {"body": "b"}, "via_followup_source_id": number}}
    assert (await world.zendesk("POST", "tickets.json", body)).status_code == 422
    await put(world, number, status="closed", tags=["kept"])
    refused = await put(world, number, comment={"body": "x", "public": True})
    assert refused.status_code == 422
    assert refused.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"
    made = (await world.zendesk("POST", "tickets.json", body)).json()["ticket"]
    assert (made["tags"], made["via_followup_source_id"]) == (["kept"], number)
    assert (await ticket(world, number))["followup_ids"] == [made["id"]]
    mailed = await world.control("zendesk/comment", ticket_id=number, author_id=SARAH, body="again", public=True)
    assert (await ticket(world, mailed["ticket_id"]))["via_followup_source_id"] == number


async def test_a_merge_closes_the_source_and_is_told(world: World) -> None:
    source, target = await opened(world), await opened(world)
    job = (await world.zendesk("POST", f"tickets/{target}/merge.json", {"ids": [source]})).json()["job_status"]
    assert job["status"] == "queued"
    done = (await world.zendesk("GET", f"job_statuses/{job['id']}.json")).json()["job_status"]
    assert (done["status"], done["results"][0]["success"]) == ("completed", True)
    merged = await ticket(world, source)
    assert (merged["status"], merged["tags"]) == ("closed", ["closed_by_merge"])
    for number in (source, target):
        assert len((await world.zendesk("GET", f"tickets/{number}/comments.json")).json()["comments"]) == 2
    await wait_until(lambda: bool(world.bot.events("merged")))
    event = world.bot.events("merged")[0]
    assert (event["detail"]["id"], event["event"]["target_ticket_id"]) == (str(source), str(target))
    assert (await world.zendesk("POST", f"tickets/{target}/merge.json", {"ids": [source]})).status_code == 422


async def test_unknown_keys_are_dropped_and_named_in_a_header(world: World) -> None:
    number = await opened(world)
    wrote = await world.zendesk(
        "PUT", f"tickets/{number}.json", {"ticket": {"id": number, "priority": "low", "comment": {"body": "x", "w": 1}}}
    )
    assert wrote.status_code == 200
    assert '["ticket.id", "ticket.comment.w"]' in wrote.headers["x-zendesk-api-warn"]
    clean = await put(world, number, priority="high")
    assert "x-zendesk-api-warn" not in clean.headers


async def test_agents_placeholders_render_customers_do_not(world: World) -> None:
    made = await world.control("zendesk/ticket", requester=SARAH, subject="s", body="I am {{ticket.requester.email}}")
    number = made["id"]
    await put(world, number, comment={"body": "No {{ticket.id}} {{nothing}} {\u200b{ticket.id}}", "public": True})
    comments = (await world.zendesk("GET", f"tickets/{number}/comments.json")).json()["comments"]
    assert comments[0]["body"] == "I am {{ticket.requester.email}}"
    assert comments[1]["body"] == f"No {number}  {{\u200b{{ticket.id}}}}"


async def test_html_comments_lose_scripts_and_get_a_plain_body(world: World) -> None:
    number = await opened(world)
    await put(world, number, comment={"html_body": "<p>a &amp; b</p><script>x()</script><p>c</p>", "public": True})
    newest = (await world.zendesk("GET", f"tickets/{number}/comments.json")).json()["comments"][-1]
    assert newest["plain_body"] == "a & b\nc"
    assert "script" not in newest["html_body"]


async def test_spoofed_mail_is_flagged(world: World) -> None:
    made = await world.control("zendesk/ticket", requester=SARAH, subject="s", body="pay me", trusted=False)
    comment = (await world.zendesk("GET", f"tickets/{made['id']}/comments.json")).json()["comments"][0]
    assert (comment["metadata"]["trusted"], comment["metadata"]["flags"]) == (False, [2])


WRONG: list[tuple[str, str, Any, int]] = [
    ("GET", "tickets/999.json", None, 404),
    ("PUT", "tickets/999.json", {"ticket": {"status": "open"}}, 404),
    ("POST", "tickets.json", {"ticket": {"subject": "s"}}, 422),
    ("POST", "tickets.json", {"ticket": {"subject": "s", "comment": {"body": " "}}}, 422),
    ("POST", "tickets.json", {"ticket": {"comment": {"body": "b"}, "priority": "urgentt"}}, 422),
    ("POST", "tickets.json", {"ticket": {"comment": {"body": "b"}, "group_id": 7}}, 422),
    ("POST", "tickets.json", {"ticket": {"comment": {"body": "b"}, "requester": {"email": "x@example.com"}}}, 422),
    ("POST", "tickets.json", {"ticket": {"comment": {"body": "b", "uploads": ["none"]}}}, 422),
    ("POST", "tickets.json", {"tickett": {}}, 400),
    ("GET", "users/show_many.json?ids=" + ",".join("1" for _ in range(101)), None, 400),
    ("GET", "tickets/1/comments.json?page[size]=101", None, 404),
    ("GET", "search.json", None, 400),
    ("GET", "nothing/here.json", None, 404),
    ("POST", "triggers.json", {"trigger": {"title": "t", "actions": [{"field": "explode", "value": 1}]}}, 422),
    ("POST", "webhooks", {"webhook": {"name": "n"}}, 400),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), WRONG, ids=[f"{m} {p[:30]}" for m, p, _, _ in WRONG])
async def test_wrong_requests_get_zendesks_errors(world: World, method: str, path: str, body: Any, status: int) -> None:
    response = await world.zendesk(method, path, body)
    assert response.status_code == status
    assert response.json()["error"]


# Limits and credentials


async def test_thirty_updates_of_a_ticket_in_ten_minutes(world: World) -> None:
    number = await opened(world)
    other = await opened(world)
    answers = [await put(world, number, subject=f"s{n}") for n in range(31)]
    assert [a.status_code for a in answers] == [200] * 30 + [429]
    assert (await put(world, other, subject="s")).status_code == 200
    world.clock.advance(int(answers[-1].headers["retry-after"]))
    assert (await put(world, number, subject="later")).status_code == 200


async def test_four_hundred_requests_a_minute(world: World) -> None:
    answers = [await world.zendesk("GET", "users/me.json") for _ in range(401)]
    assert [a.status_code for a in answers[-2:]] == [200, 429]
    assert answers[0].headers["x-rate-limit-remaining"] == "399"
    assert int(answers[-1].headers["retry-after"]) >= 1
    await world.control("limits", enabled=False)
    assert (await world.zendesk("GET", "users/me.json")).status_code == 200


GRANT = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox-secret"}


async def token(world: World, **more: Any) -> str:
    answer = (await world.client.post("/oauth/tokens", json=GRANT | more)).json()
    assert answer["token_type"] == "bearer"
    return str(answer["access_token"])


async def status(world: World, path: str, bearer: str) -> int:
    headers = {"Authorization": f"Bearer {bearer}"}
    return (await world.client.get(f"/api/v2/{path}", headers=headers)).status_code


async def test_oauth_tokens_work_until_they_expire_and_within_their_scope(world: World) -> None:
    number = await opened(world)
    full = await token(world)
    narrow = await token(world, scope="tickets:read", expires_in=3600)

    assert await status(world, "users/me.json", full) == 200
    assert await status(world, f"tickets/{number}.json", narrow) == 200
    assert await status(world, f"tickets/{number}/audits.json", narrow) == 403
    assert await status(world, "users/me.json", narrow) == 403
    world.clock.advance(1801)
    assert await status(world, "users/me.json", full) == 401
    assert await status(world, f"tickets/{number}", narrow) == 200


async def test_the_request_log_has_no_oauth_token_and_no_client_secret(world: World) -> None:
    secret = await token(world)

    log = (await world.client.get("/_sandbox/requests")).text
    assert secret not in log
    assert "sandbox-secret" not in log


async def test_an_oauth_token_tells_what_it_is_and_can_be_revoked(world: World) -> None:
    bearer = await token(world)
    headers = {"Authorization": f"Bearer {bearer}"}
    current = (await world.client.get("/api/v2/oauth/tokens/current.json", headers=headers)).json()["token"]
    assert (current["user_id"], current["scopes"]) == (BOT, ["read", "write"])

    revoked = await world.client.delete(f"/api/v2/oauth/tokens/{current['id']}.json", headers=headers)
    assert revoked.status_code == 204
    assert await status(world, "users/me.json", bearer) == 401


async def test_a_wrong_client_secret_gets_no_oauth_token(world: World) -> None:
    assert (await world.client.post("/oauth/tokens", json=GRANT | {"client_secret": "x"})).status_code == 401


@pytest.mark.parametrize("auth", [None, ("bot@acme.example/token", "wrong"), ("bot@acme.example", "sandbox-token")])
async def test_wrong_credentials_are_401(world: World, auth: tuple[str, str] | None) -> None:
    response = await world.client.get("/api/v2/users/me.json", auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert (response.status_code, response.json()["error"]) == (401, "Couldn't authenticate you")


# Reading


async def test_comments_page_by_cursor_with_their_people(world: World) -> None:
    number = await opened(world)
    for n in range(4):
        await put(world, number, comment={"body": f"c{n}", "public": True})
    first = await world.zendesk("GET", f"tickets/{number}/comments.json?page[size]=2&sort=-created_at&include=users")
    assert [c["body"] for c in first.json()["comments"]] == ["c3", "c2"]
    assert {u["role"] for u in first.json()["users"]} == {"agent", "end-user"}
    assert first.json()["meta"]["has_more"] is True
    rest = await world.client.get(first.json()["links"]["next"], auth=("bot@acme.example/token", "sandbox-token"))
    assert [c["body"] for c in rest.json()["comments"]] == ["c1", "c0"]
    before = await world.zendesk("GET", f"tickets/{number}/comments?page[size]=101")
    assert before.status_code == 400


async def test_search_finds_by_tag_and_time_but_lags(world: World) -> None:
    number = await opened(world, tags=["frontdesk"])
    assert (await world.zendesk("GET", "search.json?query=type:ticket tags:frontdesk")).json()["count"] == 0
    world.clock.advance(3)
    day = datetime.fromtimestamp(world.clock.now()).astimezone().date().isoformat()
    for query, count in (
        ("type:ticket tags:frontdesk", 1),
        ("type:ticket tags:other", 0),
        (f"type:ticket updated>={day}", 1),
        ("type:ticket status<solved requester:sarah.chen@example.com", 1),
        ("type:ticket assignee:none group:Support", 0),
        ("type:user sarah", 1),
    ):
        found = await world.zendesk("GET", f"search.json?query={query}")
        assert found.json()["count"] == count, query
    shown = (await world.zendesk("GET", "search.json?query=tags:frontdesk")).json()["results"][0]
    assert (shown["id"], shown["result_type"]) == (number, "ticket")


async def test_the_incremental_export_leaves_out_the_last_minute_and_goes_on_by_cursor(world: World) -> None:
    start = int(world.clock.now())
    numbers = []
    for _ in range(3):
        numbers.append(await opened(world))
        world.clock.advance(30)
    path = f"incremental/tickets/cursor.json?start_time={start}"
    early = (await world.zendesk("GET", path)).json()
    assert [t["id"] for t in early["tickets"]] == numbers[:2]
    world.clock.advance(60)
    path = f"incremental/tickets/cursor.json?cursor={early['after_cursor']}"
    late = (await world.zendesk("GET", path)).json()
    assert [t["id"] for t in late["tickets"]] == numbers[2:]
    assert late["end_of_stream"] is True
    await put(world, numbers[0], priority="low")
    world.clock.advance(61)
    again = (await world.zendesk("GET", f"incremental/tickets/cursor.json?cursor={late['after_cursor']}")).json()
    assert [t["id"] for t in again["tickets"]] == [numbers[0]]


async def test_users_are_found_made_and_never_doubled(world: World) -> None:
    made = await world.zendesk(
        "POST", "users/create_or_update.json", {"user": {"name": "Ext", "external_id": "slack:T0PARTNER:U0EXT"}}
    )
    again = await world.zendesk(
        "POST", "users/create_or_update.json", {"user": {"name": "Erin", "external_id": "slack:T0PARTNER:U0EXT"}}
    )
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["user"]["id"] == again.json()["user"]["id"]
    assert again.json()["user"]["name"] == "Erin"
    found = await world.zendesk("GET", "users/search.json?query=sarah.chen@example.com")
    assert [u["id"] for u in found.json()["users"]] == [SARAH]
    both = {"user": {"external_id": "slack:T0PARTNER:U0EXT", "email": "sarah.chen@example.com"}}
    assert (await world.zendesk("POST", "users/create_or_update.json", both)).status_code == 422
    identities = (await world.zendesk("GET", f"users/{SARAH}/identities.json")).json()["identities"]
    assert [(i["value"], i["verified"]) for i in identities] == [("sarah.chen@example.com", True)]
    body = {"ticket": {"comment": {"body": "b"}, "requester": {"name": "New", "email": "new@example.com"}}}
    requester = (await world.zendesk("POST", "tickets.json", body)).json()["ticket"]["requester_id"]
    unproven = (await world.zendesk("GET", f"users/{requester}/identities.json")).json()["identities"]
    assert unproven[0]["verified"] is False
    many = await world.zendesk("GET", f"users/show_many.json?ids={SARAH},{requester},404")
    assert [u["id"] for u in many.json()["users"]] == [SARAH, requester]


async def test_groups_and_me(world: World) -> None:
    me = (await world.zendesk("GET", "users/me.json")).json()["user"]
    assert (me["id"], me["role"], me["name"]) == (BOT, "agent", "Frontdesk Bot")
    groups = (await world.zendesk("GET", "groups/assignable.json")).json()["groups"]
    assert [g["name"] for g in groups] == ["Support", "Billing", "Technical", "Shipping", "Escalations"]


async def test_files_are_attached_once_and_downloaded_without_credentials(world: World) -> None:
    auth = ("bot@acme.example/token", "sandbox-token")
    headers = {"Content-Type": "text/csv"}
    up = await world.client.post("/api/v2/uploads.json?filename=r.csv", content=b"a,b", headers=headers, auth=auth)
    token = up.json()["upload"]["token"]
    number = await opened(world)
    await put(world, number, comment={"body": "file", "public": True, "uploads": [token]})
    reused = await put(world, number, comment={"body": "file", "public": True, "uploads": [token]})
    assert reused.status_code == 422
    newest = (await world.zendesk("GET", f"tickets/{number}/comments.json")).json()["comments"][-1]
    url = newest["attachments"][0]["content_url"]
    hop = await world.client.get(url, auth=auth)
    assert hop.status_code == 302
    assert (await world.client.get(hop.headers["location"], auth=auth)).status_code == 400
    download = await world.client.get(hop.headers["location"])
    assert (download.content, download.headers["content-type"]) == (b"a,b", "text/csv")


async def test_help_center_shows_strangers_only_what_is_public(world: World) -> None:
    path = "/api/v2/help_center/articles/search.json?query=refunded goodwill"
    public = (await world.client.get(path)).json()["results"]
    assert [a["title"] for a in public] == ["Refunds and returns"]
    agents = (await world.zendesk("GET", "help_center/articles/search.json?query=goodwill")).json()["results"]
    assert agents[0]["user_segment_id"] is not None
    listed = (await world.zendesk("GET", "help_center/en-us/articles.json")).json()["articles"]
    assert any(a["draft"] for a in listed)
    assert "<em>" in public[0]["snippet"]


async def test_suspended_mail_makes_no_event_until_recovered(world: World) -> None:
    kept = await world.control("zendesk/suspend", name="Zoe", email="zoe@example.com", subject="s", body="help")
    listed = (await world.zendesk("GET", "suspended_tickets.json")).json()["suspended_tickets"]
    assert [s["id"] for s in listed] == [kept["id"]]
    assert world.bot.heard == []
    await world.zendesk("PUT", f"suspended_tickets/{kept['id']}/recover.json")
    await world.hears(2)
    assert (await world.zendesk("GET", "satisfaction_ratings.json")).json()["satisfaction_ratings"] == []


# What an administrator sets up


async def hooked(world: World, *subscriptions: str) -> str:
    """A webhook made through the API."""
    webhook = {
        "name": "ours", "endpoint": "http://bot.test/made", "http_method": "POST", "request_format": "json",
        "status": "active", "subscriptions": list(subscriptions),
    }  # fmt: skip
    made = await world.zendesk("POST", "webhooks", {"webhook": webhook})
    assert made.status_code == 201
    return str(made.json()["webhook"]["id"])


async def secret_of(world: World, hook: str) -> str:
    """Its signing secret."""
    return str((await world.zendesk("GET", f"webhooks/{hook}/signing_secret")).json()["signing_secret"]["secret"])


async def test_a_webhook_made_here_gets_its_events_signed_with_its_own_secret(world: World) -> None:
    await world.control("config", zendesk_webhook_url="")
    hook = await hooked(world, "zen:event-type:ticket.comment_added")
    await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.hears(1)
    assert world.bot.heard[0].headers["x-zendesk-webhook-id"] == hook
    assert signed(world.bot.heard[0], await secret_of(world, hook))
    await world.zendesk("POST", f"webhooks/{hook}/signing_secret")
    await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.hears(2)
    assert signed(world.bot.heard[1], await secret_of(world, hook))
    assert [h.json["type"] for h in world.bot.heard] == ["zen:event-type:ticket.comment_added"] * 2
    log = (await world.zendesk("GET", f"webhooks/{hook}/invocations")).json()["invocations"]
    assert [i["status"] for i in log] == ["success", "success"]
    attempts = await world.zendesk("GET", f"webhooks/{hook}/invocations/{log[0]['id']}/attempts")
    assert attempts.json()["attempts"][0]["request"]["payload"] == world.bot.heard[0].raw.decode()
    assert (await world.zendesk("PATCH", f"webhooks/{hook}", {"webhook": {"status": "inactive"}})).status_code == 204
    await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.quiet()
    assert len(world.bot.heard) == 2


async def test_the_configured_webhook_is_listed_and_tested(world: World) -> None:
    listed = (await world.zendesk("GET", "webhooks")).json()["webhooks"]
    assert [h["endpoint"] for h in listed] == ["http://bot.test/zendesk/webhook"]
    hook = listed[0]["id"]
    assert await secret_of(world, hook) == "sandbox-webhook-secret"
    world.bot.answers = [(401, {"x-reason": "no"})]
    request = {"request": {"payload": '{"ping": true}'}}
    tried = (await world.zendesk("POST", f"webhooks/test?webhook_id={hook}", request)).json()["response"]
    assert tried["status_code"] == 401
    assert {"key": "x-reason", "value": "no"} in tried["headers"]
    assert world.bot.heard[0].json == {"ping": True}


async def test_a_trigger_fires_its_webhook_under_its_conditions_only(world: World) -> None:
    await world.control("config", zendesk_webhook_url="")
    hook = await hooked(world, "conditional_ticket_events")
    template = json.dumps({"ticket_id": "{{ticket.id}}", "event": "commented"})
    trigger = {
        "title": "customers' comments",
        "conditions": {
            "all": [
                {"field": "comment_is_public", "operator": "is", "value": "requester_can_see_comment"},
                {"field": "role", "operator": "is", "value": "end_user"},
                {"field": "current_tags", "operator": "not_includes", "value": "frontdesk_off"},
            ],
            "any": [],
        },
        "actions": [{"field": "notification_webhook", "value": [hook, template]}],
    }
    made = (await world.zendesk("POST", "triggers.json", {"trigger": trigger})).json()["trigger"]
    number = (await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b"))["id"]
    await world.hears(1)
    assert world.bot.heard[0].json == {"ticket_id": str(number), "event": "commented"}
    assert signed(world.bot.heard[0], await secret_of(world, hook))
    await put(world, number, comment={"body": "bot", "public": True})
    await world.control("zendesk/comment", ticket_id=number, author_id=DANA, body="note", public=False)
    await world.control("zendesk/update", ticket_id=number, actor_id=DANA, add_tags=["frontdesk_off"])
    await world.control("zendesk/comment", ticket_id=number, author_id=SARAH, body="off", public=True)
    await world.quiet()
    assert len(world.bot.heard) == 1
    await world.zendesk("PUT", f"triggers/{made['id']}.json", {"trigger": {"active": False}})
    await world.control("zendesk/update", ticket_id=number, actor_id=DANA, remove_tags=["frontdesk_off"])
    await world.control("zendesk/comment", ticket_id=number, author_id=SARAH, body="on", public=True)
    await world.quiet()
    assert len(world.bot.heard) == 1


async def test_a_triggers_own_change_moves_the_stamp_once(world: World) -> None:
    trigger = {
        "title": "sort",
        "all": [{"field": "update_type", "operator": "is", "value": "Change"}],
        "actions": [{"field": "current_tags", "value": "sorted"}, {"field": "priority", "value": "high"}],
    }
    await world.zendesk("POST", "triggers.json", {"trigger": trigger})
    number = await opened(world)
    stamp = (await ticket(world, number))["updated_at"]
    world.clock.advance(2)
    await world.control("zendesk/update", ticket_id=number, actor_id=DANA, status="open")
    now = await ticket(world, number)
    assert (now["tags"], now["priority"]) == (["sorted"], "high")
    assert now["updated_at"] != stamp
    audits = (await world.zendesk("GET", f"tickets/{number}/audits.json")).json()["audits"]
    assert [a["via"]["channel"] for a in audits] == ["web", "web", "rule"]


async def test_a_new_account_mails_requesters_until_told_otherwise(world: World) -> None:
    triggers = (await world.zendesk("GET", "triggers.json?active=true")).json()["triggers"]
    assert triggers[0]["actions"][0]["field"] == "notification_user"


async def test_ticket_fields_are_made_and_filled(world: World) -> None:
    field = {"ticket_field": {"type": "text", "title": "Slack thread"}}
    made = (await world.zendesk("POST", "ticket_fields.json", field)).json()["ticket_field"]
    number = await opened(world)
    filled = await put(world, number, custom_fields=[{"id": made["id"], "value": "C1"}, {"id": 1, "value": "x"}])
    assert filled.json()["ticket"]["custom_fields"] == [{"id": made["id"], "value": "C1"}]


# Faults


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
