"""Nothing that colleagues are told keeps a customer waiting, and the cards of one conversation keep their order."""

import pytest

from bot.app.connectors import declare_all
from bot.delivery.lanes import Lane, customers_lane, lane_of
from bot.domain.effects import (
    CloseDraft,
    EditAnnounced,
    Effect,
    PostToChannel,
    PublishDraft,
    Relay,
    Reply,
    ShowDraft,
    Whisper,
)

SLACK, TICKET, CHAT = "slack:T1:C1:1.1", "zendesk:7", "chat:web:s1"
TOLD: tuple[Effect, ...] = (
    PostToChannel("e1", "C1", "An escalation."),
    EditAnnounced("e2", "announced:1", "Taken by Dana."),
    ShowDraft("e3", "d1", "Hello.", channel="C1"),
    CloseDraft("e4", "d1", "sent", channel="C1"),
)
SAID: tuple[Effect, ...] = (Reply("e5", "Hello."), Relay("e6", "Hello.", "Dana"), PublishDraft("e7", "d1", "Hello."))


@pytest.fixture(autouse=True)
def connectors() -> None:
    declare_all()


@pytest.mark.parametrize("conversation", [SLACK, TICKET, CHAT])
def test_what_colleagues_are_told_is_in_order_and_holds_back_nobody_else(conversation: str) -> None:
    told = {lane_of(conversation, effect) for effect in TOLD}

    assert told == {Lane.COLLEAGUES}
    assert customers_lane(conversation) not in told
    assert {lane_of(conversation, effect) for effect in SAID} == {customers_lane(conversation)}


def test_a_word_to_one_person_holds_back_nothing_at_all() -> None:
    whispered = lane_of(SLACK, Whisper("e1", "C1", "slack:T1:U1", "Nothing was changed."))

    assert whispered not in {lane_of(SLACK, effect) for effect in (*TOLD, *SAID)}


def test_a_draft_on_a_ticket_goes_with_the_tickets_other_updates() -> None:
    shown = ShowDraft("e1", "d1", "Hello.")

    assert lane_of(TICKET, shown) == lane_of(TICKET, CloseDraft("e2", "d1", "sent")) == customers_lane(TICKET)
