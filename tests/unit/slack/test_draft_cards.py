"""The JSON of a draft's card is within Slack's limits, whatever the draft has in it and whatever the server takes."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from bot.app.connectors import declare_all
from bot.domain.conversation import Conversation
from bot.domain.effects import ShowDraft
from bot.domain.ids import ConversationId
from bot.turn.drafts.note import card_of
from integrations.slack.outbound.blocks import Draft, in_markdown, in_mrkdwn, label
from integrations.slack.outbound.poster import Poster

CONVERSATIONS = ("slack:T1:C1:1700000000.000100", "zendesk:7", f"chat:{'k' * 40}:{'s' * 150}")
SHORT = ShowDraft("e1", "0123456789ab", "It is **late**.", "C1", customer="Sarah", question="Where is <my> order?")
LONG = ShowDraft(
    "e1",
    "0123456789ab",
    "<b> & 'well'. " * 2_500,
    "C1",
    customer="N" * 500,
    question="Where <is> it? " * 1_000,
    sources=("A title & more " * 10,) * 30,
    looked_up=("looked up order A1001: found",) * 60,
    proposes=("a refund of 89.00 USD for order A1001",) * 5,
    why="the rule says so",
)


def messages(effect: ShowDraft, conversation: str, *, takes_markdown: bool) -> Iterator[dict[str, Any]]:
    """Yield what is sent for a card, part by part."""
    poster = Poster(cast("Any", None))
    poster.takes_markdown = takes_markdown
    card = card_of(effect, Conversation(ConversationId(conversation)))
    for number, part in enumerate(poster.parts(card.text)):
        buttons = () if number else card.buttons
        draft = Draft(part, label(card.id), buttons=buttons, conversation=conversation)
        yield (in_markdown if takes_markdown else in_mrkdwn)(draft)


def assert_blocks_fit(blocks: list[dict[str, Any]]) -> None:
    assert len(blocks) <= 50
    assert sum(len(block["text"]) for block in blocks if block["type"] == "markdown") <= 12_000
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks if block["type"] == "section")
    assert all(len(block.get("block_id", "")) <= 255 for block in blocks)


@pytest.mark.parametrize("effect", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=["slack", "zendesk", "chat"])
@pytest.mark.parametrize("takes_markdown", [True, False])
def test_every_part_is_within_slacks_limits(effect: ShowDraft, conversation: str, takes_markdown: bool) -> None:
    declare_all()
    sent = list(messages(effect, conversation, takes_markdown=takes_markdown))

    for message in sent:
        assert len(message.get("markdown_text", "")) <= 12_000
        assert len(message.get("text", "")) <= 40_000
        assert len(json.dumps(message["metadata"])) <= 8_000
        assert_blocks_fit(message.get("blocks", []))
    rows = [block["elements"] for message in sent for block in message.get("blocks", []) if block["type"] == "actions"]
    assert [[button["action_id"] for button in row] for row in rows] == [
        ["frontdesk_draft_send", "frontdesk_draft_edit", "frontdesk_draft_discard"]
    ]
    assert all(len(button["value"]) <= 2_000 and len(button["text"]["text"]) <= 75 for button in rows[0])


def test_what_a_customer_wrote_mentions_nobody_and_links_nowhere() -> None:
    declare_all()
    [message] = messages(SHORT, CONVERSATIONS[0], takes_markdown=True)

    assert "&lt;my&gt;" in message["blocks"][0]["text"]
    assert "<my>" not in json.dumps(message)
