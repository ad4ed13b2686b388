"""Thumbs: the last one of a person counts, a down asks what was wrong and offers a human, and none is a rating."""

from dataclasses import replace

import pytest

from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Reply
from bot.domain.events import Author, ButtonClicked, CustomerMessage
from bot.domain.handoffs import HUMAN_BUTTON
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ratings import FEEDBACK_BUTTON, thumb_value
from bot.domain.transcript import Entry, Role
from bot.store.codec import dump, load_conversation
from bot.turn.context import TurnInput, TurnResult
from bot.turn.ratings import feedback
from tests.doubles.clock import MONDAY

SARAH, MARCUS = AuthorId("slack:T1:U1"), AuthorId("slack:T1:U2")
SLACK = ConversationId("slack:T1:D1:1.0")


def answered(**fields: object) -> Conversation:
    """A specialist has answered; the thumbs stand under the answer."""
    talk = Conversation(SLACK, requester=SARAH, specialist="billing", spoken="en", **fields)  # type: ignore[arg-type]
    reply = Reply("m1:reply", "42 USD.", buttons=feedback.buttons_of(talk, "m1:reply"))
    return feedback.awaiting(talk, reply, MONDAY)


def thumb(conversation: Conversation, sign: str, author: AuthorId = SARAH, answer: str = "") -> TurnResult:
    """Somebody presses one."""
    value = thumb_value(answer or next(iter(conversation.answers)), sign)
    click = ButtonClicked(f"c:{author}:{sign}", SLACK, Author(author), action=FEEDBACK_BUTTON, value=value)
    return feedback.clicked(TurnInput(conversation, (click,), (), MONDAY + 60), click)


def test_thumbs_up_is_told_to_the_audit_and_says_nothing() -> None:
    before = answered()
    up = thumb(before, "up")

    [event] = up.events
    assert (event.deed, event.outcome, event.author) == ("feedback", "up", SARAH)
    assert event.details == {"answer": next(iter(before.answers)), "at": f"{MONDAY:.3f}"}
    assert up.effects == ()
    assert (up.conversation.rating, up.conversation.owner) == ("", Owner.BOT)


def test_thumbs_down_asks_what_was_wrong_and_offers_a_human_in_one_message() -> None:
    down = thumb(answered(), "down")

    [reply] = down.effects
    assert isinstance(reply, Reply)
    assert "What was wrong" in reply.text
    assert [button.action for button in reply.buttons] == [HUMAN_BUTTON]
    assert feedback.offered_by(down.conversation, reply.buttons[0].value)
    assert [entry.text for entry in down.entries] == [reply.text]


def test_who_changes_their_mind_is_heard_and_asked_no_second_time() -> None:
    down = thumb(answered(), "down")
    again = thumb(down.conversation, "down")
    up = thumb(down.conversation, "up")
    once_more = thumb(up.conversation, "down")

    assert (again.verdict, again.events) == ("click ignored", ())
    assert [event.outcome for event in (*up.events, *once_more.events)] == ["up", "down"]
    assert once_more.effects == ()


@pytest.mark.parametrize("owner", [Owner.ESCALATED, Owner.HUMAN, Owner.OFF])
def test_where_people_have_it_a_thumb_counts_and_nothing_is_said(owner: Owner) -> None:
    down = thumb(answered(owner=owner), "down")

    assert [event.outcome for event in down.events] == ["down"]
    assert down.effects == ()


def test_a_strangers_thumb_and_one_under_no_answer_count_for_nothing() -> None:
    assert thumb(answered(), "up", MARCUS).events == ()
    assert thumb(answered(), "up", answer="an answer of another conversation").events == ()


def test_what_is_written_next_by_the_same_person_is_the_reason() -> None:
    asked = thumb(answered(), "down").conversation
    theirs = CustomerMessage("m2", SLACK, Author(SARAH), "It is 49 USD.", MONDAY + 90)
    others = CustomerMessage("m3", SLACK, Author(MARCUS), "Hello?", MONDAY + 80)
    kept = feedback.with_reason(asked, TurnResult(asked, 1), others)
    given = feedback.with_reason(kept.conversation, TurnResult(kept.conversation, 1), theirs)

    assert kept.events == ()
    assert [(event.outcome, event.author, event.details["at"]) for event in given.events] == [
        ("reason", SARAH, f"{MONDAY + 90:.3f}")
    ]
    assert feedback.with_reason(given.conversation, TurnResult(given.conversation, 1), theirs).events == ()


def test_people_read_what_the_customer_said_was_wrong() -> None:
    down = thumb(answered(), "down")
    said = Entry(Role.USER, "It is 49 USD.", MONDAY + 90, author=SARAH)
    silent = TurnInput(down.conversation, (), down.entries, MONDAY + 100)

    assert "“It is 49 USD.”" in feedback.reason_of(replace(silent, history=(*down.entries, said)), SARAH)
    assert feedback.reason_of(silent, SARAH) == "an answer did not help the customer, who asked for a human"


def test_only_the_newest_answers_can_be_judged_and_the_state_is_read_back() -> None:
    talk = answered()
    first = next(iter(talk.answers))
    for number in range(feedback.MOST_ANSWERS):
        reply = Reply(f"n{number}:reply", "…", buttons=feedback.buttons_of(talk, f"n{number}:reply"))
        talk = feedback.awaiting(talk, reply, MONDAY + number)
    down = thumb(talk, "down").conversation

    assert len(talk.answers) == feedback.MOST_ANSWERS
    assert thumb(talk, "up", answer=first).events == ()
    assert load_conversation(SLACK, dump(down)) == down


def test_where_no_button_can_stand_there_is_no_thumb() -> None:
    ticket = Conversation(ConversationId("zendesk:7"))
    assert feedback.buttons_of(ticket, "m1:reply") == ()
