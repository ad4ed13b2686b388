"""The simulated Zendesk tells of tickets as Zendesk's webhooks do."""

import re

import pytest

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import World, close_world, contract, open_world, wait_until
from tests.contract.sandbox.zendesk_steps import BILLING, BOT, DANA, LEE, SARAH, opened, put, signed

world = kit.world


async def test_a_new_ticket_is_told_twice_created_and_its_first_comment(world: World) -> None:
    await world.control("zendesk/ticket", requester=SARAH, subject="Late", body="Where is it?", via_channel="email")
    await world.hears(2)
    added, created = sorted((h.json for h in world.bot.heard), key=lambda told: str(told["type"]))
    comment = added["event"]["comment"]
    assert created["type"] == "zen:event-type:ticket.created"
    assert added["type"] == "zen:event-type:ticket.comment_added"
    assert comment["body"] == "Where is it?"
    assert comment["author"] == {"id": str(SARAH), "is_staff": False, "name": "Sarah Chen"}
    assert created["event"]["meta"]["sequence"]["id"] == added["event"]["meta"]["sequence"]["id"]
    detail = created["detail"]
    assert (detail["id"], detail["status"], detail["priority"], detail["tags"]) == ("1", "NEW", None, None)


async def test_a_delivery_is_signed_over_its_raw_body(world: World) -> None:
    await world.control("zendesk/ticket", requester=SARAH, subject="Late", body="Where is it?")
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
    await wait_until(lambda: not world.sandbox.world.state.pending)
    assert world.bot.events("comment_added")[0]["event"]["comment"]["author"]["id"] == str(BOT)
    tags = world.bot.events("tags_changed")[0]["event"]
    assert (tags["tags_added"], tags["tags_removed"]) == (["front", "desk"], [])
    group = world.bot.events("group_assignment_changed")[0]["event"]
    assert (group["current"], group["previous"]) == (str(BILLING), None)
    assert world.bot.events("agent_assignment_changed")[0]["event"]["current"] == str(LEE)


async def test_our_own_triggers_bodies_come_on_demand(world: World) -> None:
    await world.control("config", zendesk_webhook_style="trigger")
    made = await world.control("zendesk/ticket", requester=SARAH, subject="s", body="b")
    await world.hears(1)
    await world.control("zendesk/comment", ticket_id=made["id"], author_id=SARAH, body="more", public=True)
    await world.hears(2)
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
