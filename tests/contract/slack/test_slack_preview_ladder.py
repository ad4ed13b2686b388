"""Previews on servers that stream to some, or to nobody: the next way is tried, and what works is remembered."""

from dataclasses import replace

import pytest

from bot.domain.effects import Reply
from bot.domain.ids import AuthorId
from tests.contract.slack import preview_fixtures
from tests.contract.slack.preview_fixtures import EFFECT, HUMAN, SAID, SENTENCES, WHOLE, shown, speak, the_only
from tests.contract.slack.slack_fixtures import HELP, SARAH_DM, SHARED, World

slack = preview_fixtures.slack


async def test_a_guest_of_a_shared_channel_is_streamed_to(slack: World) -> None:
    conversation, message = await slack.post("U0EXT", SHARED)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    start = next(one for one in await slack.requests() if one["path"] == "chat.startStream")
    assert (start["body"]["recipient_user_id"], start["body"]["recipient_team_id"]) == ("U0EXT", "T0PARTNER")
    assert preview.ref.startswith("stream:")


async def test_the_rung_that_works_for_a_guest_is_remembered(slack: World) -> None:
    conversation, message = await slack.post("U0EXT", SHARED)
    await slack.fault("chat.startStream", "slack_error", times=2, error="missing_recipient_team_id")
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert preview.ref.startswith("post:")
    assert shown(await the_only(slack, conversation)) == SAID

    again, message = await slack.post("U0EXT", SHARED)
    second = slack.chat.preview(again, message, "")
    await speak(slack, second)
    assert second.ref.startswith("post:")
    assert (await slack.calls()).count("chat.startStream") == 2


async def test_the_installing_workspace_is_tried_as_recipients_team(slack: World) -> None:
    conversation, message = await slack.post("U0EXT", SHARED)
    await slack.fault("chat.startStream", "slack_error", error="user_not_found")
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    teams = [one["body"]["recipient_team_id"] for one in await slack.requests() if one["path"] == "chat.startStream"]
    assert teams == ["T0PARTNER", "T0FRONTDSK"]


@pytest.mark.parametrize("error", ["unknown_method", "channel_type_not_supported", "missing_scope"])
async def test_without_streams_a_message_is_edited_slowly(slack: World, error: str) -> None:
    conversation, message = await slack.post("U0SARAH", SARAH_DM)
    await slack.fault("chat.startStream", "slack_error", times=None, error=error)
    preview = slack.chat.preview(conversation, message, "")
    for sentence in SENTENCES:
        await preview.text(sentence)
    assert (await slack.calls()).count("chat.update") == 0
    slack.clock.advance(2)
    await preview.text(" Bye.")
    assert (await slack.calls()).count("chat.update") == 1
    ts = await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref, buttons=(HUMAN,)))
    said = await the_only(slack, conversation)
    assert (said["ts"], shown(said), preview.ref) == (ts, SAID, f"post:{ts}")


async def test_a_server_that_only_posts_gets_the_whole_answer_in_one_message(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", SARAH_DM)
    statuses = ("agents.sessions.setStatus", "assistant.threads.setStatus")
    for method in (*statuses, "chat.startStream", "chat.update", "chat.delete"):
        await slack.fault(method, "slack_error", times=None, error="unknown_method")
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking")
    await speak(slack, preview)
    assert preview.ref == ""
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID


@pytest.mark.parametrize("error", ["unknown_method", "cant_update_message", "missing_scope"])
async def test_a_preview_that_cannot_be_changed_gives_way_to_the_whole_answer(slack: World, error: str) -> None:
    conversation, message = await slack.post("U0SARAH", SARAH_DM)
    await slack.fault("chat.startStream", "slack_error", times=None, error="missing_scope")
    await slack.fault("chat.update", "slack_error", times=None, error=error)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    assert preview.ref.startswith("post:")
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID


async def test_more_than_twenty_streams_a_minute_are_not_started(slack: World) -> None:
    await slack.control("limits", enabled=False)
    refs = []
    for _ in range(22):
        conversation, message = await slack.post("U0SARAH", SARAH_DM)
        preview = slack.chat.preview(conversation, message, "")
        await preview.text("Hello. ")
        refs.append(preview.ref.partition(":")[0])
    assert refs == ["stream"] * 20 + ["post"] * 2
    slack.clock.advance(61)
    preview = slack.chat.preview(conversation, message, "")
    await preview.text("Hello. ")
    assert preview.ref.startswith("stream:")


async def test_a_limited_start_falls_to_a_message_for_this_once(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", SARAH_DM)
    await slack.fault("chat.startStream", "429", retry_after=10)
    first = slack.chat.preview(conversation, message, "")
    await first.text("Hello. ")
    slack.clock.advance(11)
    second = slack.chat.preview(conversation, message, "")
    await second.text("Hello. ")
    assert [first.ref.partition(":")[0], second.ref.partition(":")[0]] == ["post", "stream"]


async def test_a_ticket_persons_answer_streams_to_nobody(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    foreign = replace(message, author=type(message.author)(AuthorId("zendesk:7")))
    preview = slack.chat.preview(conversation, foreign, "")
    await preview.text("Hello.")
    assert preview.ref.startswith("post:")
