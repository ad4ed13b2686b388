"""Facts are texts beside the state: each means what the versions before this one wrote, and unknown ones stay."""

import pytest

from bot.domain.facts import Facts, Failing, OfferShown, Reopened, TicketLook, announced_name
from bot.domain.ids import MessageRef

STORED = Facts(
    {
        "ticket_id": "7",
        "stamp": "2026-11-29T12:34:00Z",
        "customer_id": "cust_001",
        "unsent": "It is on its way.",
        "smaller": "m1:ticket",
        "refused": "m1:ticket",
        "reopened": "1795955639.659 m1:ticket 2001",
        "failing": '{"m1:reply":[1.5,3.5,2]}',
        "again": "7 1795955639.000 1 comment_added",
        "offered:p1": "1795955639.000000 D1:1.2",
        "announced:p1": "C1:1.3",
        "hologram": "of a newer version",
    }
)
LATELY = 1_795_955_639.0


def test_what_was_stored_is_read() -> None:
    assert (STORED.ticket_id, STORED.stamp, STORED.customer_id) == ("7", "2026-11-29T12:34:00Z", "cust_001")
    assert (STORED.unsent, STORED.smaller, STORED.refused) == ("It is on its way.", "m1:ticket", "m1:ticket")
    assert STORED.reopened == Reopened(1_795_955_639.659, "m1:ticket", "2001")
    assert STORED.failing == {"m1:reply": Failing(1.5, 3.5, 2)}
    assert STORED.look == TicketLook("7", LATELY, 1, "comment_added")
    assert STORED.shown("p1") == OfferShown(LATELY, MessageRef("D1:1.2"))
    assert STORED.announced("p1") == "C1:1.3"
    assert not STORED.is_opening


def test_what_was_read_is_written_as_it_stood() -> None:
    assert STORED.reopened
    assert STORED.look
    shown = STORED.shown("p1")
    assert shown
    learnt = (
        Facts.ticket("7", STORED.stamp)
        | Facts({"customer_id": "cust_001"})
        | Facts.left_unsaid(STORED.unsent)
        | Facts.opens_smaller(STORED.smaller)
        | Facts.was_refused(STORED.refused)
        | Facts.was_reopened(STORED.reopened)
        | Facts.fails(STORED.failing)
        | Facts.looks_again(STORED.look)
        | Facts.was_shown(["p1"], shown)
        | Facts({announced_name("p1"): "C1:1.3"})
    )
    assert learnt == STORED.without("hologram")


def test_newer_facts_go_over_older_ones_and_unknown_ones_stay() -> None:
    after = STORED | Facts.left_unsaid("") | Facts.fails({}) | Facts.looks_again(None)
    assert (after.unsent, after.failing, after.look) == ("", {}, None)
    assert after.texts["hologram"] == "of a newer version"
    assert after.ticket_id == "7"


@pytest.mark.parametrize("name", ["unsent", "reopened", "failing", "again", "offered:p1", "announced:p1"])
def test_a_fact_that_was_taken_back_is_none(name: str) -> None:
    facts = Facts({name: ""})
    assert not any((facts.unsent, facts.reopened, facts.failing, facts.look, facts.shown("p1"), facts.announced("p1")))


def test_an_offer_outside_of_slack_stands_in_no_message() -> None:
    shown = Facts({"offered:p1": "1795955639.000000 "}).shown("p1")
    assert shown == OfferShown(LATELY, MessageRef())
