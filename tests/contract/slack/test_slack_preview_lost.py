"""Previews of workers that were frozen and lost the conversation: they leave nothing behind."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.effects import Reply
from bot.domain.errors import LeaseLost
from bot.domain.events import CustomerMessage
from tests.conftest import wait_until
from tests.contract.slack import preview_fixtures
from tests.contract.slack.preview_fixtures import EFFECT, SAID, SENTENCES, WHOLE, shown, speak, the_only
from tests.contract.slack.slack_fixtures import HELP, World

slack = preview_fixtures.slack


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
