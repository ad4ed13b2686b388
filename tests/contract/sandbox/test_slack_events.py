"""The simulated Slack tells of what people do as Slack's events do."""

import base64
import json
from urllib.parse import parse_qs

from integrations.sandbox.slack.events import sign
from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import TOKEN, World, close_world, open_world, wait_until
from tests.contract.sandbox.slack_steps import MENTION

world = kit.world


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
    await world.hears(1)
    await world.control("slack/edit", user="U0SARAH", channel="D0SARAH", ts=ts, text="first")
    await world.hears(2)
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
