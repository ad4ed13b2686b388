"""What the tests of previews share: a workspace that understands each request, and an answer in three sentences."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.conversation import Conversation
from bot.domain.effects import Button
from integrations.slack.outbound.preview import SlackPreview
from tests.contract.slack.slack_contract import load_reference, problems
from tests.contract.slack.slack_fixtures import World, slack_world

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
