"""A rating: asked once in a conversation, given once, and told to the audit in a word."""

from dataclasses import replace

from bot.domain.audit import Deed
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Button, Effect, Reply
from bot.domain.events import Author, ButtonClicked, TicketUpdated
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ratings import RATING_BUTTON
from bot.domain.tickets import Ticket
from bot.turn.context import TurnInput, TurnResult
from bot.turn.handoff.human_agents import OwnerChange
from bot.turn.ratings import rating
from tests.doubles.clock import MONDAY

SARAH = AuthorId("slack:T1:U1")
SLACK = ConversationId("slack:T1:D1:1.0")
TALK = Conversation(SLACK, Owner.BOT, requester=SARAH, ticket_id="7")


def solved(conversation: Conversation) -> OwnerChange:
    """People have solved its ticket, and the customer is asked."""
    news = TicketUpdated("n1", SLACK, Author(AuthorId("zendesk:1")), at=MONDAY, ticket=Ticket("7", status="solved"))
    return rating.ask(conversation, OwnerChange(conversation, verdict="released"), news)


def buttons(effects: tuple[Effect, ...]) -> dict[str, Button]:
    """The buttons of the one reply, by what they say."""
    [reply] = [effect for effect in effects if isinstance(effect, Reply)]
    return {button.label: button for button in reply.buttons}


def pressed(conversation: Conversation, value: str, author: AuthorId = SARAH) -> TurnResult:
    """Somebody presses a button."""
    click = ButtonClicked("c1", SLACK, Author(author), action=RATING_BUTTON, value=value, channel="D1", ts="2.0")
    return rating.clicked(TurnInput(conversation, (click,), (), MONDAY), click)


def test_the_audit_tells_that_a_rating_was_asked_and_given() -> None:
    asked = solved(TALK)
    bad = buttons(asked.effects)["👎 Not good"]
    given = pressed(asked.conversation, bad.value)

    told = [(event.deed, event.outcome, event.author) for event in (*asked.events, *given.events)]
    assert told == [(Deed.RATING, "asked", SARAH), (Deed.RATING, "bad", SARAH)]


def test_a_conversation_is_asked_once_whatever_became_of_the_question() -> None:
    unanswered = solved(TALK).conversation
    rated = replace(TALK, rating="good")

    assert solved(unanswered).effects == ()
    assert solved(unanswered).conversation.rating_asked == unanswered.rating_asked
    assert solved(rated).effects == ()
    assert solved(rated).conversation.rating == "good"


def test_another_persons_rating_counts_for_nothing() -> None:
    asked = solved(TALK)
    good = buttons(asked.effects)["👍 Good"]
    theirs = pressed(asked.conversation, good.value, AuthorId("slack:T1:U2"))

    assert theirs.events == ()
    assert theirs.conversation.rating == ""
