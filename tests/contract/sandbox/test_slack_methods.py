"""The simulated Slack takes and refuses calls of its Web API as Slack does."""

import json
from typing import Any

import httpx
import pytest

from integrations.sandbox.slack.events import sign
from integrations.sandbox.slack.methods import METHODS
from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import TOKEN, World, contract

world = kit.world


def test_slacks_published_signature_example_comes_out() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.encode())
    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_takes_the_documented_arguments(name: str) -> None:
    document = contract("slack_methods.json")
    fixes, documented = document["corrections"], document["methods"][name]
    arguments = set(documented["args"]) | set(fixes["extra_args"].get(name, ()))
    method = METHODS[name]
    known = set(method.required) | method.optional
    assert known <= arguments
    # Arguments of Slack's own clients (drafts) are the only ones left out.
    assert {a for a in arguments - known if "draft" not in a} == set()
    required = {a for a, spec in documented["args"].items() if spec["required"]}
    required -= set(fixes["not_required"].get(name, ()))
    assert set(method.required) == required | set(fixes["effectively_required"].get(name, ()))
    assert set(method.required.values()) <= set(documented["errors"])


async def test_metadata_is_kept_and_only_shown_when_asked_for(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    metadata = {"event_type": "out", "event_payload": {"effect_id": "e1"}}
    await world.slack("chat.postMessage", channel="D0SARAH", thread_ts=ts, text="a", metadata=metadata)
    full = await world.slack("conversations.replies", channel="D0SARAH", ts=ts, include_all_metadata=True)
    bare = await world.slack("conversations.replies", channel="D0SARAH", ts=ts)
    assert full["messages"][1]["metadata"] == metadata
    assert bare["messages"][1]["metadata"] == {"event_type": "out"}
    bad = await world.slack("chat.postMessage", channel="D0SARAH", text="a", metadata={"event_type": "x"})
    assert bad["error"] == "invalid_metadata_schema"


async def test_forms_with_json_text_are_read_like_json_bodies(world: World) -> None:
    blocks = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "hi"}}])
    form = {"channel": "D0SARAH", "text": "hi", "blocks": blocks, "token": "xoxb-sandbox"}
    response = await world.client.post("/slack/api/chat.postMessage", data=form)
    assert response.json()["message"]["blocks"][0]["text"]["text"] == "hi"
    broken = await world.client.post("/slack/api/chat.postMessage", data=form | {"blocks": "["})
    assert broken.json()["error"] == "invalid_blocks_format"


def side(label: str = "Good", value: str = "up") -> dict[str, Any]:
    """One of the two feedback buttons."""
    return {"text": {"type": "plain_text", "text": label}, "value": value}


def thumbs(**changed: Any) -> dict[str, Any]:
    """A row with Slack's feedback buttons."""
    element = {"type": "feedback_buttons", "action_id": "f", "positive_button": side(), "negative_button": side("Bad")}
    return {"type": "context_actions", "elements": [{**element, **changed}]}


async def test_feedback_buttons_stand_in_messages_and_in_no_modal(world: World) -> None:
    said = await world.slack("chat.postMessage", channel="D0SARAH", text="hi", blocks=[thumbs()])
    assert said["message"]["blocks"][0]["elements"][0]["positive_button"]["value"] == "up"

    home = {"type": "home", "blocks": [thumbs()]}
    assert (await world.slack("views.publish", user_id="U0SARAH", view=home))["error"] == "invalid_arg_name"


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("chat.postMessage", {"text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "C404", "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "D0SARAH"}, "no_text"),
    ("chat.postMessage", {"channel": "D0SARAH", "text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
    ("chat.postMessage", {"channel": "D0SARAH", "markdown_text": "x" * 12_001}, "msg_blocks_too_long"),
    ("chat.postMessage", {"channel": "D0SARAH", "text": "a", "thread_ts": "1.2"}, "cannot_reply_to_message"),
    ("chat.postMessage", {"channel": "D0SARAH", "text": "a", "colour": "red"}, "invalid_arg_name"),
    ("chat.postMessage", {"channel": "D0SARAH", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ("chat.postMessage", {"channel": "D0SARAH", "blocks": [thumbs(positive_button={})]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": "D0SARAH", "blocks": [thumbs(negative_button=side(value=""))]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": "D0SARAH", "blocks": [thumbs(positive_button=side("x" * 76))]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": "D0SARAH", "blocks": [thumbs(type="button")]}, "invalid_blocks"),
    ("chat.update", {"channel": "D0SARAH", "ts": "1.2", "text": "a"}, "message_not_found"),
    ("chat.delete", {"channel": "D0SARAH", "ts": "1.2"}, "message_not_found"),
    ("chat.postEphemeral", {"channel": "C0HELP", "user": "U0EXT", "text": "a"}, "user_not_in_channel"),
    ("conversations.replies", {"channel": "D0SARAH", "ts": "1.2"}, "thread_not_found"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.info", {"channel": "D0LEE"}, "channel_not_found"),
    ("users.info", {"user": "U404"}, "user_not_found"),
    ("files.info", {"file": "F404"}, "file_not_found"),
    ("assistant.threads.setStatus", {"channel_id": "D0SARAH", "thread_ts": "1.2", "status": "x"}, "invalid_thread_ts"),
    ("assistant.threads.setSuggestedPrompts", {"channel_id": "D0SARAH", "prompts": []}, "invalid_array_arg"),
    ("agents.sessions.setStatus", {"channel_id": "D0SARAH", "thread_ts": "1.2", "status": "?"}, "invalid_status"),
    ("reactions.add", {"channel": "D0SARAH", "name": "eyes", "timestamp": "1.2"}, "message_not_found"),
    ("views.open", {"view": {"type": "modal", "blocks": []}, "trigger_id": "x"}, "invalid_trigger_id"),
    ("chat.startStream", {"channel": "C0HELP", "thread_ts": "1.2"}, "messaging_processing_failed"),
    ("no.such.method", {}, "unknown_method"),
]


@pytest.mark.parametrize(("method", "args", "error"), REFUSALS, ids=[f"{m}:{e}" for m, _, e in REFUSALS])
async def test_wrong_arguments_get_slacks_error(world: World, method: str, args: dict[str, Any], error: str) -> None:
    assert (await world.slack(method, **args))["error"] == error


async def test_membership_archive_and_ownership_are_checked(world: World) -> None:
    ts = await world.says("U0SARAH", "C0HELP", "mine")
    channel = world.sandbox.world.slack.channels["C0HELP"]
    assert (await world.slack("chat.update", channel="C0HELP", ts=ts, text="x"))["error"] == "cant_update_message"
    channel.is_archived = True
    assert (await world.slack("chat.postMessage", channel="C0HELP", text="x"))["error"] == "is_archived"
    channel.is_archived = False
    channel.members.remove("U0BOT")
    assert (await world.slack("chat.postMessage", channel="C0HELP", text="x"))["error"] == "not_in_channel"


@pytest.mark.parametrize(
    ("headers", "error"), [({}, "not_authed"), ({"Authorization": "Bearer xoxb-wrong"}, "invalid_auth")]
)
async def test_tokens_are_checked(world: World, headers: dict[str, str], error: str) -> None:
    response = await world.client.post("/slack/api/auth.test", headers=headers)
    assert response.json() == {"ok": False, "error": error}


async def test_auth_test_names_the_bot_and_its_scopes(world: World) -> None:
    response = await world.client.post("/slack/api/auth.test", headers=TOKEN)
    assert response.json()["bot_id"] == "B0BOT"
    assert "chat:write" in response.headers["x-oauth-scopes"].split(",")


async def test_a_channel_takes_a_short_burst_then_one_message_a_second(world: World) -> None:
    async def post(channel: str) -> httpx.Response:
        body = {"channel": channel, "text": "x"}
        return await world.client.post("/slack/api/chat.postMessage", json=body, headers=TOKEN)

    assert [(await post("D0SARAH")).status_code for _ in range(6)] == [200] * 5 + [429]
    assert (await post("C0HELP")).status_code == 200
    world.clock.advance(1)
    assert [(await post("D0SARAH")).status_code for _ in range(2)] == [200, 429]
    await world.control("limits", enabled=False)
    assert {(await post("D0SARAH")).status_code for _ in range(50)} == {200}


async def test_a_file_goes_up_in_three_steps_and_lands_in_the_thread(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    place = await world.slack("files.getUploadURLExternal", filename="r.csv", length=3)
    early = await world.slack("files.completeUploadExternal", files=[{"id": place["file_id"]}])
    assert early["error"] == "file_not_found"
    assert (await world.client.post(place["upload_url"], content=b"toolong")).status_code == 400
    assert (await world.client.post(place["upload_url"], files={"file": b"a,b"})).status_code == 200
    done = await world.slack(
        "files.completeUploadExternal",
        files=[{"id": place["file_id"], "title": "Report"}],
        channel_id="D0SARAH",
        thread_ts=ts,
        initial_comment="here",
    )
    assert done["files"] == [{"id": place["file_id"], "title": "Report"}]
    thread = await world.slack("conversations.replies", channel="D0SARAH", ts=ts)
    shared = thread["messages"][1]
    assert (shared["text"], shared["files"][0]["name"]) == ("here", "r.csv")
    link = shared["files"][0]["url_private_download"]
    assert (await world.client.get(link, headers=TOKEN)).content == b"a,b"


async def test_history_and_replies_page_and_bound(world: World) -> None:
    await world.control("limits", enabled=False)
    roots = [await world.says("U0SARAH", "D0SARAH", f"m{n}") for n in range(5)]
    for n in range(3):
        await world.slack("chat.postMessage", channel="D0SARAH", thread_ts=roots[0], text=f"r{n}")
    first = await world.slack("conversations.history", channel="D0SARAH", limit=3)
    assert [m["text"] for m in first["messages"]] == ["m4", "m3", "m2"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await world.slack("conversations.history", channel="D0SARAH", limit=3, cursor=cursor)
    assert ([m["text"] for m in rest["messages"]], rest["has_more"]) == (["m1", "m0"], False)
    since = await world.slack("conversations.history", channel="D0SARAH", oldest=roots[2])
    assert [m["text"] for m in since["messages"]] == ["m4", "m3"]
    page = await world.slack("conversations.replies", channel="D0SARAH", ts=roots[0], limit=2)
    assert ([m["text"] for m in page["messages"]], page["has_more"]) == (["m0", "r0", "r1"], True)


async def test_status_shows_until_the_bot_writes(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    await world.slack("assistant.threads.setStatus", channel_id="D0SARAH", thread_ts=ts, status="is looking…")
    state = (await world.client.get("/_sandbox/state")).json()
    assert state["slack"]["statuses"] == [{"channel": "D0SARAH", "thread_ts": ts, "status": "is looking…"}]
    await world.slack("chat.postMessage", channel="D0SARAH", thread_ts=ts, text="found")
    assert (await world.client.get("/_sandbox/state")).json()["slack"]["statuses"] == []


async def test_a_guest_gets_a_direct_channel_on_first_use(world: World) -> None:
    posted = await world.control("slack/post", user="U0OLEG", channel="U0BOT", text="hi")
    opened = await world.slack("conversations.open", users="U0OLEG")
    assert opened["channel"]["id"] == posted["channel"]
    assert (await world.slack("users.info", user="U0OLEG"))["user"]["is_restricted"] is True
    assert "locale" not in (await world.slack("users.info", user="U0EXT", include_locale=True))["user"]


async def test_open_home_is_told_with_its_tab(world: World) -> None:
    await world.control("slack/open_home", user="U0SARAH", tab="messages")
    await world.hears(1)
    event = world.bot.events()[0]
    assert (event["type"], event["tab"], event["channel"]) == ("app_home_opened", "messages", "D0SARAH")
