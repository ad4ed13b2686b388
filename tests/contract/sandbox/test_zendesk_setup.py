"""What an administrator sets up in the simulated Zendesk works: webhooks, triggers, fields."""

import json

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World
from tests.contract.sandbox.zendesk_steps import DANA, SARAH, opened, put, signed, ticket

world = kit.world


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
    await world.quiet()
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
