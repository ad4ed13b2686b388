"""The simulated Zendesk lists, searches and exports as Zendesk does."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.sandbox.zendesk import exports
from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World
from tests.contract.sandbox.zendesk_steps import BOT, SARAH, opened, put

world = kit.world


async def test_comments_page_by_cursor_with_their_people(world: World) -> None:
    number = await opened(world)
    for n in range(4):
        await put(world, number, comment={"body": f"c{n}", "public": True})
    first = await world.zendesk("GET", f"tickets/{number}/comments.json?page[size]=2&sort=-created_at&include=users")
    assert [c["body"] for c in first.json()["comments"]] == ["c3", "c2"]
    assert {u["role"] for u in first.json()["users"]} == {"admin", "end-user"}
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
    assert (me["id"], me["role"], me["name"]) == (BOT, "admin", "Frontdesk Bot")
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


async def test_ticket_events_hold_whole_comments_and_repeat_the_end_of_a_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "EVENTS_PAGE", 2)
    start = int(world.clock.now())
    number = await opened(world)
    for n in range(3):
        world.clock.advance(30)
        await put(world, number, comment={"body": f"c{n}", "public": n != 1}, priority=("low", "high", "normal")[n])
    world.clock.advance(61)

    pages = await all_pages(world, f"incremental/ticket_events.json?start_time={start}&include=comment_events")

    events = {each["id"]: each for page in pages for each in page["ticket_events"]}
    assert comments_in(events.values())[1:] == [("c0", True), ("c1", False), ("c2", True)]
    assert sum(page["count"] for page in pages) > len(events) == 4
    assert len(pages) == 3


async def all_pages(world: World, path: str) -> list[Any]:
    pages = []
    while path:
        pages.append((await world.zendesk("GET", path)).json())
        path = "" if pages[-1]["end_of_stream"] else pages[-1]["next_page"].partition("/api/v2/")[2]
    return pages


def comments_in(events: Iterable[Any]) -> list[tuple[str, bool]]:
    children = [child for event in events for child in event["child_events"]]
    return [(child["body"], child["public"]) for child in children if child["event_type"] == "Comment"]


async def test_the_export_of_search_wants_its_type_beside_the_query(world: World) -> None:
    number, other = await opened(world), await opened(world)
    await put(world, number, status="solved")
    world.clock.advance(3)
    day = datetime.fromtimestamp(world.clock.now(), UTC).date().isoformat()
    path = "search/export.json?query=status>=solved solved>="

    found = (await world.zendesk("GET", f"{path}{day}&filter[type]=ticket&page[size]=1")).json()

    assert ([each["id"] for each in found["results"]], found["meta"]["has_more"]) == ([number], False)
    assert other != number
    assert (await world.zendesk("GET", f"{path}{day} type:ticket&filter[type]=ticket")).status_code == 422
    assert (await world.zendesk("GET", f"{path}2100-01-01&filter[type]=ticket")).json()["results"] == []


async def test_the_exports_are_for_administrators(world: World) -> None:
    await world.control("zendesk/account", role="agent")
    for path in ("incremental/tickets/cursor.json?start_time=1", "incremental/ticket_events.json?start_time=1"):
        assert (await world.zendesk("GET", path)).status_code == 403
    assert (await world.zendesk("GET", "search/export.json?filter[type]=ticket&query=status:solved")).status_code == 200
