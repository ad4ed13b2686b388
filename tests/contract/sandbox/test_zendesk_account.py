"""What an administrator keeps in the simulated Zendesk: macros, views, groups, brands, statuses, roles, mails."""

from typing import Any

import pytest

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World
from tests.contract.sandbox.zendesk_steps import BOT, DANA, SARAH, SUPPORT, opened, put, ticket

world = kit.world

SEND = {"title": "Send", "actions": [{"field": "current_tags", "value": "frontdesk_send"}], "description": "ours"}
DRAFTS = {
    "title": "Drafts",
    "all": [
        {"field": "status", "operator": "less_than", "value": "solved"},
        {"field": "current_tags", "operator": "includes", "value": "frontdesk_draft"},
    ],
    "any": [],
    "output": {"columns": ["status", "subject"], "sort_by": "updated_at", "sort_order": "asc"},
}


async def made(world: World, kind: str, fields: Any) -> Any:
    """What an administrator makes, as the API shows it afterwards."""
    answer = await world.zendesk("POST", f"{kind}s.json", {kind: fields})
    assert answer.status_code == 201, answer.text
    return (await world.zendesk("GET", f"{kind}s/{answer.json()[kind]['id']}.json")).json()[kind]


async def test_a_macro_says_what_it_would_do_and_an_agent_does_it(world: World) -> None:
    macro = await made(world, "macro", SEND)
    number = await opened(world)

    preview = (await world.zendesk("GET", f"tickets/{number}/macros/{macro['id']}/apply.json")).json()["result"]
    assert preview["ticket"]["tags"] == ["frontdesk_send"]
    assert (await ticket(world, number))["tags"] == []
    await world.control("zendesk/macro", macro_id=macro["id"], ticket_id=number, actor_id=DANA)

    assert (await ticket(world, number))["tags"] == ["frontdesk_send"]


async def test_a_view_shows_the_tickets_that_meet_its_conditions(world: World) -> None:
    view = await made(world, "view", DRAFTS)
    assert [column["id"] for column in view["execution"]["columns"]] == ["status", "subject"]
    assert view["conditions"]["all"] == DRAFTS["all"]
    number = await opened(world, tags=["frontdesk_draft"])
    await opened(world)

    async def shown() -> list[int]:
        return [t["id"] for t in (await world.zendesk("GET", f"views/{view['id']}/tickets.json")).json()["tickets"]]

    assert await shown() == [number]
    await put(world, number, status="solved", assignee_id=DANA)
    assert await shown() == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("macro", {"title": "", "actions": SEND["actions"]}),
        ("macro", {"title": "Nothing", "actions": []}),
        ("macro", {"title": "Odd", "actions": [{"field": "weather", "value": "rain"}]}),
        ("view", DRAFTS | {"all": [{"field": "current_tags", "operator": "includes", "value": "x"}]}),
        ("view", DRAFTS | {"output": {"columns": [f"c{n}" for n in range(11)]}}),
        ("group", {"name": "support"}),
    ],
)
async def test_what_zendesk_would_not_take_is_refused_as_zendesk_does(world: World, kind: str, fields: Any) -> None:
    answer = await world.zendesk("POST", f"{kind}s.json", {kind: fields})

    assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")


@pytest.mark.parametrize(("kind", "fields"), [("macro", SEND), ("view", DRAFTS)])
async def test_a_record_is_changed_listed_by_pages_and_deleted(world: World, kind: str, fields: Any) -> None:
    first, second = [await made(world, kind, fields) for _ in range(2)]
    await world.zendesk("PUT", f"{kind}s/{first['id']}.json", {kind: {"title": "Other", "active": False}})

    page = (await world.zendesk("GET", f"{kind}s.json?page[size]=1")).json()
    assert [each["title"] for each in page[f"{kind}s"]] == ["Other"]
    assert page["meta"]["has_more"]
    active = (await world.zendesk("GET", f"{kind}s.json?active=true")).json()[f"{kind}s"]
    assert [each["id"] for each in active] == [second["id"]]
    assert (await world.zendesk("DELETE", f"{kind}s/{first['id']}.json")).status_code == 204
    assert (await world.zendesk("GET", f"{kind}s/{first['id']}.json")).status_code == 404


async def test_a_deleted_group_stays_listed_as_such_and_its_name_is_free(world: World) -> None:
    group = await made(world, "group", {"name": "Returns", "description": "ours"})
    assert group["description"] == "ours"
    number = await opened(world, group_id=group["id"])
    assert (await world.zendesk("DELETE", f"groups/{group['id']}.json")).status_code == 204

    listed = (await world.zendesk("GET", "groups.json")).json()["groups"]
    assert [each["deleted"] for each in listed if each["id"] == group["id"]] == [True]
    kept = (await world.zendesk("GET", "groups.json?exclude_deleted=true")).json()["groups"]
    assert group["id"] not in [each["id"] for each in kept]
    assert (await ticket(world, number))["group_id"] is None
    await made(world, "group", {"name": "Returns"})
    members = (await world.zendesk("GET", f"groups/{SUPPORT}/memberships.json")).json()["group_memberships"]
    assert DANA in [each["user_id"] for each in members]


async def test_triggers_mail_who_they_name_and_only_where_they_match(world: World) -> None:
    number = await opened(world)
    await put(world, number, comment={"body": "It comes on Monday.", "public": True})
    await put(world, number, comment={"body": "He is impatient.", "public": False})
    await world.control("zendesk/comment", ticket_id=number, author_id=SARAH, body="Thanks")

    mails = (await world.client.get("/_sandbox/zendesk/mails")).json()["mails"]

    assert [mail["to"] for mail in mails] == [["sarah.chen@example.com"]] * 2
    assert [mail["body"] for mail in mails] == [f"Your request ({number}) has been received.", "It comes on Monday."]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "webhooks"),
        ("POST", "triggers.json"),
        ("POST", "macros.json"),
        ("POST", "views.json"),
        ("POST", "groups.json"),
        ("POST", "ticket_fields.json"),
        ("GET", "brand_agents.json"),
    ],
)
async def test_an_agent_may_not_administer(world: World, method: str, path: str) -> None:
    await world.control("zendesk/account", role="agent")

    answer = await world.zendesk(method, path, {"macro": SEND, "view": DRAFTS} if method == "POST" else None)

    assert (answer.status_code, answer.json()["error"]["title"]) == (403, "Forbidden")


async def test_a_custom_role_gives_an_agent_what_it_names(world: World) -> None:
    await world.control("zendesk/account", role="agent", permissions={"macro_access": "full"})

    await made(world, "macro", SEND)

    assert (await world.zendesk("POST", "views.json", {"view": DRAFTS})).status_code == 403
    me = (await world.zendesk("GET", "users/me.json")).json()["user"]
    role = (await world.zendesk("GET", f"custom_roles/{me['custom_role_id']}.json")).json()["custom_role"]
    assert role["configuration"] == {"macro_access": "full"}


async def test_brands_say_who_works_for_them_and_statuses_what_they_are(world: World) -> None:
    await world.control("zendesk/account", brand="Acme Pro", for_bot=False)
    await world.control("zendesk/account", status="Waiting for parts", category="hold")

    brands = (await world.zendesk("GET", "brands.json")).json()["brands"]
    mine = (await world.zendesk("GET", f"users/{BOT}/brand_agents.json")).json()["brand_agents"]
    statuses = (await world.zendesk("GET", "custom_statuses.json")).json()["custom_statuses"]

    assert [brand["name"] for brand in brands] == ["Acme", "Acme Pro"]
    assert [each["brand_id"] for each in mine] == [brands[0]["id"]]
    assert [(each["status_category"], each["agent_label"]) for each in statuses] == [("hold", "Waiting for parts")]


async def test_a_person_is_deleted_once_no_ticket_of_theirs_is_open(world: World) -> None:
    person = {"user": {"name": "Guest", "email": "guest@example.com", "skip_verify_email": True}}
    first = await world.zendesk("POST", "users/create_or_update.json", person)
    guest = first.json()["user"]["id"]
    fields = {"subject": "s", "comment": {"body": "b"}, "requester_id": guest, "submitter_id": guest}
    made = (await world.zendesk("POST", "tickets.json", {"ticket": fields})).json()["ticket"]

    assert (await world.zendesk("DELETE", f"users/{guest}.json")).status_code == 422
    assert (await world.zendesk("DELETE", f"tickets/{made['id']}.json")).status_code == 204
    assert (await world.zendesk("DELETE", f"users/{guest}.json")).json()["user"]["active"] is False

    assert (await world.zendesk("GET", f"tickets/{made['id']}.json")).status_code == 404
    assert (await world.zendesk("POST", "users/create_or_update.json", person)).json()["user"]["id"] != guest
