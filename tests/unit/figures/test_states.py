"""What becomes of a conversation in figures: the stories of one, and what each is counted as."""

from collections.abc import Callable
from datetime import UTC

import pytest

from bot.domain.audit import AuditEvent, Deed, short
from bot.figures.facts import ConversationFacts
from bot.figures.writer import as_kept, count_on
from tests.unit.figures.kit import DAY, HOUR, NOON, Told, ToldStream, wrote

CHAT, TICKET = "chat:web:s1", "zendesk:7"

Story = Callable[[Told], None]


def told(story: Story, name: str = CHAT) -> ConversationFacts:
    """Return what is known of a conversation after its story."""
    stream = ToldStream()
    story(Told(stream, name))
    places = [(f"{place + 1}-0", event) for place, event in enumerate(stream.events)]
    [facts], _ = count_on({}, places, UTC)
    return facts


def state(facts: ConversationFacts, now: float) -> str:
    """Return the one state that it is in."""
    if facts.escalated_at is not None:
        return "escalated"
    if facts.resolved_at(now) is not None:
        return "confirmed" if facts.confirmed_at is not None else "presumed"
    return "undone" if facts.undone_day is not None else "open"


def never_answered(talk: Told) -> None:
    talk.turn(NOON, "identity asked", wrote(NOON), says="notice", reply="r")


def answered(talk: Told) -> None:
    talk.asks(NOON)


def not_delivered(talk: Told) -> None:
    talk.turn(NOON, "answered", wrote(NOON), says="answer", reply=short("m0:reply"))
    talk.delivers(NOON + 1, "m0:reply", "withheld")


def of_the_version_before(talk: Told) -> None:
    talk.turn(NOON, "answered", wrote(NOON))
    talk.delivers(NOON + 1, "whatever")


def thanked(talk: Told) -> None:
    talk.asks(NOON)
    talk.thanks(NOON + 60)


def refused_afterwards(talk: Told) -> None:
    talk.asks(NOON)
    talk.turn(NOON + 60, "off topic", wrote(NOON + 60), says="notice", reply="r")


def came_back(talk: Told) -> None:
    thanked(talk)
    talk.turn(NOON + 3 * DAY, "identity asked", wrote(NOON + 3 * DAY), says="notice", reply="r")


def came_back_after_silence(talk: Told) -> None:
    talk.asks(NOON)
    talk.turn(NOON + 3 * DAY, "identity asked", wrote(NOON + 3 * DAY), says="notice", reply="r")


def came_back_and_was_answered(talk: Told) -> None:
    thanked(talk)
    talk.asks(NOON + 3 * DAY)


def came_back_late(talk: Told) -> None:
    thanked(talk)
    talk.hands_over(NOON + 9 * DAY)


def came_back_to_people(talk: Told) -> None:
    thanked(talk)
    talk.hands_over(NOON + 2 * DAY)


def a_human_answered(talk: Told) -> None:
    thanked(talk)
    talk.human(NOON + HOUR)


def a_human_joined(talk: Told) -> None:
    talk.asks(NOON)
    talk.human(NOON + HOUR)
    talk.thanks(NOON + 2 * HOUR)


def rated_bad(talk: Told) -> None:
    thanked(talk)
    talk.rates(NOON + HOUR, "bad")


def rated_good(talk: Told) -> None:
    talk.asks(NOON)
    talk.rates(NOON + HOUR, "good")


def thumb_down(talk: Told) -> None:
    talk.asks(NOON)
    talk.turn(NOON + 9, "feedback", AuditEvent(Deed.FEEDBACK, "down"))


def not_taken(talk: Told) -> None:
    talk.turn(NOON, "escalated by rule", wrote(NOON), AuditEvent(Deed.ESCALATION, "rule", details={"reason": "upset"}))
    talk.turn(NOON + 9, "hand-over refused", says="notice", reply="r")


def draft_sent(talk: Told) -> None:
    talk.turn(NOON, "drafted", wrote(NOON))
    sent = AuditEvent(Deed.DRAFT, "sent_edited", details={"kind": "answer", "draft": "d1"})
    talk.turn(NOON + HOUR, "draft sent_edited", sent)


def notice_sent(talk: Told) -> None:
    talk.turn(NOON, "drafted: refused", wrote(NOON))
    talk.turn(NOON + HOUR, "draft sent", AuditEvent(Deed.DRAFT, "sent", details={"kind": "notice", "draft": "d1"}))


def answered_by_a_machine(talk: Told) -> None:
    talk.asks(NOON)
    talk.turn(NOON + DAY / 2, "by a machine", wrote(NOON + DAY / 2, line="none"))


@pytest.mark.parametrize(
    ("story", "after", "expected"),
    [
        (never_answered, 9 * DAY, "open"),
        (answered, HOUR, "open"),
        (answered, 25 * HOUR, "presumed"),
        (not_delivered, 9 * DAY, "open"),
        (of_the_version_before, 25 * HOUR, "presumed"),
        (thanked, HOUR, "confirmed"),
        (refused_afterwards, 9 * DAY, "open"),
        (came_back, 9 * DAY, "undone"),
        (came_back_after_silence, 9 * DAY, "undone"),
        (came_back_and_was_answered, 3 * DAY + HOUR, "undone"),
        (came_back_and_was_answered, 9 * DAY, "presumed"),
        (came_back_late, 9 * DAY + HOUR, "confirmed"),
        (came_back_to_people, 9 * DAY, "escalated"),
        (a_human_answered, 9 * DAY, "undone"),
        (a_human_joined, 9 * DAY, "open"),
        (rated_bad, 9 * DAY, "undone"),
        (rated_good, 2 * HOUR, "confirmed"),
        (thumb_down, 25 * HOUR, "presumed"),
        (not_taken, 9 * DAY, "open"),
        (draft_sent, 26 * HOUR, "presumed"),
        (notice_sent, 9 * DAY, "open"),
        (answered_by_a_machine, 25 * HOUR, "presumed"),
    ],
)
def test_a_conversation_is_in_one_state(story: Story, after: float, expected: str) -> None:
    assert state(told(story), NOON + after) == expected


def test_a_ticket_waits_three_days_for_its_customer() -> None:
    facts = told(answered, TICKET)

    assert [state(facts, NOON + days * DAY) for days in (1.5, 2.9, 3.1)] == ["open", "open", "presumed"]


def test_a_resolution_belongs_to_the_day_of_its_answer_and_its_end_too() -> None:
    def next_morning(talk: Told) -> None:
        talk.asks(NOON, answered_at=NOON + DAY)
        talk.thanks(NOON + 2 * DAY)

    facts = told(next_morning)
    assert (facts.answer_day, facts.first_day) == (facts.first_day + 1 if facts.first_day else 0, facts.first_day)

    def and_back(talk: Told) -> None:
        next_morning(talk)
        talk.turn(NOON + 4 * DAY, "off topic", wrote(NOON + 4 * DAY))

    assert told(and_back).undone_day == facts.answer_day


def test_times_are_counted_to_the_first_word_of_each() -> None:
    def story(talk: Told) -> None:
        talk.asks(NOON, answered_at=NOON + 3.25)
        talk.asks(NOON + 60, answered_at=NOON + 100)
        talk.hands_over(NOON + HOUR)
        talk.human(NOON + HOUR + 1_200)
        talk.human(NOON + HOUR + 9_000)

    facts = told(story)

    assert (facts.bot_seconds, facts.human_seconds, facts.to_human_seconds) == (3.25, 4_800.0, 1_200.0)
    assert facts.promised_until == NOON + 2 * HOUR
    assert (facts.turns, facts.reason, facts.answered) == (3, "asked_for_human", True)


def test_lines_that_were_taken_together_are_one_turn() -> None:
    def story(talk: Told) -> None:
        talk.turn(NOON, "answered", wrote(NOON), wrote(NOON + 1), wrote(NOON + 2))

    assert told(story).turns == 1


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("slack:T1:C0PILOT:1.0", "C0PILOT"),
        ("slack:T1:D0SARAH:1.0", "slack"),
        ("zendesk:12", "zendesk"),
        ("chat:web:a:b", "chat"),
    ],
)
def test_a_direct_message_is_no_channel_of_its_own(name: str, channel: str) -> None:
    assert told(answered, name).channel == channel


def test_what_nobody_wrote_as_a_customer_is_not_counted() -> None:
    stream = ToldStream()
    for name in ("", "chat:.terminal:s", "chat:.eval:s"):
        Told(stream, name).asks(NOON)

    assert count_on({}, [(f"{n}-0", event) for n, event in enumerate(stream.events)], UTC) == ([], [])


def test_places_are_ordered_as_text() -> None:
    places = ["9-10", "9-9", "10-0", "1764000000000-2"]

    assert sorted(places, key=as_kept) == ["9-9", "9-10", "10-0", "1764000000000-2"]
