"""Modals of the simulated Slack: opened once and at once, filled in by whoever clicked, closed by the app's answer."""

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import ListeningBot, World, close_world, open_world, wait_until

world = kit.world

CHANNEL = "C0TRIAGE"
WORDS = {"type": "plain_text", "text": "Send"}
GO = {"type": "button", "action_id": "go", "value": "v1", "text": WORDS}


def field(name: str, **element: Any) -> dict[str, Any]:
    typed = {"type": "plain_text_input", "action_id": "text", "multiline": True, **element}
    return {"type": "input", "block_id": name, "label": WORDS, "element": typed}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": WORDS, "submit": WORDS, "blocks": list(blocks), **more}


class AnsweringBot(ListeningBot):
    """Says what it is told to, to everything."""

    body: bytes = b""
    status: int = 200

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def instead(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["status"] = self.status
            await send({**message, "body": self.body} if message["type"] == "http.response.body" else message)

        await super().__call__(scope, receive, instead)


async def clicked(world: World, user: str = "U0DANA") -> str:
    """Let somebody click a button; return the click's trigger."""
    blocks = [{"type": "actions", "elements": [GO]}]
    posted = await world.slack("chat.postMessage", channel=CHANNEL, text="?", blocks=blocks)
    click = await world.control("slack/click", user=user, channel=CHANNEL, ts=posted["ts"], action_id="go")
    trigger: str = click["trigger_id"]
    return trigger


async def opened(world: World, *blocks: dict[str, Any], **more: Any) -> str:
    """Open a modal for Dana; return its id."""
    answer = await world.slack("views.open", trigger_id=await clicked(world), view=modal(*blocks, **more))
    assert answer["ok"], answer
    view_id: str = answer["view"]["id"]
    return view_id


async def modals(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.client.get("/_sandbox/state")).json()["slack"]["modals"]
    return found


def payloads(world: World, kind: str) -> list[Any]:
    forms = [one for one in world.bot.heard if one.headers["content-type"] == "application/x-www-form-urlencoded"]
    heard = [json.loads(parse_qs(one.raw.decode())["payload"][0]) for one in forms]
    return [one for one in heard if one["type"] == kind]


async def test_what_is_typed_reaches_the_app_as_a_signed_submission(world: World) -> None:
    fields = [field("first", initial_value="Dear customer,"), field("second", initial_value="see below")]
    view_id = await opened(world, *fields, callback_id="edit", private_metadata="opaque-1")
    assert [one["user"] for one in await modals(world)] == ["U0DANA"]

    await world.control("slack/submit", user="U0DANA", view_id=view_id, values={"second": "see <above> & be well"})
    await wait_until(lambda: bool(payloads(world, "view_submission")), "the submission")
    await world.quiet()

    [payload] = payloads(world, "view_submission")
    assert (payload["user"]["id"], payload["team"]["id"]) == ("U0DANA", "T0FRONTDSK")
    view = payload["view"]
    assert (view["id"], view["callback_id"], view["private_metadata"]) == (view_id, "edit", "opaque-1")
    assert {name: typed["text"]["value"] for name, typed in view["state"]["values"].items()} == {
        "first": "Dear customer,",
        "second": "see <above> & be well",
    }
    assert "x-slack-signature" in world.bot.heard[-1].headers
    assert await modals(world) == []


async def test_a_modal_is_of_whoever_clicked_and_is_submitted_once(world: World) -> None:
    view_id = await opened(world, field("one", initial_value="text"))
    mine = {"user": "U0DANA", "view_id": view_id}

    assert (await world.client.post("/_sandbox/slack/submit", json=mine | {"user": "U0SARAH"})).status_code == 400
    assert (await world.client.post("/_sandbox/slack/submit", json=mine)).status_code == 200
    await world.quiet()

    assert (await world.client.post("/_sandbox/slack/submit", json=mine)).status_code == 400
    assert len(payloads(world, "view_submission")) == 1


@pytest.mark.parametrize(
    ("status", "body", "errors"),
    [
        (200, {"response_action": "errors", "errors": {"one": "too rude"}}, {"one": "too rude"}),
        (503, {}, {"": "We had some trouble connecting. Try again?"}),
        (200, {"response_action": "clear"}, None),
        (200, {"response_action": "update", "view": modal(field("two"))}, {}),
    ],
)
async def test_the_apps_answer_decides_what_becomes_of_the_modal(
    status: int, body: dict[str, Any], errors: dict[str, str] | None
) -> None:
    bot = AnsweringBot()
    world = await open_world(transport=httpx.ASGITransport(app=bot))
    world.bot = bot
    try:
        view_id = await opened(world, field("one", initial_value="text"))
        bot.status, bot.body = status, json.dumps(body).encode()
        await world.control("slack/submit", user="U0DANA", view_id=view_id)
        await world.quiet()

        assert [one["errors"] for one in await modals(world)] == ([] if errors is None else [errors])
        assert len(payloads(world, "view_submission")) == 1
    finally:
        await close_world(world)


async def test_closing_is_told_where_the_app_asked_for_it(world: World) -> None:
    quiet = await opened(world, field("one"))
    told = await opened(world, field("one"), notify_on_close=True, private_metadata="opaque-2")
    for view_id in (quiet, told):
        await world.control("slack/close", user="U0DANA", view_id=view_id)
    await world.quiet()

    assert [one["view"]["private_metadata"] for one in payloads(world, "view_closed")] == ["opaque-2"]
    assert await modals(world) == []


@pytest.mark.parametrize(
    "view",
    [
        modal(field("one", initial_value="x" * 3_001)),
        modal(field("one", max_length=3_001)),
        modal(field("one"), field("one")),
        modal(private_metadata="x" * 3_001),
        modal(title={"type": "plain_text", "text": "x" * 25}),
        modal({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}),
        {**modal(field("one")), "submit": None},
    ],
    ids=["long value", "long field", "twice", "long metadata", "long title", "long section", "no submit"],
)
async def test_a_modal_beyond_slacks_limits_is_refused_and_the_trigger_is_not_spent(
    world: World, view: dict[str, Any]
) -> None:
    trigger = await clicked(world)

    assert (await world.slack("views.open", trigger_id=trigger, view=view))["error"] == "invalid_arg_name"
    assert (await world.slack("views.open", trigger_id=trigger, view=modal(field("one"))))["ok"]


@pytest.mark.parametrize("typed", ["", "x" * 3_001, 7])
async def test_nobody_submits_what_slacks_client_holds_back(world: World, typed: object) -> None:
    view_id = await opened(world, field("one", initial_value="text"))

    asked = {"user": "U0DANA", "view_id": view_id, "values": {"one": typed}}
    assert (await world.client.post("/_sandbox/slack/submit", json=asked)).status_code == 400
    assert len(await modals(world)) == 1


async def test_members_are_told_page_by_page_and_change_as_people_come_and_go(world: World) -> None:
    await world.control("slack/join", user="U0OLEG", channels=[CHANNEL])
    first = await world.slack("conversations.members", channel=CHANNEL, limit=2)
    rest = await world.slack("conversations.members", channel=CHANNEL, cursor=first["response_metadata"]["next_cursor"])
    await world.control("slack/leave", user="U0OLEG", channel=CHANNEL)

    assert [*first["members"], *rest["members"]] == ["U0DANA", "U0BOT", "U0OLEG"]
    assert (await world.slack("conversations.members", channel=CHANNEL))["members"] == ["U0DANA", "U0BOT"]
    assert (await world.slack("conversations.members", channel="C404"))["error"] == "channel_not_found"


@pytest.mark.parametrize(("user", "status"), [("U0MARCUS", 200), ("U0OLEG", 400), ("U0EXT", 400)])
async def test_a_public_channel_is_looked_into_by_full_members_alone(world: World, user: str, status: int) -> None:
    await clicked(world)
    ts = next(iter(world.sandbox.world.slack.messages[CHANNEL]))

    click = {"user": user, "channel": CHANNEL, "ts": ts, "action_id": "go"}
    assert (await world.client.post("/_sandbox/slack/click", json=click)).status_code == status
