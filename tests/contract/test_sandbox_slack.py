"""The simulated Slack keeps Slack's promises, and breaks them as Slack does."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox import SandboxOptions, create_app
from integrations.sandbox.core.wire import Call
from integrations.sandbox.core.world import dump, load
from integrations.sandbox.slack.events import sign
from integrations.sandbox.slack.methods import METHODS
from integrations.sandbox.slack.state import Message
from tests.contract.sandbox_kit import BASE, TOKEN, World, close_world, contract, open_world, wait_until

MENTION = "<@U0BOT> where is my order?"
HERE: dict[str, Any] = {"recipient_user_id": "U0SARAH", "recipient_team_id": "T0FRONTDSK"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A fresh workspace with a bot that listens."""
    made = await open_world()
    yield made
    await close_world(made)


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


async def test_a_direct_message_arrives_signed_as_message_im(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    await world.hears(1)
    delivery = world.bot.heard[0]
    stamp = delivery.headers["x-slack-request-timestamp"]
    assert delivery.headers["x-slack-signature"] == sign("sandbox-signing-secret", stamp, delivery.raw)
    event = delivery.json["event"]
    assert (event["type"], event["channel_type"], event["ts"], event["text"]) == ("message", "im", ts, "hi")
    assert delivery.json["authorizations"][0]["user_id"] == "U0BOT"
    assert "x-slack-retry-num" not in delivery.headers


async def test_a_mention_comes_twice_with_two_event_ids_and_one_ts_in_either_order(world: World) -> None:
    orders = set()
    for _ in range(12):
        world.bot.heard.clear()
        await world.says("U0SARAH", "C0HELP", MENTION)
        await world.hears(2)
        first, second = (h.json for h in world.bot.heard)
        assert first["event_id"] != second["event_id"]
        assert first["event"]["ts"] == second["event"]["ts"]
        orders.add((first["event"]["type"], second["event"]["type"]))
    assert orders == {("message", "app_mention"), ("app_mention", "message")}


async def test_a_partner_is_shown_as_another_teams_member_and_their_files_as_stubs(world: World) -> None:
    file = {"name": "a.txt", "mimetype": "text/plain", "content_base64": base64.b64encode(b"abc").decode()}
    await world.says("U0EXT", "C0SHARED", "look", files=[file])
    await world.hears(1)
    envelope = world.bot.heard[0].json
    event = envelope["event"]
    assert envelope["team_id"] == "T0FRONTDSK"
    assert envelope["is_ext_shared_channel"] is True
    assert event["user_team"] == event["source_team"] == event["team"] == "T0PARTNER"
    assert event["subtype"] == "file_share"
    assert event["files"][0]["file_access"] == "check_file_info"
    found = await world.slack("files.info", file=event["files"][0]["id"])
    link = found["file"]["url_private"]
    assert (await world.client.get(link, headers=TOKEN)).content == b"abc"
    stranger = await world.client.get(link)
    assert (stranger.status_code, stranger.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_edits_and_deletions_arrive_as_hidden_messages(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "frist")
    await world.control("slack/edit", user="U0SARAH", channel="D0SARAH", ts=ts, text="first")
    await world.control("slack/delete", user="U0SARAH", channel="D0SARAH", ts=ts)
    await world.hears(3)
    changed, deleted = world.bot.events()[1:]
    assert changed["subtype"] == "message_changed"
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("frist", "first")
    assert changed["message"]["edited"]["user"] == "U0SARAH"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)


async def test_a_first_reply_changes_the_parent_without_changing_its_text(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    await world.slack("chat.postMessage", channel="D0SARAH", thread_ts=ts, text="hello")
    await world.hears(3)
    changed = next(e for e in world.bot.events() if e.get("subtype") == "message_changed")
    assert changed["message"]["text"] == changed["previous_message"]["text"] == "hi"
    assert changed["message"]["reply_count"] == 1
    assert "edited" not in changed["message"]


async def test_a_failed_event_is_repeated_at_once_then_after_one_and_five_minutes(world: World) -> None:
    world.bot.answers = [500, 503, 500, 500]
    await world.says("U0SARAH", "D0SARAH", "hi")
    await world.hears(2)
    waits = []
    for count in (3, 4):
        await wait_until(lambda: world.clock.next_wake is not None, "a retry to be planned")
        waits.append(world.clock.next_wake)
        world.clock.advance(world.clock.next_wake or 0)
        await world.hears(count)
    await world.quiet()
    assert waits == [60.0, 300.0]
    assert [h.headers.get("x-slack-retry-num") for h in world.bot.heard] == [None, "1", "2", "3"]
    assert {h.headers.get("x-slack-retry-reason") for h in world.bot.heard[1:]} == {"http_error"}
    assert len({h.json["event_id"] for h in world.bot.heard}) == 1
    assert world.sandbox.world.state.pending == {}


async def test_a_repeat_is_signed_anew(world: World) -> None:
    world.bot.answers = [500, 500]
    await world.says("U0SARAH", "D0SARAH", "hi")
    await world.hears(2)
    await wait_until(lambda: world.clock.next_wake is not None)
    world.clock.advance(60)
    await world.hears(3)
    late = world.bot.heard[2]
    stamp = late.headers["x-slack-request-timestamp"]
    assert int(stamp) >= int(world.bot.heard[0].headers["x-slack-request-timestamp"]) + 60
    assert late.headers["x-slack-signature"] == sign("sandbox-signing-secret", stamp, late.raw)


async def test_no_retry_is_obeyed_on_failures(world: World) -> None:
    world.bot.answers = [(500, {"x-slack-no-retry": "1"})]
    await world.says("U0SARAH", "D0SARAH", "hi")
    await world.hears(1)
    await wait_until(lambda: not world.sandbox.world.state.pending)
    assert len(world.bot.heard) == 1


async def test_a_bot_that_does_not_answer_in_time_is_asked_again_for_the_timeout() -> None:
    world = await open_world(slack_ack_seconds=0.02)
    world.bot.answers = ["hang"]
    await world.says("U0SARAH", "D0SARAH", "hi")
    await world.hears(2)
    assert world.bot.heard[1].headers["x-slack-retry-reason"] == "http_timeout"
    await close_world(world)


async def test_deliveries_are_doubled_dropped_and_delayed_on_demand(world: World) -> None:
    await world.control("faults", deliveries={"duplicate": 1, "reorder": False, "delay": 0, "drop": 0})
    await world.says("U0SARAH", "D0SARAH", "twice")
    await wait_until(lambda: world.clock.next_wake is not None)
    world.clock.advance(1)
    await world.hears(2)
    assert len({h.json["event_id"] for h in world.bot.heard}) == 1
    await world.control("faults", deliveries={"drop": 1})
    await world.says("U0SARAH", "D0SARAH", "lost")
    await world.control("faults", deliveries={"delay": 5})
    await world.says("U0SARAH", "D0SARAH", "late")
    await wait_until(lambda: world.clock.next_wake is not None)
    assert len(world.bot.heard) == 2
    world.clock.advance(5)
    await world.hears(3)
    assert [e["text"] for e in world.bot.events()] == ["twice", "twice", "late"]


async def test_a_click_is_a_signed_form_and_its_response_url_answers(world: World) -> None:
    button = {"type": "button", "action_id": "go", "value": "v1", "text": {"type": "plain_text", "text": "Go"}}
    posted = await world.slack(
        "chat.postMessage", channel="D0SARAH", text="?", blocks=[{"type": "actions", "elements": [button]}]
    )
    await world.hears(1)
    await world.control("slack/click", user="U0SARAH", channel="D0SARAH", ts=posted["ts"], action_id="go")
    await world.hears(2)
    delivery = world.bot.heard[1]
    assert delivery.headers["content-type"] == "application/x-www-form-urlencoded"
    payload = json.loads(parse_qs(delivery.raw.decode())["payload"][0])
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "v1")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    assert (await world.slack("views.open", trigger_id=payload["trigger_id"], view=view))["ok"]
    again = await world.slack("views.open", trigger_id=payload["trigger_id"], view=view)
    assert again["error"] == "exchanged_trigger_id"
    answer = {"replace_original": True, "text": "done"}
    for _ in range(5):
        assert (await world.client.post(payload["response_url"], json=answer)).status_code == 200
    assert (await world.client.post(payload["response_url"], json=answer)).status_code == 404
    state = (await world.client.get("/_sandbox/state")).json()
    assert [m["text"] for m in state["slack"]["messages"]] == ["done"]
    unknown = {"user": "U0SARAH", "channel": "D0SARAH", "ts": posted["ts"], "action_id": "other"}
    assert (await world.client.post("/_sandbox/slack/click", json=unknown)).status_code == 400


async def test_a_trigger_lives_three_seconds(world: World) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    posted = await world.slack(
        "chat.postMessage", channel="D0SARAH", text="?", blocks=[{"type": "actions", "elements": [button]}]
    )
    clicked = await world.control("slack/click", user="U0SARAH", channel="D0SARAH", ts=posted["ts"], action_id="go")
    world.clock.advance(3.5)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    assert (await world.slack("views.open", trigger_id=clicked["trigger_id"], view=view))[
        "error"
    ] == "expired_trigger_id"


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


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("chat.postMessage", {"text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "C404", "text": "a"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "D0SARAH"}, "no_text"),
    ("chat.postMessage", {"channel": "D0SARAH", "text": "a", "markdown_text": "b"}, "markdown_text_conflict"),
    ("chat.postMessage", {"channel": "D0SARAH", "markdown_text": "x" * 12_001}, "msg_blocks_too_long"),
    ("chat.postMessage", {"channel": "D0SARAH", "text": "a", "thread_ts": "1.2"}, "cannot_reply_to_message"),
    ("chat.postMessage", {"channel": "D0SARAH", "text": "a", "colour": "red"}, "invalid_arg_name"),
    ("chat.postMessage", {"channel": "D0SARAH", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
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


async def test_a_stream_grows_conflicts_with_update_and_ends_once(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    started = await world.slack("chat.startStream", channel="D0SARAH", thread_ts=ts, markdown_text="a")
    at = {"channel": "D0SARAH", "ts": started["ts"]}
    chunks = [
        {"type": "markdown_text", "text": "b"},
        {"type": "task_update", "id": "1", "title": "Looking", "status": "complete"},
    ]
    assert (await world.slack("chat.appendStream", **at, chunks=chunks))["ok"]
    assert (await world.slack("chat.appendStream", **at, chunks=[{"type": "?"}]))["error"] == "invalid_chunks"
    assert (await world.slack("chat.update", **at, text="x"))["error"] == "streaming_state_conflict"
    ended = await world.slack("chat.stopStream", **at, markdown_text="c")
    assert ended["message"]["text"] == "abc"
    assert (await world.slack("chat.appendStream", **at, markdown_text="d"))[
        "error"
    ] == "message_not_in_streaming_state"
    assert (await world.slack("chat.update", **at, markdown_text="all"))["ok"]


@pytest.mark.parametrize(("pause", "times"), [(61, 1), (50, 6)], ids=["too quiet", "too old"])
async def test_a_stream_dies_of_silence_and_of_age(world: World, pause: int, times: int) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    at = {"channel": "D0SARAH", "ts": (await world.slack("chat.startStream", channel="D0SARAH", thread_ts=ts))["ts"]}
    for _ in range(times - 1):
        world.clock.advance(pause)
        assert (await world.slack("chat.appendStream", **at, markdown_text="x"))["ok"]
    world.clock.advance(pause)
    last = await world.slack("chat.stopStream", **at)
    assert last["error"] == "message_not_in_streaming_state"


async def test_outside_direct_messages_a_stream_needs_its_recipient(world: World) -> None:
    ts = await world.says("U0SARAH", "C0HELP", MENTION)
    at = {"channel": "C0HELP", "thread_ts": ts}
    assert (await world.slack("chat.startStream", **at))["error"] == "missing_recipient_user_id"
    only_user = {"recipient_user_id": "U0SARAH"}
    assert (await world.slack("chat.startStream", **at, **only_user))["error"] == "missing_recipient_team_id"
    absent = HERE | {"recipient_user_id": "U0EXT"}
    assert (await world.slack("chat.startStream", **at, **absent))["error"] == "user_not_found"
    assert (await world.slack("chat.startStream", **at, **HERE))["ok"]


async def test_the_stop_button_is_told_and_ends_the_text(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    started = await world.slack("chat.startStream", channel="D0SARAH", thread_ts=ts, markdown_text="a")
    await world.control("slack/stop", user="U0SARAH", channel="D0SARAH", thread_ts=ts)
    await wait_until(lambda: any(e["type"] == "agent_session_stopped" for e in world.bot.events()))
    at = {"channel": "D0SARAH", "ts": started["ts"]}
    assert (await world.slack("chat.appendStream", **at, markdown_text="b"))["error"] == "stopped_by_user"
    assert (await world.slack("chat.stopStream", **at))["message"]["text"] == "a"


async def test_twenty_streams_a_minute_then_429_with_retry_after(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    body = {"channel": "D0SARAH", "thread_ts": ts}
    answers = [await world.client.post("/slack/api/chat.startStream", json=body, headers=TOKEN) for _ in range(21)]
    assert [a.status_code for a in answers] == [200] * 20 + [429]
    assert answers[-1].json() == {"ok": False, "error": "ratelimited"}
    world.clock.advance(int(answers[-1].headers["retry-after"]))
    late = await world.client.post("/slack/api/chat.startStream", json=body, headers=TOKEN)
    assert late.status_code == 200


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


async def test_faults_strike_the_named_method_so_many_times(world: World) -> None:
    rules = [
        {"match": "slack:chat.postMessage", "kind": "slack_error", "error": "fatal_error", "times": 1},
        {"match": "slack:chat.*", "kind": "html_502", "times": 1},
        {"match": "slack:chat.*", "kind": "429", "retry_after": 7, "times": 1},
    ]
    await world.control("faults", rules=rules)
    body = {"channel": "D0SARAH", "text": "x"}
    answers = [await world.client.post("/slack/api/chat.postMessage", json=body, headers=TOKEN) for _ in range(4)]
    assert answers[0].json()["error"] == "fatal_error"
    assert (answers[1].status_code, answers[1].headers["content-type"]) == (502, "text/html")
    assert (answers[2].status_code, answers[2].headers["retry-after"]) == (429, "7")
    assert answers[3].json()["ok"] is True
    left = (await world.client.get("/_sandbox/faults")).json()["rules"]
    assert [r["times"] for r in left] == [0, 0, 0]


async def test_a_lost_answer_still_did_the_work(world: World) -> None:
    await world.control("faults", rules=[{"match": "slack:chat.postMessage", "kind": "lost_answer", "times": 1}])
    with pytest.raises(ConnectionResetError):
        await world.slack("chat.postMessage", channel="D0SARAH", text="x")
    history = await world.slack("conversations.history", channel="D0SARAH")
    assert [m["text"] for m in history["messages"]] == ["x"]
    await world.control("faults", rules=[{"match": "slack:*", "kind": "reset", "times": 1}])
    with pytest.raises(ConnectionResetError):
        await world.slack("chat.postMessage", channel="D0SARAH", text="y")
    history = await world.slack("conversations.history", channel="D0SARAH")
    assert [m["text"] for m in history["messages"]] == ["x"]


async def test_a_wrong_fault_rule_is_refused_and_changes_nothing(world: World) -> None:
    await world.control("faults", rules=[{"match": "slack:*", "kind": "reset", "times": 0}])
    for rule in ({"match": "slack:*", "kind": "meteor"}, {"kind": "reset"}, {"match": "x", "kind": "429", "wat": 1}):
        response = await world.client.post("/_sandbox/faults", json={"rules": [rule]})
        assert response.status_code == 400
    assert len((await world.client.get("/_sandbox/faults")).json()["rules"]) == 1


async def test_the_request_log_shows_calls_without_the_token(world: World) -> None:
    await world.slack("chat.postMessage", channel="D0SARAH", text="x")
    log = (await world.client.get("/_sandbox/requests?since=0")).json()
    entry = log["requests"][-1]
    assert (entry["vendor"], entry["path"], entry["body"]["text"]) == ("slack", "chat.postMessage", "x")
    assert entry["answer"]["ok"] is True
    assert "xoxb" not in json.dumps(log)
    assert (await world.client.get(f"/_sandbox/requests?since={log['next']}")).json()["requests"] == []


async def test_reset_seeds_anew_and_never_gives_an_id_twice(world: World) -> None:
    before = await world.says("U0SARAH", "D0SARAH", "old")
    await world.hears(1)
    old = world.bot.heard[0].json["event_id"]
    await world.control("reset")
    assert (await world.client.get("/_sandbox/state")).json()["slack"]["messages"] == []
    after = await world.says("U0SARAH", "D0SARAH", "new")
    await world.hears(2)
    assert float(after) > float(before)
    assert world.bot.heard[1].json["event_id"] != old


async def test_watchers_are_told_of_changes(world: World) -> None:
    changes = world.sandbox.control.changes()
    first = await anext(changes)
    waiting = asyncio.ensure_future(anext(changes))
    await world.says("U0SARAH", "D0SARAH", "hi")
    assert first.startswith(b"event: changed\ndata: ")
    assert (await waiting).startswith(b"event: changed\ndata: ")
    world.sandbox.end_streams()
    assert [more async for more in changes] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("slack/post", {"user": "U404", "channel": "D0SARAH", "text": "x"}),
        ("slack/post", {"user": "U0SARAH", "channel": "D0MARCUS", "text": "x"}),
        ("slack/post", {"user": "U0SARAH", "channel": "D0SARAH", "text": "x", "thread_ts": "1.2"}),
        ("slack/post", {"user": "U0SARAH", "channel": "D0SARAH", "text": "", "files": [{"name": "a"}]}),
        ("slack/edit", {"user": "U0SARAH", "channel": "D0SARAH", "ts": "1", "text": "x"}),
        ("config", {"colour": "red"}),
        ("zendesk/ticket", {"requester": 404, "subject": "s", "body": "b"}),
        ("limits", {}),
    ],
)
async def test_misuse_of_the_control_api_is_a_4xx_with_words(world: World, path: str, body: dict[str, Any]) -> None:
    response = await world.client.post(f"/_sandbox/{path}", json=body)
    assert response.status_code == 400
    assert response.json()["error"]


async def test_other_sites_cannot_steer_the_sandbox(world: World) -> None:
    body = {"user": "U0SARAH", "channel": "D0SARAH", "text": "x"}
    evil = await world.client.post("/_sandbox/slack/post", json=body, headers={"Origin": "https://evil.example"})
    own = await world.client.post("/_sandbox/slack/post", json=body, headers={"Origin": BASE})
    assert (evil.status_code, own.status_code) == (403, 200)


async def test_the_world_and_what_is_on_its_way_survive_a_restart(tmp_path: Any) -> None:
    file = tmp_path / "world.json"
    first = await open_world(state_file=file)
    first.bot.answers = [500, 500]
    ts = await first.says("U0SARAH", "D0SARAH", "still here?")
    await first.hears(2)
    await wait_until(lambda: first.clock.next_wake is not None)
    await close_world(first)
    second = await open_world(state_file=file, slack_events_url="")
    second.clock.advance(61)
    second.sandbox.start()
    await second.quiet()
    assert second.bot.heard == []
    # Whoever listens from now on gets what was left.
    await second.control("config", slack_events_url="http://bot.test/slack/events")
    await second.hears(1)
    assert second.bot.heard[0].headers["x-slack-retry-num"] == "2"
    assert second.bot.events()[0]["ts"] == ts
    state = (await second.client.get("/_sandbox/state")).json()
    assert [m["text"] for m in state["slack"]["messages"]] == ["still here?"]
    await close_world(second)


async def test_an_unreadable_state_file_is_put_aside(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "world.json"
    file.write_text('{"slack": 1}')
    made = await open_world(state_file=file)
    assert (await made.client.get("/_sandbox/state")).json()["slack"]["messages"] == []
    assert (tmp_path / "world.json.unreadable").read_text() == '{"slack": 1}'
    assert "kept as world.json.unreadable" in caplog.text
    await close_world(made)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=300)
def test_whatever_arguments_come_the_answer_is_a_documented_one(data: st.DataObject) -> None:
    sandbox = create_app(SandboxOptions(random_seed=1))
    sandbox.limits.enabled = False
    message = Message("D0SARAH", "1.000001", "U0BOT", "x", blocks=[{"type": "divider"}])
    sandbox.world.slack.store(message)
    name = data.draw(st.sampled_from(sorted(METHODS)))
    method = METHODS[name]
    sound = {
        "channel": "D0SARAH",
        "channel_id": "D0SARAH",
        "ts": "1.000001",
        "thread_ts": "1.000001",
        "user": "U0SARAH",
    }
    args = {}
    for argument in sorted(set(method.required) | method.optional):
        if argument in method.required or data.draw(st.booleans()):
            usual = sound.get(argument)
            args[argument] = usual if usual and data.draw(st.booleans()) else data.draw(JSON_VALUES)
    body = json.dumps(args).encode()
    headers = {"authorization": "Bearer xoxb-sandbox", "content-type": "application/json"}
    answer, _ = sandbox.slack_api.answer(Call("POST", f"/slack/api/{name}", {}, headers, body, BASE), name)
    assert answer.body is not None
    assert load(dump(sandbox.world.state)) == sandbox.world.state
    if not answer.body["ok"]:
        assert answer.body["error"] in contract("slack_methods.json")["methods"][name]["errors"]
