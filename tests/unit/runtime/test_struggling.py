"""Which conversations do not go well, and which only look like it."""

from dataclasses import replace

import pytest

from bot.domain.conversation import Conversation
from bot.domain.handoffs import Reason
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.transcript import Entry, Role
from bot.runtime.struggling import signs_of

QUIET = Conversation(ConversationId("slack:T:C:1.0"))
SARAH = AuthorId("slack:T:U0SARAH")
WRAPPED = "How do I get my invoice for November?"


def talk(*lines: str) -> list[Entry]:
    """Return a transcript in which the bot answers each line but the last."""
    said: list[Entry] = []
    for number, line in enumerate(lines):
        said.append(Entry(Role.USER, line, float(number), author=SARAH))
        said.append(Entry(Role.ASSISTANT, "Look under Account.", number + 0.5, "faq"))
    return said


@pytest.mark.parametrize(
    ("moods", "falls"),
    [((0.3, -0.3), True), ((-0.4,), True), ((0.0, -0.2, -0.4), True), ((-0.5, 0.3), False), ((0.3, 0.0), False)],
)
def test_a_mood_that_is_low_and_has_fallen_is_a_sign(moods: tuple[float, ...], falls: bool) -> None:
    assert (Reason.UPSET in signs_of(replace(QUIET, sentiments=moods), ())) is falls


@pytest.mark.parametrize(("answers", "stands_still"), [(2, False), (3, True), (5, True)])
def test_three_answers_without_a_thanks_are_no_progress(answers: int, stands_still: bool) -> None:
    assert (Reason.UNRESOLVED in signs_of(replace(QUIET, unresolved=answers), ())) is stands_still


def test_the_same_asked_again_is_a_sign() -> None:
    assert list(signs_of(QUIET, talk(WRAPPED, "how do I get my invoice for November"))) == [Reason.REPEATED]
    assert list(signs_of(QUIET, talk(WRAPPED, "Which cards do you take?"))) == []


def test_the_most_serious_sign_comes_first() -> None:
    conversation = replace(QUIET, sentiments=(0.0, -0.6), unresolved=4)

    assert list(signs_of(conversation, talk(WRAPPED, WRAPPED))) == [Reason.UPSET, Reason.REPEATED, Reason.UNRESOLVED]
