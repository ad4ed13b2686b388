"""Previews that break: nothing of them breaks the turn, and the whole answer is said once."""

from typing import Any

import pytest

from bot.domain.effects import Reply
from bot.domain.errors import TemporaryFailure, UnknownOutcome
from tests.contract.slack import preview_fixtures
from tests.contract.slack.preview_fixtures import EFFECT, HUMAN, SAID, SENTENCES, WHOLE, shown, speak, the_only
from tests.contract.slack.slack_fixtures import HELP, World

slack = preview_fixtures.slack


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
async def test_a_start_that_was_not_answered_is_found_and_finished(slack: World, kind: str) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.startStream", kind)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    assert preview.ref.startswith("lost:")

    await slack.another_process().reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))

    said = await the_only(slack, conversation)
    assert (shown(said), said["streaming"]) == (SAID, False)
    assert said["metadata"]["event_payload"]["effect_id"] == EFFECT


async def test_after_a_lost_start_the_channel_gets_messages_for_some_minutes(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.startStream", "reset")
    ways = []
    for seconds in (0, 0, 301):
        slack.clock.advance(seconds)
        preview = slack.chat.preview(conversation, message, "")
        await preview.text("Hello. ")
        ways.append(preview.ref.partition(":")[0])
    assert ways == ["lost", "post", "stream"]


async def test_several_lost_starts_leave_one_message(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    since = slack.clock.now()
    await slack.chat.reply(conversation, Reply("earlier", "An earlier answer."))
    await slack.fault("chat.startStream", "lost_answer", times=2)
    for chat in (slack.chat, slack.another_process()):
        await speak(slack, chat.preview(conversation, message, ""))

    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=f"lost:{since}"))

    assert [shown(one) for one in await slack.messages(conversation)] == ["An earlier answer.", SAID]


async def test_a_reply_that_was_finished_before_a_crash_is_not_said_again(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.startStream", "lost_answer")
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    reply = Reply(EFFECT, WHOLE, preview=preview.ref)
    ts = await slack.chat.reply(conversation, reply)
    assert await slack.another_process().reply(conversation, reply) == ts
    assert (await the_only(slack, conversation))["ts"] == ts


async def test_a_stream_that_began_long_before_its_text_was_committed_is_found(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    slack.clock.advance(400)
    ts = await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert await slack.another_process().find(conversation, EFFECT, slack.clock.now()) == ts


async def test_a_lost_message_of_the_fallback_is_found_too(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.startStream", "slack_error", times=None, error="unknown_method")
    await slack.fault("chat.postMessage", "lost_answer")
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    assert preview.ref.startswith("lost:")
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID


async def test_an_append_that_was_not_answered_leads_to_the_whole_text_once(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    await slack.fault("chat.appendStream", "lost_answer")
    await speak(slack, preview, SENTENCES[1:])
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
async def test_a_stop_that_was_not_answered_is_read_back_or_done_again(slack: World, kind: str) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    since = slack.clock.now()
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    reply = Reply(EFFECT, WHOLE, preview=preview.ref, buttons=(HUMAN,))
    await slack.fault("chat.stopStream", kind)
    with pytest.raises(UnknownOutcome):
        await slack.chat.reply(conversation, reply)

    found = await slack.chat.find(conversation, EFFECT, since)
    assert bool(found) is (kind == "lost_answer")
    ts = found or await slack.chat.reply(conversation, reply)

    said = await the_only(slack, conversation)
    assert (said["ts"], shown(said), said["streaming"]) == (ts, SAID, False)


async def test_a_limited_stop_is_retried_without_a_second_message(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    await slack.fault("chat.stopStream", "429", retry_after=5)
    reply = Reply(EFFECT, WHOLE, preview=preview.ref)
    with pytest.raises(TemporaryFailure):
        await slack.chat.reply(conversation, reply)
    slack.clock.advance(5)
    await slack.chat.reply(conversation, reply)
    assert shown(await the_only(slack, conversation)) == SAID


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("429", {"retry_after": 5}),
        ("status", {"status": 500}),
        ("html_502", {}),
        ("reset", {}),
        ("slack_error", {"error": "unknown_method"}),
        ("slack_error", {"error": "not_allowed_token_type"}),
    ],
)
async def test_no_failure_of_a_preview_reaches_the_turn(slack: World, kind: str, more: dict[str, Any]) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("*", kind, times=None, **more)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is thinking")
    await speak(slack, preview)
    await preview.clear()

    await slack.control("faults", rules=[])
    slack.clock.advance(60)
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID
