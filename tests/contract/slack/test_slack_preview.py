"""Previews: what the customer sees while a turn runs ends up as the committed text, exactly once."""

import pytest

from bot.domain.effects import Reply
from tests.contract.slack import preview_fixtures
from tests.contract.slack.preview_fixtures import EFFECT, HUMAN, SAID, SENTENCES, WHOLE, shown, speak, the_only
from tests.contract.slack.slack_fixtures import HELP, SARAH_DM, World

slack = preview_fixtures.slack


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
