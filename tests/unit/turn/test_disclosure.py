"""When the words that an AI assistant writes are due, what carries them, and what must not hold them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk.loading.loader import read_desk
from bot.desk.policy.policy import Policy
from bot.desks import store
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect, Moment, PublishDraft, Relay, Reply, UpdateTicket, dump_effect, load_effect
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from bot.domain.transcript import Entry, Role, load_entry
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.agent.session import model_history
from bot.turn.context import TurnResult, spoken
from bot.turn.disclosure import disclose, disclosure_due
from bot.turn.texts import disclosure
from tests.unit.desk.desk_folder import DESK, write_desk

pytestmark = pytest.mark.disclosed

NAME = ConversationId("slack:T1:D1:1.0")
ENGLISH = "I'm an AI assistant."
ANSWER = Reply("m1:reply", "On Monday.")


@pytest.fixture(scope="module")
def policy() -> Policy:
    desk, _ = read_desk(Path(store.__path__[0]))
    assert desk is not None
    return desk.policy


def after(*effects: Effect, **fields: Any) -> TurnResult:
    conversation = replace(Conversation(NAME, spoken="en"), **fields)
    return TurnResult(conversation, 1, spoken(conversation, "On Monday.", 1.0), effects)


def carrying(outcome: TurnResult) -> list[str]:
    """Return the ids of the effects that say it."""
    return [one.id for one in outcome.effects if isinstance(one, Reply | PublishDraft) and one.disclosure]


def test_the_first_of_two_answers_says_it_and_the_conversation_remembers_which(policy: Policy) -> None:
    second = replace(ANSWER, id="m1:rating")
    outcome = disclose(after(UpdateTicket("t", comment="c"), ANSWER, second), policy)

    assert carrying(outcome) == ["m1:reply"]
    assert outcome.conversation.disclosed == "m1:reply"
    assert carrying(disclose(replace(outcome, effects=(second,)), policy)) == []


def test_a_turn_that_is_taken_again_says_it_again_and_the_same(policy: Policy) -> None:
    assert disclose(after(ANSWER), policy) == disclose(after(ANSWER), policy)


@pytest.mark.parametrize(
    "effects",
    [(), (Relay("r", "Dana here.", "Dana"),), (Reply("m1:reply", ""),), (UpdateTicket("n", comment="c", public=True),)],
)
def test_nothing_that_the_bot_does_not_say_itself_carries_it(policy: Policy, effects: tuple[Effect, ...]) -> None:
    outcome = disclose(after(*effects), policy)
    assert carrying(outcome) == []
    assert not outcome.conversation.is_disclosed


def test_what_was_not_said_has_told_nobody_and_what_was_said_after_all_has() -> None:
    told = Conversation(NAME, disclosed="m1:reply")
    assert told.is_disclosed
    assert not replace(told, facts=Facts.left_undisclosed("m1:reply")).is_disclosed
    assert replace(told, facts=Facts.left_undisclosed("another")).is_disclosed
    assert replace(told, facts=Facts.left_undisclosed("m1:reply") | Facts.left_undisclosed("")).is_disclosed


def test_people_read_it_in_the_transcript_and_no_model_does(policy: Policy) -> None:
    [entry] = disclose(after(ANSWER), policy).entries
    stored = load_entry(entry.dump())

    assert stored == entry
    assert stored.shown("")["text"] == f"{ENGLISH}\n\nOn Monday."
    assert ENGLISH not in json.dumps(model_history([Entry(Role.USER, "When?", 0.0), stored], ""))


def test_the_version_before_reads_every_answer_but_the_first(policy: Policy) -> None:
    [first] = disclose(after(ANSWER), policy).effects
    assert "disclosure" not in dump_effect(ANSWER)
    assert load_effect(dump_effect(first)) == first
    assert "moments" not in dump_effect(first)
    timed = replace(ANSWER, moments=(Moment("Monday 09:15 UTC", 1.0, " at "),))
    assert load_effect(dump_effect(timed)) == timed


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_it_is_said_in_each_language(policy: Policy, language: str) -> None:
    words = disclosure_due(Conversation(NAME, spoken=language), policy)
    assert any(name in words for name in ("AI", "KI", "IA"))


def test_a_case_of_the_desk_is_played_without_it(policy: Policy) -> None:
    assert disclosure_due(Conversation(ConversationId.of_chat(".eval", "1"), spoken="en"), policy) == ""


class _Shown:
    """A preview that keeps what it was given."""

    ref, is_seen, is_costly = "", False, False

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def status(self, text: str) -> None:
        """Show nothing."""

    async def text(self, markdown: str) -> None:
        self.texts.append(markdown)

    async def clear(self) -> None:
        """Show nothing."""


async def test_a_preview_begins_with_it_and_a_new_beginning_does_too() -> None:
    shown = _Shown()
    preview = PreviewBuffer(shown, "en", ENGLISH)
    await preview.text("On Mon")
    await preview.settle()
    assert preview.take_back()
    preview.restart()
    await preview.text("On Tuesday.")
    await preview.settle()
    await preview.drop()

    assert shown.texts == [f"{ENGLISH}\n\nOn Mon", f"{ENGLISH}\n\nOn Tuesday."]


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("disclosure: {}", "false, or the words in each language"),
        ("disclosure: robot", "false, or the words in each language"),
        ("disclosure: {xx: A robot.}", "xx: the rules speak"),
        ("disclosure: {en: ' '}", "en: no words"),
    ],
)
def test_the_check_of_a_desk_explains_what_it_may_say(tmp_path: Any, line: str, mistake: str) -> None:
    folder = write_desk(tmp_path, desk=f"{DESK}{line}\n")
    _, mistakes = read_desk(folder)
    assert mistake in "\n".join(map(str, mistakes))


def test_a_language_that_a_desk_does_not_name_has_the_products_words() -> None:
    own = {"de": "Hier antwortet Robo."}
    assert disclosure(own, "de") == "Hier antwortet Robo."
    assert disclosure(own, "en") == ENGLISH
    assert disclosure(False, "en") == ""
