"""What stands under a thread while an answer is made: a session's state and steps, or a line of words."""

import pytest

from bot.domain.effects import Reply
from integrations.slack.outbound.preview import SlackPreview
from tests.contract.slack import preview_fixtures
from tests.contract.slack.preview_fixtures import EFFECT, SAID, WHOLE, shown, the_only
from tests.contract.slack.slack_fixtures import HELP, SARAH_DM, SHARED, World

slack = preview_fixtures.slack

SESSION, WORDS = "agents.sessions.setStatus", "assistant.threads.setStatus"


async def statuses(slack: World) -> list[str]:
    return [one["status"] for one in (await slack.state())["statuses"] if one["status"]]


async def sessions(slack: World) -> list[str]:
    return [one["status"] for one in (await slack.state())["sessions"]]


async def asked(slack: World, user: str = "U0SARAH", channel: str = HELP) -> SlackPreview:
    conversation, message = await slack.post(user, channel)
    return slack.chat.preview(conversation, message, "")


async def test_a_session_is_busy_until_the_answer_is_posted(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking…")
    assert (await sessions(slack), await statuses(slack)) == (["processing"], [])
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert (await sessions(slack), shown(await the_only(slack, conversation))) == (["active"], SAID)
    assert await slack.calls() == [SESSION, "chat.postMessage", SESSION]


async def test_the_end_of_a_stream_ends_the_session(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking…")
    await preview.text(WHOLE[:-1])
    assert await sessions(slack) == ["processing"]
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert await sessions(slack) == ["active"]
    assert await slack.calls() == [SESSION, "chat.startStream", "chat.stopStream"]


@pytest.mark.parametrize(("user", "channel"), [("U0SARAH", HELP), ("U0SARAH", SARAH_DM), ("U0EXT", SHARED)])
async def test_what_is_done_meanwhile_is_a_step_of_the_message(slack: World, user: str, channel: str) -> None:
    conversation, message = await slack.post(user, channel)
    preview = slack.chat.preview(conversation, message, "")
    for line in ("is thinking…", "is looking that up…", "is taking longer than usual…"):
        await preview.status(line)
        slack.clock.advance(3)
    steps = [(one["title"], one["status"]) for one in (await the_only(slack, conversation))["tasks"]]
    assert steps == [
        ("Frontdesk is looking that up…", "in_progress"),
        ("Frontdesk is taking longer than usual…", "in_progress"),
    ]
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    said = await the_only(slack, conversation)
    assert (shown(said), said["streaming"]) == (SAID, False)
    assert (said["tasks"][-1]["title"], said["tasks"][-1]["status"]) == (steps[-1][0], "complete")
    assert await sessions(slack) == ["active"]


async def test_text_ends_the_step_before_it(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    for line in ("is thinking…", "is looking that up…"):
        await preview.status(line)
    slack.clock.advance(3)
    await preview.text(WHOLE[:20])
    assert (await the_only(slack, conversation))["tasks"][-1]["status"] == "complete"
    slack.clock.advance(3)
    await preview.status("is looking that up…")
    assert (await the_only(slack, conversation))["tasks"][-1]["status"] == "in_progress"
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    said = await the_only(slack, conversation)
    assert (shown(said), said["tasks"][-1]["status"]) == (SAID, "complete")


async def test_a_turn_that_says_nothing_leaves_nobody_waiting(slack: World) -> None:
    preview = await asked(slack)
    await preview.status("is thinking…")
    await preview.clear()
    assert await sessions(slack) == ["active"]
    await preview.clear()
    assert (await slack.calls()).count(SESSION) == 2


async def test_where_there_are_no_agents_the_line_has_words(slack: World) -> None:
    await slack.control("config", slack_status="threads")
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking…")
    await preview.status("is looking up your order")
    assert await statuses(slack) == ["is looking up your order"]
    await preview.clear()
    assert await statuses(slack) == []
    assert await slack.calls() == [SESSION, WORDS, WORDS, WORDS]


async def test_after_the_lines_are_gone_from_slack_sessions_stay(slack: World) -> None:
    await slack.control("config", slack_status="sessions")
    preview = await asked(slack)
    await preview.status("is thinking…")
    assert (await sessions(slack), (await slack.calls()).count(WORDS)) == (["processing"], 0)


@pytest.mark.parametrize(
    "error", ["unknown_method", "missing_scope", "feature_disabled", "not_authorized", "method_deprecated"]
)
async def test_a_workspace_is_not_asked_again_for_what_it_refused(slack: World, error: str) -> None:
    await slack.fault(SESSION, "slack_error", times=None, error=error)
    for channel in (HELP, SARAH_DM, HELP):
        await (await asked(slack, channel=channel)).status("is thinking…")
    calls = await slack.calls()
    assert (calls.count(SESSION), calls.count(WORDS)) == (1, 3)
    slack.clock.advance(3_601)
    await (await asked(slack)).status("is thinking…")
    assert (await slack.calls()).count(SESSION) == 2


async def test_what_one_channel_refuses_is_asked_of_others(slack: World) -> None:
    await slack.fault(SESSION, "slack_error", error="thread_ts_not_allowed")
    await (await asked(slack)).status("one")
    await (await asked(slack)).status("two")
    await (await asked(slack, channel=SARAH_DM)).status("three")
    assert await slack.calls() == [SESSION, WORDS, WORDS, SESSION]
    slack.clock.advance(301)
    await (await asked(slack)).status("four")
    assert (await slack.calls())[4:] == [SESSION]


async def test_a_workspace_without_any_status_is_left_alone_for_a_while(slack: World) -> None:
    for method in (SESSION, WORDS):
        await slack.fault(method, "slack_error", error="unknown_method")
    preview = await asked(slack)
    await preview.status("one")
    await preview.status("two")
    assert await slack.calls() == [SESSION, WORDS]
    slack.clock.advance(3_601)
    await preview.status("three")
    assert await sessions(slack) == ["processing"]


@pytest.mark.parametrize("kind", ["lost_answer", "html_502"])
async def test_a_session_whose_beginning_was_not_answered_is_ended(slack: World, kind: str) -> None:
    await slack.fault(SESSION, kind)
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking…")
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert await slack.calls() == [SESSION, "chat.postMessage", SESSION]
    assert "processing" not in await sessions(slack)


async def test_an_end_that_fails_is_said_again(slack: World) -> None:
    preview = await asked(slack)
    await preview.status("is thinking…")
    await slack.fault(SESSION, "html_502")
    await preview.clear()
    assert (await sessions(slack), (await slack.calls()).count(SESSION)) == (["active"], 3)


async def test_what_a_dead_worker_left_busy_is_ended_by_the_next(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.chat.preview(conversation, message, "").status("is thinking…")
    other = slack.another_process()
    preview = other.preview(conversation, message, f"lost:{slack.clock.now()}")
    await other.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert (await sessions(slack), shown(await the_only(slack, conversation))) == (["active"], SAID)


async def test_an_answer_that_is_found_again_ends_its_session(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.chat.preview(conversation, message, "").status("is thinking…")
    await slack.fault("chat.postMessage", "lost_answer")
    with pytest.raises(Exception, match="postMessage"):
        await slack.chat.reply(conversation, Reply(EFFECT, WHOLE))
    assert await sessions(slack) == ["processing"]
    assert await slack.another_process().find(conversation, EFFECT, slack.clock.now())
    assert await sessions(slack) == ["active"]


async def test_a_server_that_knows_no_end_by_the_stream_is_told_it_apart(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking…")
    await preview.text(WHOLE[:-1])
    await slack.fault("chat.stopStream", "slack_error", error="invalid_arg_name")
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID
    assert await slack.calls() == [SESSION, "chat.startStream", "chat.stopStream", "chat.stopStream", SESSION]


@pytest.mark.parametrize("error", ["invalid_chunks", "channel_type_not_supported", "missing_scope"])
async def test_where_no_message_begins_with_a_step_the_state_alone_is_shown(slack: World, error: str) -> None:
    await slack.fault("chat.startStream", "slack_error", times=2, error=error)
    for _ in range(2):
        conversation, message = await slack.post("U0SARAH", HELP)
        preview = slack.chat.preview(conversation, message, "")
        for line in ("is thinking…", "is looking that up…", "is looking that up…"):
            await preview.status(line)
        await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
        assert shown(await the_only(slack, conversation)) == SAID
    assert (await slack.calls()).count("chat.startStream") == 1


async def test_beyond_the_sessions_of_a_minute_the_line_is_taken(slack: World) -> None:
    await slack.control("limits", enabled=False)
    for _ in range(22):
        await (await asked(slack)).status("is thinking…")
    calls = await slack.calls()
    assert (calls.count(SESSION), calls.count(WORDS)) == (20, 2)
    slack.clock.advance(61)
    await (await asked(slack)).status("is thinking…")
    assert (await slack.calls()).count(SESSION) == 21


async def test_a_turn_that_says_nothing_leaves_no_stream_open(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.text("Let me see. ")
    await preview.clear()
    assert (await the_only(slack, conversation))["streaming"] is False
