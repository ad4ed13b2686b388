"""The airline: questions, transfers there and back, and a seat that is changed after a yes."""

from pathlib import Path

import pytest

from bot.domain.proposals import CONFIRM
from tests.flow.harness.frontdesk import BOT, HELP, MARCUS, MARCUS_DM, SARAH, SARAH_DM, TEAM, open_stage
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, ScriptedModel, call
from tests.words import lacking

SEATS: Script = {
    "move me to 12C": [
        call("transfer_to_seats"),
        call("lookup_booking"),
        call("propose_seat_change", confirmation_number="LL0EZ6", new_seat="12c"),
        "Here is what I can do.",
    ],
    "wifi": [call("transfer_to_faq"), call("search_knowledge", query="wifi"), "Join Airline-Wifi, it is free."],
    "20B": [call("transfer_to_seats"), call("propose_seat_change", confirmation_number="x", new_seat="20B"), "Hm."],
    "1A": [call("transfer_to_seats"), call("propose_seat_change", confirmation_number="x", new_seat="1A"), "Hm."],
    "K7QW2P": [
        call("transfer_to_seats"),
        call("propose_seat_change", confirmation_number="K7QW2P", new_seat="18F"),
        "Hm.",
    ],
}


async def seats(till: RefundHarness) -> dict[str, str]:
    """Return every booking's seat."""
    return {row["confirmation"]: row["seat"] for row in await till.rows("SELECT * FROM airline_bookings")}


async def test_a_seat_is_changed_with_transfers_there_and_back(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SEATS, frontdesk_desk="airline") as till:
        ts = await till.asks(SARAH, SARAH_DM, "please move me to 12C")
        offer = await till.last(SARAH_DM, ts)
        before = await seats(till)
        await till.asks(SARAH, SARAH_DM, "and is there wifi?", ts)
        wifi = await till.last(SARAH_DM, ts)
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        answer = await till.last(SARAH_DM, ts)
        after = await seats(till)
        view = await till.stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")
        rows = await till.committed()

    assert "Change of seat from 19D to 12C on flight FLT-476 (booking LL0EZ6)" in offer
    assert before["LL0EZ6"] == "19D"
    assert lacking(wifi, "Airline-Wifi", "still waiting for your yes or no") == []
    assert answer.startswith("Done: Change of seat from 19D to 12C")
    assert after == {"LL0EZ6": "12C", "K7QW2P": "20B"}
    assert view is not None
    assert [entry.text for entry in view.entries if entry.role == "transfer"][-1] == "seats → faq"
    assert len(rows) == 1


@pytest.mark.parametrize("line", ["I want 20B", "I want 1A"])
async def test_a_taken_seat_and_another_cabin_are_not_offered(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SEATS, frontdesk_desk="airline") as till:
        ts = await till.asks(SARAH, SARAH_DM, line)
        answer = await till.last(SARAH_DM, ts)

    assert "Change of seat" not in answer


async def test_somebody_elses_confirmation_number_leads_to_ones_own_booking_alone(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SEATS, frontdesk_desk="airline") as till:
        ts = await till.asks(SARAH, SARAH_DM, "change K7QW2P")
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        after = await seats(till)

    assert after == {"LL0EZ6": "18F", "K7QW2P": "20B"}


async def test_two_passengers_cannot_get_one_seat(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SEATS, frontdesk_desk="airline") as till:
        one = await till.asks(SARAH, SARAH_DM, "please move me to 12C")
        two = await till.asks(MARCUS, MARCUS_DM, "please move me to 12C")
        await till.asks(SARAH, SARAH_DM, "yes", one)
        await till.asks(MARCUS, MARCUS_DM, "yes", two)
        answer = await till.last(MARCUS_DM, two)
        after = await seats(till)

    assert "I have not done this" in answer
    assert after == {"LL0EZ6": "12C", "K7QW2P": "20B"}


async def test_the_sandbox_plays_it_with_the_offline_model(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_desk="airline") as stage:
        till = RefundHarness(stage, ScriptedModel({}))
        ts = await till.asks(SARAH, SARAH_DM, "is there wifi on the plane?")
        wifi = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "please change my seat to 12C", ts)
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        answer = await till.last(SARAH_DM, ts)
        view = await stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")

    assert "Airline-Wifi" in wifi
    assert answer.startswith("Done: Change of seat from 19D to 12C")
    assert view is not None
    assert view.conversation.specialist == "seats"


PLAIN: Script = {
    "seat please": [call("transfer_to_seats"), "Which seat would you like?"],
    "take 12C": [call("propose_seat_change", confirmation_number="LL0EZ6", new_seat="12C"), "Shall I?"],
    "how heavy": [call("transfer_to_faq"), call("search_knowledge", query="bag weight"), "50 pounds."],
    "again": [call("transfer_to_triage"), call("transfer_to_seats"), "You have seat 12C."],
}
"""Knows the contract's names and no other."""


async def told(till: RefundHarness, word: str) -> str:
    """Return what the model was last told of the customer before it read a line with this word."""
    found = [instructions for instructions, line in till.model.asked if word in line]
    known = [line for line in found[-1].splitlines() if line.startswith("Known of them")]
    return known[0].partition("): ")[2] if known else ""


async def test_the_booking_is_known_from_the_transfer_on_and_kept_up_to_date(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, PLAIN, frontdesk_desk="airline") as till:
        ts = await till.asks(SARAH, SARAH_DM, "good morning")
        at_first = await told(till, "good morning")
        await till.asks(SARAH, SARAH_DM, "another seat please", ts)
        after_transfer = await told(till, "seat please")
        await till.asks(SARAH, SARAH_DM, "I take 12C", ts)
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        await till.asks(SARAH, SARAH_DM, "how heavy may my bag be?", ts)
        at_faq = await told(till, "how heavy")
        await till.asks(SARAH, SARAH_DM, "and my seat again?", ts)
        at_seats = await told(till, "again")
        view = await till.stage.engine.conversations.read(f"slack:{TEAM}:{SARAH_DM}:{ts}")
        after = await seats(till)

    assert after_transfer == "confirmation number: LL0EZ6; flight number: FLT-476; seat: 19D"
    assert at_first == ""
    assert "confirmation number: LL0EZ6" in at_faq
    assert at_seats.endswith("seat: 12C")
    assert after["LL0EZ6"] == "12C"
    assert view is not None
    assert view.conversation.contexts["cust_001"] == {
        "confirmation_number": "LL0EZ6",
        "flight_number": "FLT-476",
        "seat": "12C",
    }


async def test_who_shares_a_thread_is_told_nothing_of_the_others_booking(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, PLAIN, frontdesk_desk="airline") as till:
        ts = await till.asks(SARAH, HELP, f"<@{BOT}> another seat please")
        await till.asks(MARCUS, HELP, "how heavy may my bag be?", ts)
        known = await told(till, "how heavy")

    assert "K7QW2P" in known
    assert "LL0EZ6" not in known
