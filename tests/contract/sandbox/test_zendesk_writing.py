"""The simulated Zendesk takes and refuses writes to tickets as Zendesk does."""

from typing import Any

import pytest

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World, wait_until
from tests.contract.sandbox.zendesk_steps import DANA, LEE, SARAH, SUPPORT, opened, put, ticket

world = kit.world


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
