"""Previews: what the customer sees while a turn runs ends up as the committed text, exactly once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.conversation import Conversation
from bot.domain.effects import Button, Reply
from bot.domain.errors import LeaseLost, TemporaryFailure, UnknownOutcome
from bot.domain.events import CustomerMessage
from bot.domain.ids import AuthorId
from integrations.slack.outbound.preview import SlackPreview
from tests.conftest import wait_until
from tests.contract.slack.slack_contract import load_reference, problems
from tests.contract.slack.slack_fixtures import HELP, SARAH_DM, SHARED, World, slack_world

HUMAN = Button("frontdesk_human", "Talk to a human", "opaque-1")
EFFECT = "e1"
SENTENCES = ("Your order **A1001** is on its way. ", "It arrives <tomorrow>. ", "Anything else?")
WHOLE = "".join(SENTENCES)
SAID = "Your order **A1001** is on its way. It arrives &lt;tomorrow&gt;. Anything else?"


@pytest.fixture
async def slack() -> AsyncIterator[World]:
    """A workspace; at the end every request that was sent is one Slack understands."""
    async with slack_world() as world:
        yield world
        reference = load_reference()
        if reference is not None:
            sent = [{**one, "answer": {}} for one in await world.requests()]
            assert problems(reference, sent) == []


async def speak(slack: World, preview: SlackPreview, sentences: tuple[str, ...] = SENTENCES) -> None:
    for sentence in sentences:
        await preview.text(sentence)
        slack.clock.advance(3)


async def the_only(slack: World, conversation: Conversation) -> dict[str, Any]:
    [said] = await slack.messages(conversation)
    return said


def shown(message: dict[str, Any]) -> str:
    blocks = [block["text"] for block in message["blocks"] if block["type"] == "markdown"]
    return str(blocks[0] if blocks else message["text"])


@pytest.mark.parametrize("channel", [SARAH_DM, HELP])
async def test_sentences_are_streamed_and_the_reply_finishes_the_same_message(slack: World, channel: str) -> None:
    conversation, message = await slack.post("U0SARAH", channel)
    preview = slack.chat.preview(conversation, message, "")
    assert preview.ref == ""

    await speak(slack, preview, SENTENCES[:2])
    live = await the_only(slack, conversation)
    assert (live["streaming"], live["text"]) == (True, SAID.removesuffix(" Anything else?"))
    assert preview.ref == f"stream:{live['ts']}"
    ts = await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref, buttons=(HUMAN,)))

    said = await the_only(slack, conversation)
    assert (said["ts"], said["streaming"], said["text"]) == (ts, False, SAID)
    assert said["metadata"]["event_payload"]["effect_id"] == EFFECT
    assert [block["type"] for block in said["blocks"]] == ["actions"]
    assert await slack.calls() == ["chat.startStream", "chat.appendStream", "chat.stopStream"]
    assert await slack.chat.find(conversation, EFFECT, slack.clock.now()) == ts


async def test_sentences_in_quick_succession_cost_two_calls(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", SARAH_DM)
    preview = slack.chat.preview(conversation, message, "")
    for sentence in SENTENCES:
        await preview.text(sentence)
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert (await the_only(slack, conversation))["text"] == SAID
    assert await slack.calls() == ["chat.startStream", "chat.stopStream"]


@pytest.mark.parametrize("committed", ["Something **else**.", "Your order"])
async def test_a_different_committed_text_replaces_what_was_streamed(slack: World, committed: str) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)

    await slack.chat.reply(conversation, Reply(EFFECT, committed, preview=preview.ref))

    said = await the_only(slack, conversation)
    assert (said["text"], said["streaming"], said["metadata"]["event_payload"]["effect_id"]) == (
        committed,
        False,
        EFFECT,
    )


async def test_another_process_finishes_what_a_dead_worker_streamed(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    other = slack.another_process()

    continued = other.preview(conversation, message, preview.ref)
    await speak(slack, continued)
    assert continued.ref == preview.ref
    assert (await the_only(slack, conversation))["text"] == SENTENCES[0].strip()
    ts = await other.reply(conversation, Reply(EFFECT, WHOLE, preview=continued.ref, buttons=(HUMAN,)))

    said = await the_only(slack, conversation)
    assert (said["ts"], shown(said), said["streaming"]) == (ts, SAID, False)


@pytest.mark.parametrize("seconds", [61, 301])
async def test_a_stream_that_slack_closed_is_edited_instead(slack: World, seconds: int) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    slack.clock.advance(seconds)
    await speak(slack, preview, SENTENCES[1:])

    ts = await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref, buttons=(HUMAN,)))

    said = await the_only(slack, conversation)
    assert (said["ts"], shown(said), said["streaming"]) == (ts, SAID, False)
    assert "chat.update" in await slack.calls()


async def test_a_stream_the_person_stopped_takes_the_reply_all_the_same(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", SARAH_DM)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, SENTENCES[:1])
    await slack.control("slack/stop", user="U0SARAH", channel=SARAH_DM, thread_ts=conversation.id.split(":")[3])
    await speak(slack, preview, SENTENCES[1:])
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    assert shown(await the_only(slack, conversation)) == SAID


async def test_a_previewed_message_that_is_gone_is_posted_anew(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview)
    _, _, ts = preview.ref.partition(":")
    await slack.chat._api.write("chat.delete", channel=HELP, ts=ts)

    reply = await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))

    said = await the_only(slack, conversation)
    assert said["ts"] == reply != ts
    assert said["text"] == SAID


async def test_a_long_answer_goes_on_in_further_messages(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    paragraphs = tuple("word " * 300 + "\n\n" for _ in range(12))
    preview = slack.chat.preview(conversation, message, "")
    await speak(slack, preview, paragraphs)
    await slack.chat.reply(conversation, Reply(EFFECT, "".join(paragraphs), preview=preview.ref))
    said = await slack.messages(conversation)
    assert [f"stream:{said[0]['ts']}", len(said)] == [preview.ref, 2]
    assert " ".join(shown(one) for one in said).split() == "".join(paragraphs).split()


# ── the ladder ───────────────────────────────────────────────────────────────────────────────────────────────────────


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
    for method in ("assistant.threads.setStatus", "chat.startStream", "chat.update", "chat.delete"):
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


# ── nothing of the preview may break the turn ────────────────────────────────────────────────────────────────────────


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


# ── status ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def statuses(slack: World) -> list[str]:
    return [one["status"] for one in (await slack.state())["statuses"] if one["status"]]


async def test_the_status_shows_at_once_and_can_be_taken_back(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("is looking up your order")
    assert await statuses(slack) == ["is looking up your order"]
    await preview.clear()
    assert await statuses(slack) == []
    await preview.clear()
    assert (await slack.calls()).count("assistant.threads.setStatus") == 2


async def test_a_channel_without_status_lines_is_not_asked_again_for_a_while(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("assistant.threads.setStatus", "slack_error", error="unknown_method")
    preview = slack.chat.preview(conversation, message, "")
    await preview.status("one")
    await preview.status("two")
    assert (await slack.calls()).count("assistant.threads.setStatus") == 1
    slack.clock.advance(301)
    await preview.status("three")
    assert await statuses(slack) == ["three"]


async def test_a_turn_that_says_nothing_leaves_no_stream_open(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "")
    await preview.text("Let me see. ")
    await preview.clear()
    assert (await the_only(slack, conversation))["streaming"] is False


# ── a worker that was frozen and lost the conversation leaves nothing behind ─────────────────────────────────────────


async def lost(_ref: str) -> None:
    raise LeaseLost("another worker answers")


async def test_a_preview_of_a_worker_that_lost_its_lease_is_taken_back(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    preview = slack.chat.preview(conversation, message, "", lost)

    with pytest.raises(LeaseLost):
        await preview.text(SENTENCES[0])

    assert await slack.messages(conversation) == []


async def test_a_preview_that_was_on_its_way_when_its_turn_was_cancelled_is_taken_back(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    told = asyncio.Event()

    async def lost_late(ref: str) -> None:
        told.set()
        await lost(ref)

    await slack.fault("chat.startStream", "network_delay", seconds=0.2)
    turn = asyncio.create_task(slack.chat.preview(conversation, message, "", lost_late).text(SENTENCES[0]))
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)

    async def is_empty() -> bool:
        slack.clock.advance(1)
        return told.is_set() and not await slack.messages(conversation)

    await wait_until(is_empty, what="an empty thread")


async def test_a_frozen_worker_does_not_write_over_the_answer(slack: World) -> None:
    conversation, message = await slack.post("U0SARAH", HELP)
    await slack.fault("chat.startStream", "slack_error", times=None, error="feature_not_enabled")
    fenced_out = False

    async def known(ref: str) -> None:
        if fenced_out:
            await lost(ref)

    preview = slack.chat.preview(conversation, message, "", known)
    await speak(slack, preview, SENTENCES[:1])
    await slack.another_process().reply(conversation, Reply(EFFECT, WHOLE, preview=preview.ref))
    fenced_out = True
    with pytest.raises(LeaseLost):
        await preview.text(SENTENCES[1])

    assert shown(await the_only(slack, conversation)) == SAID


async def test_what_was_left_before_the_customer_s_line_is_not_taken_for_its_answer(slack: World) -> None:
    conversation, first = await slack.post("U0SARAH", HELP)
    await speak(slack, slack.chat.preview(conversation, first, ""), SENTENCES[:1])
    slack.clock.advance(30)
    _, second = await slack.post("U0SARAH", HELP, thread_ts=conversation.id.rpartition(":")[2])
    assert isinstance(second, CustomerMessage)
    second = replace(second, ts=second.id.rpartition(":")[2])

    tried_before = slack.chat.preview(conversation, second, f"lost:{slack.clock.now()}")
    await slack.chat.reply(conversation, Reply(EFFECT, WHOLE, preview=tried_before.ref))

    assert [shown(one) for one in await slack.messages(conversation)][-1] == SAID
