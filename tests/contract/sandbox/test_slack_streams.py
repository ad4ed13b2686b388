"""Texts that grow in the simulated Slack are bounded, stopped and ended as in Slack."""

import pytest

from tests.contract.sandbox import kit
from tests.contract.sandbox.kit import TOKEN, World, wait_until
from tests.contract.sandbox.slack_steps import HERE, MENTION

world = kit.world


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


async def session_of(world: World, ts: str) -> str:
    sessions = (await world.client.get("/_sandbox/state")).json()["slack"]["sessions"]
    return "".join(one["status"] for one in sessions if one["thread_ts"] == ts)


@pytest.mark.parametrize(("asked", "then"), [({}, "active"), ({"session_status": "suspended"}, "suspended")])
async def test_a_stream_begins_and_ends_the_session_of_its_thread(
    world: World, asked: dict[str, str], then: str
) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    at = {"channel": "D0SARAH", "ts": (await world.slack("chat.startStream", channel="D0SARAH", thread_ts=ts))["ts"]}
    assert await session_of(world, ts) == "processing"
    assert (await world.slack("chat.stopStream", **at, session_status="?"))["error"] == "invalid_arg_name"
    await world.slack("chat.stopStream", **at, **asked)
    assert await session_of(world, ts) == then


async def test_a_session_outlives_a_message_and_falls_back_after_an_hour(world: World) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    busy = {"channel_id": "D0SARAH", "thread_ts": ts, "status": "processing"}
    assert (await world.slack("agents.sessions.setStatus", **busy))["ok"]
    await world.slack("chat.postMessage", channel="D0SARAH", thread_ts=ts, text="found")
    assert await session_of(world, ts) == "processing"
    world.clock.advance(3_600)
    assert await session_of(world, ts) == "active"


@pytest.mark.parametrize(
    ("has", "session", "line"),
    [("both", "", ""), ("threads", "feature_disabled", ""), ("sessions", "", "unknown_method")],
)
async def test_a_workspace_may_lack_one_way_to_show_a_status(world: World, has: str, session: str, line: str) -> None:
    await world.control("config", slack_status=has)
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    at = {"channel_id": "D0SARAH", "thread_ts": ts}
    answer = await world.slack("agents.sessions.setStatus", **at, status="processing", title="Order A1001")
    assert answer.get("error", "") == session
    answer = await world.slack("assistant.threads.setStatus", **at, status="is looking…")
    assert answer.get("error", "") == line
    await world.slack("chat.startStream", channel="D0SARAH", thread_ts=ts)
    assert await session_of(world, ts) == ("" if session else "processing")


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "task_update", "title": "Looking", "status": "complete"},
        {"type": "task_update", "id": "1", "title": "", "status": "complete"},
        {"type": "task_update", "id": "1", "title": "Looking", "status": "done"},
        {"type": "task_update", "id": "1", "title": "L" * 257, "status": "complete"},
        {"type": "plan_update"},
    ],
)
async def test_a_step_that_slack_would_not_take_is_refused(world: World, chunk: dict[str, str]) -> None:
    ts = await world.says("U0SARAH", "D0SARAH", "hi")
    at = {"channel": "D0SARAH", "thread_ts": ts}
    assert (await world.slack("chat.startStream", **at, chunks=[chunk]))["error"] == "invalid_chunks"


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
