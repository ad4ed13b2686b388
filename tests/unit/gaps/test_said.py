"""What was asked, and which answer of a human is one."""

from dataclasses import replace

import pytest

from bot.desk.loading.desk import load_rules
from bot.domain.drafts import Draft
from bot.gaps.entries import Reason
from bot.gaps.said import MOST_CHARS, answer_of, is_complete, question_of
from tests.unit.gaps.kit import answered, asked, helped, signal

POLICY = load_rules("store").policy
WRAPPED = "Do you offer gift wrapping?"
ANSWER = "Yes, we wrap any order for 4.99 USD."


@pytest.mark.parametrize(
    "wish", ["I want to talk to a human", "human please", "Ich möchte mit einem Menschen sprechen", "thanks!", "ok"]
)
def test_a_wish_for_people_is_no_question(wish: str) -> None:
    said = [asked(WRAPPED, 1), answered("I don't know.", 2), asked(wish, 3)]

    assert question_of(signal(at=3), said, (), POLICY) == WRAPPED


def test_the_newest_question_before_the_escalation_counts() -> None:
    said = [asked("Where is my order?", 1), answered("On its way.", 2), asked(WRAPPED, 3), asked("Thanks a lot", 9)]

    assert question_of(signal(at=3), said, (), POLICY) == WRAPPED


def test_who_asks_for_nothing_but_people_is_told_as_they_said_it() -> None:
    assert question_of(signal(), [asked("human please", 1)], (), POLICY) == "human please"


def test_a_changed_draft_is_about_what_it_answered() -> None:
    said = [asked(WRAPPED, 1), asked("and by when do I have to decide on it?", 50)]
    rewritten = replace(signal(Reason.REWRITTEN, at=60), draft="d1")

    assert question_of(rewritten, said, (Draft("d1", "No.", at=2),), POLICY) == WRAPPED


def test_the_answer_is_the_longest_complete_one_that_people_gave() -> None:
    said = [
        asked(WRAPPED, 1),
        helped("Hi Sarah, let me check with the warehouse and get back to you.", 2),
        asked("ok", 3),
        helped(ANSWER, 4),
        asked("thank you", 5),
        helped("You're welcome!", 6),
    ]

    assert answer_of(signal(), said, ()) == ANSWER


def test_what_people_had_said_before_the_question_is_no_answer_to_it() -> None:
    said = [helped("Your refund of 49.99 USD is on its way.", 1), asked(WRAPPED, 50)]

    assert answer_of(signal(at=50), said, ()) == ""


def test_a_draft_that_was_sent_in_other_words_answers() -> None:
    edited = replace(signal(Reason.EDITED, at=60), draft="d1")

    assert answer_of(edited, [], (Draft("d1", "No.", at=2, said=ANSWER),)) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "Could you send me your order number?",
        "Let me look into this for you.",
        "Einen Moment bitte, ich schaue nach.",
        "Je vérifie et je reviens vers vous.",
        "Hi Sarah,",
        "Thanks!",
        f"{ANSWER} " * (MOST_CHARS // 30),
    ],
)
def test_what_is_no_whole_answer_is_none(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize("text", [ANSWER, "Hi Sarah,\n\nGift wrapping is 4.99 USD per box. Shall I add it?"])
def test_an_answer_is_one(text: str) -> None:
    assert is_complete(text)
