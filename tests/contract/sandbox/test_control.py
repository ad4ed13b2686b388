"""The sandbox is steered over HTTP: faults, the request log, people's deeds, a fresh world."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.sandbox import SandboxOptions, create_app
from integrations.sandbox.core.wire import Call
from integrations.sandbox.core.world import dump, load
from integrations.sandbox.slack.methods import METHODS
from integrations.sandbox.slack.state import Message
from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import BASE, TOKEN, World, close_world, contract, open_world, wait_until

world = kit.world


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


async def test_a_workspace_of_an_older_version_gets_the_channel_that_it_lacks(tmp_path: Any) -> None:
    file = tmp_path / "world.json"
    first = await open_world(state_file=file)
    await first.says("U0SARAH", "D0SARAH", "still here?")
    del first.sandbox.world.slack.channels["C0TRIAGE"]
    await close_world(first)
    second = await open_world(state_file=file)

    state = (await second.client.get("/_sandbox/state")).json()["slack"]
    assert [one["members"] for one in state["channels"] if one["id"] == "C0TRIAGE"] == [["U0DANA", "U0BOT"]]
    assert len(state["messages"]) == 1
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


async def test_what_answers_starts_over_around_a_reset(world: World) -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def around() -> AsyncIterator[None]:
        steps.append(f"before: {len(world.sandbox.world.slack.messages)}")
        yield
        steps.append(f"after: {len(world.sandbox.world.slack.messages)}")
        raise ValueError("it does not start")

    world.sandbox.steer({}, around)
    await world.says("U0SARAH", "D0SARAH", "Hello")
    stranger = await world.client.post("/_sandbox/reset", headers={"Origin": "https://example.com"})
    refused = await world.client.post("/_sandbox/reset")

    assert stranger.status_code == 403
    assert (refused.status_code, refused.json()) == (400, {"error": "it does not start"})
    assert steps == ["before: 1", "after: 0"]


async def test_the_page_steers_what_answers_where_that_lets_itself_be_steered(world: World) -> None:
    asked: list[Any] = []

    async def switches(body: dict[str, Any]) -> dict[str, Any]:
        if "mode" not in body:
            raise ValueError("no mode")
        asked.append(body)
        return {"otherwise": body["mode"]}

    nobody = await world.client.post("/_sandbox/frontdesk", json={"mode": "draft"})
    world.sandbox.steer({"": switches})
    told = await world.client.post("/_sandbox/frontdesk", json={"mode": "draft"})
    wrong = await world.client.post("/_sandbox/frontdesk", json={})
    stranger = await world.client.post(
        "/_sandbox/frontdesk", json={"mode": "public"}, headers={"Origin": "https://example.com"}
    )
    looked = await world.client.get("/_sandbox/frontdesk")

    assert nobody.status_code == 404
    assert (told.status_code, told.json()) == (200, {"otherwise": "draft"})
    assert (wrong.status_code, wrong.json()) == (400, {"error": "no mode"})
    assert (stranger.status_code, looked.status_code) == (403, 405)
    assert asked == [{"mode": "draft"}]
