"""What is to be looked at again: found in the audit, put beside its words, without personal data."""

from dataclasses import replace

import pytest

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation
from bot.domain.drafts import Draft
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.review import ReviewEntry, Why, load_entry
from bot.domain.transcript import Entry, Role
from bot.review.picking import entry_of, is_sampled, masked_reason, name_of, why
from tests.doubles.clock import MONDAY

SARAH = AuthorId("slack:T1:U1")
TALK = Conversation(
    ConversationId("slack:T1:D1:1.0"), requester=SARAH, requester_name="Sarah Chen", specialist="orders"
)


def line(text: str, at: float) -> Entry:
    return Entry(Role.USER, text, MONDAY + at, author=SARAH, name="Sarah Chen")


WORDS = (
    line("Hi, this is Sarah Chen.", 0),
    Entry(Role.ASSISTANT, "Hello Sarah!", MONDAY + 1, agent="triage"),
    line("Where is A1001? Mail sarah.chen@example.com", 10),
    Entry(Role.TOOL_CALL, 'lookup_order({"order_id": "A1001"})', MONDAY + 12, agent="orders"),
    Entry(Role.ASSISTANT, "Sarah, order A1001 arrives on Monday.", MONDAY + 12, agent="orders"),
)


def told(deed: Deed, outcome: str, after: float = 12, **details: str) -> AuditEvent:
    return AuditEvent(deed, outcome, SARAH, "orders", 0, details, MONDAY + after, 2, "2.3", TALK.id)


def entry(event: AuditEvent, conversation: Conversation = TALK, words: tuple[Entry, ...] = WORDS) -> ReviewEntry | None:
    reason = why(event)
    assert reason
    return entry_of(event, reason, conversation, words, "cust_001")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (told(Deed.RATING, "bad"), Why.RATING),
        (told(Deed.RATING, "good"), None),
        (told(Deed.RATING, "asked"), None),
        (told(Deed.FEEDBACK, "down", answer="a1"), Why.THUMB),
        (told(Deed.FEEDBACK, "up", answer="a1"), None),
        (told(Deed.DRAFT, "discarded"), Why.DISCARDED),
        (told(Deed.DRAFT, "rewritten"), Why.REWRITTEN),
        (told(Deed.DRAFT, "sent"), None),
        (told(Deed.CHECK, "cut"), Why.CUT),
        (told(Deed.MESSAGE, "customer"), None),
    ],
)
def test_what_somebody_found_wanting_is_looked_at_again(event: AuditEvent, expected: Why | None) -> None:
    assert why(event) is expected


def test_one_answer_in_twenty_is_in_the_sample_and_always_the_same_ones() -> None:
    answers = [replace(told(Deed.TURN, "answered", says="answer"), id=f"{number}.0") for number in range(4_000)]
    picked = [event.id for event in answers if why(event)]

    assert 140 < len(picked) < 260
    assert picked == [event.id for event in answers if is_sampled(event)]
    assert not any(why(replace(event, details={"says": "notice"})) for event in answers)
    assert not any(why(replace(event, details={"says": "answer", "mode": "draft"})) for event in answers)


def test_the_words_stand_beside_it_without_names_and_addresses() -> None:
    found = entry(told(Deed.CHECK, "cut"))

    assert found
    assert found.question.startswith("Where is A1001? Mail [")
    assert found.answer.endswith("order A1001 arrives on Monday.")
    assert "Sarah" not in f"{found.question} {found.answer} {found.earlier}"
    assert (found.topic, found.customer, found.person, len(found.earlier)) == ("orders", "cust_001", SARAH, 1)
    assert load_entry(found.dump()) == found


def test_a_thumb_on_an_answer_and_its_reason_are_one_entry() -> None:
    down = told(Deed.FEEDBACK, "down", 60, answer="a1", at=f"{MONDAY + 12:.3f}")
    reason = told(Deed.FEEDBACK, "reason", 90, answer="a1", at=f"{MONDAY + 80:.3f}")
    words = (*WORDS, line("No, Sarah Chen's came on Friday.", 80))
    found = entry(down, words=words)

    assert found
    assert found.answer.endswith("order A1001 arrives on Monday.")
    assert name_of(reason) == name_of(down) == found.id
    assert masked_reason(reason, TALK, words).endswith("came on Friday.")
    assert "Sarah" not in masked_reason(reason, TALK, words)


def test_a_bad_rating_is_shown_with_the_last_answer_and_the_comment() -> None:
    words = (*WORDS, line("Thanks!", 20), Entry(Role.ASSISTANT, "You're welcome!", MONDAY + 21, agent="orders"))
    commented = (*words, line("It never came.", 300))
    found = entry(told(Deed.RATING, "bad", 300), replace(TALK, answers={"a1": MONDAY + 12}), commented)

    assert found
    assert found.answer.endswith("order A1001 arrives on Monday.")
    assert found.reason == "It never came."


@pytest.mark.parametrize("after", ["How was the help?", "You're welcome! Just write here.", "Closed, as nobody wrote."])
def test_what_the_bot_said_after_its_answer_is_not_what_was_rated(after: str) -> None:
    words = (*WORDS, line("Thanks, that helped!", 20), Entry(Role.ASSISTANT, after, MONDAY + 21, agent="orders"))
    story = [told(Deed.TURN, "answered", 12, says="answer"), told(Deed.TURN, "solved", 21)]
    event = told(Deed.RATING, "bad", 300)
    found = entry_of(event, Why.RATING, replace(TALK, answers={}), words, "cust_001", story)

    assert found
    assert found.answer.endswith("order A1001 arrives on Monday.")
    assert found.question.startswith("Where is A1001?")


def test_a_rewritten_draft_is_shown_with_what_people_wrote() -> None:
    draft = Draft("d1", "It arrives on Monday.", at=MONDAY + 12)
    human = Entry(Role.HUMAN, "It arrives on Friday.", MONDAY + 50, author=AuthorId("zendesk:1"), name="Dana")
    talk = replace(TALK, drafts=(draft,))
    found = entry(told(Deed.DRAFT, "rewritten", 50, draft="d1"), talk, (*WORDS[:3], human))

    assert found
    assert (found.answer, found.reason) == ("It arrives on Monday.", "It arrives on Friday.")
    assert found.question.startswith("Where is A1001?")


def test_what_has_lost_its_words_is_no_entry() -> None:
    assert entry(told(Deed.CHECK, "cut"), words=()) is None
    assert entry(told(Deed.DRAFT, "discarded", draft="gone")) is None
