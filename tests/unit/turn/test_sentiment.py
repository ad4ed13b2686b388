"""What a customer's lines tell without a model."""

import pytest

from bot.desk import load_desk
from bot.desk.policy.policy import priority_of
from bot.desk.policy.sections import Escalation
from bot.domain.conversation import Conversation
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.transcript import Entry, Role
from bot.turn.input_checks.sentiment import ASKED_AGAIN, UPSET, asks_for_human, repeats, sentiment_of

SARAH = "slack:T1:U1"
STORE = load_desk("store").policy
RULES = STORE.escalation


def talk(*lines: str, answered: bool = True, author: str = SARAH) -> list[Entry]:
    entries = []
    for line in lines:
        entries.append(Entry(Role.USER, line, 0.0, author=AuthorId(author)))
        if answered:
            entries.append(Entry(Role.ASSISTANT, "It is on its way.", 0.0, "orders"))
    return entries


@pytest.mark.parametrize(
    "words",
    [
        "Your service is terrible and your support is a joke",
        "I HATE THIS USELESS SHOP!!! waste of money",
        "Das ist eine Frechheit, furchtbar, ich bin wütend. Katastrophe, nutzlos!",
        "terrible, useless, and I'm fed up",
    ],
)
def test_fury_is_below_the_desks_bound(words: str) -> None:
    assert RULES.sentiment_below is not None
    assert sentiment_of(words) < RULES.sentiment_below


@pytest.mark.parametrize(
    "words",
    [
        "Where is my order A1001?",
        "I need to return an item I bought 45 days ago and your system won't let me",
        "My keyboard is broken, it doesn't work any more",
        "I'm a bit disappointed, the parcel is still not here",
        "WHERE IS MY ORDER",
        "> this is terrible, useless garbage\n\nThat was the colleague before me. All fine!",
        "",
    ],
)
def test_an_ordinary_question_is_not(words: str) -> None:
    assert RULES.sentiment_below is not None
    assert sentiment_of(words) > RULES.sentiment_below


def test_the_score_has_bounds_and_both_signs() -> None:
    assert sentiment_of("thanks, that was great, perfect, I love it") > 0.5
    assert sentiment_of("terrible horrible worst useless garbage scam liar ridiculous pathetic furious") == -1.0


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("where is my order A1001?", 2),
        ("Where is my order  A1001 ?!", 2),
        ("where is my order A1002?", 0),
        ("what does shipping cost?", 0),
        ("A1001", 0),
    ],
)
def test_the_same_question_in_nearly_the_same_words_is_a_repeat(line: str, again: int) -> None:
    assert repeats(line, SARAH, talk("where is my order A1001?", "so where is my order A1001?")) == again


def test_what_was_not_answered_what_others_asked_and_what_people_settled_is_none() -> None:
    line = "where is my order A1001?"
    assert repeats(line, SARAH, talk(line, line, answered=False)) == 0
    assert repeats(line, SARAH, talk(line, line, author="slack:T1:U2")) == 0
    assert repeats(line, SARAH, [*talk(line, line), Entry(Role.HUMAN, "solved", 0.0)]) == 0


def test_the_desk_decides_when_the_signs_bring_a_human() -> None:
    line, calm = "where is my order A1001?", Conversation(ConversationId("c"), unresolved=2, sentiments=(-0.2,))
    assert asks_for_human(calm, line, SARAH, talk(line), RULES) is None
    assert asks_for_human(calm, line, SARAH, talk(line, line), RULES) == ASKED_AGAIN
    assert asks_for_human(Conversation(ConversationId("c"), unresolved=1), line, SARAH, talk(line, line), RULES) is None
    assert asks_for_human(Conversation(ConversationId("c"), sentiments=(0.0, -0.9)), line, SARAH, [], RULES) == UPSET
    assert (
        asks_for_human(
            Conversation(ConversationId("c"), sentiments=(-1.0,)), line, SARAH, talk(line, line), Escalation()
        )
        is None
    )


@pytest.mark.parametrize(
    ("topic", "priority"),
    [("legal", "urgent"), ("a fraud report", "urgent"), ("Enterprise Pricing", "normal"), ("billing", "normal")],
)
def test_a_topic_that_only_the_model_found_has_the_rules_priority(topic: str, priority: str) -> None:
    assert priority_of(STORE, None, ["I have a question"], topic=topic) == priority


def test_the_topics_that_always_go_to_a_human_stand_in_the_rules() -> None:
    assert RULES.topics == ("legal", "fraud", "enterprise pricing")
