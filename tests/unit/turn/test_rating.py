"""A rating: asked once in a conversation, given once, and told to the audit in a word."""

from dataclasses import replace

import pytest

from bot.domain.audit import Deed
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Button, EditMessage, Effect, Reply, UpdateTicket
from bot.domain.events import Author, ButtonClicked, TicketUpdated
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ratings import RATING_BUTTON, RatingLinks, RatingTicket
from bot.domain.tickets import Ticket
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.handoff.human_agents import OwnerChange
from bot.turn.ratings import rating
from tests.doubles.clock import MONDAY

SARAH = AuthorId("slack:T1:U1")
SLACK = ConversationId("slack:T1:D1:1.0")
TALK = Conversation(SLACK, Owner.BOT, requester=SARAH, ticket_id="7")


def solved(conversation: Conversation) -> OwnerChange:
    """People have solved its ticket, and the customer is asked."""
    news = TicketUpdated("n1", SLACK, Author(AuthorId("zendesk:1")), at=MONDAY, ticket=Ticket("7", status="solved"))
    return rating.ask(conversation, OwnerChange(conversation, verdict="released"), news, None)


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


LINKS = RatingLinks("https://desk.example.com", b"k" * 32)
TICKET = Conversation(ConversationId("zendesk:7"), requester=AuthorId("zendesk:2001"), ticket_id="7", ours=True)


def settled(conversation: Conversation, verdict: str, links: RatingLinks | None = LINKS) -> TurnResult:
    """A turn has ended."""
    return rating.asked_when_settled(TurnResult(conversation, 1, verdict=verdict), "m1", MONDAY, links)


@pytest.mark.parametrize("verdict", ["solved", "idle closed"])
def test_a_ticket_that_the_bot_has_settled_alone_is_rated_by_links(verdict: str) -> None:
    asked = settled(TICKET, verdict)

    [comment] = asked.effects
    assert isinstance(comment, UpdateTicket)
    assert (comment.public, comment.comment.count("https://desk.example.com/rate/")) == (True, 2)
    assert "/rate/" not in asked.entries[0].text
    assert [event.outcome for event in asked.events] == ["asked"]


def test_in_a_thread_the_question_stands_below_the_answer_to_a_thanks_and_nowhere_else() -> None:
    talk = replace(TALK, ours=True, spoken="en")
    welcome = Reply("m1:reply", "You're welcome!")
    said = TurnResult(talk, 1, spoken(talk, welcome.text, MONDAY), (welcome,), "thanked")
    asked = rating.asked_when_settled(said, "m1", MONDAY, None)
    good = buttons(asked.effects)["👍 Good"]
    click = ButtonClicked("c1", SLACK, Author(SARAH), action=RATING_BUTTON, value=good.value, channel="D1", ts="2.0")
    rated = rating.clicked(TurnInput(asked.conversation, (click,), asked.entries, MONDAY), click)

    assert [entry.text for entry in asked.entries] == ["You're welcome!\n\nHow was the help?"]
    assert isinstance(rated.effects[0], EditMessage)
    assert rated.effects[0].text == "You're welcome!\n\n_You rated the help: 👍 Good. Thank you!_"
    assert settled(talk, "idle closed").effects == ()


def test_nobody_is_asked_who_was_not_helped_or_cannot_answer() -> None:
    assert settled(TALK, "thanked").effects == ()
    assert settled(replace(TALK, ours=True), "answered").effects == ()
    assert settled(TICKET, "solved", None).effects == ()
    assert settled(replace(TICKET, owner=Owner.HUMAN), "solved").effects == ()
    assert settled(Conversation(ConversationId("chat:k:s"), ours=True), "thanked").effects == ()


def test_a_ticket_that_people_solve_is_rated_by_links_and_once() -> None:
    news = TicketUpdated("n1", TICKET.id, Author(AuthorId("zendesk:1")), at=MONDAY, ticket=Ticket("7", status="solved"))
    asked = rating.ask(TICKET, OwnerChange(TICKET), news, LINKS)
    after = replace(asked.conversation, ticket=news.ticket)

    assert len(asked.effects) == 1
    assert rating.ask(after, OwnerChange(after), news, LINKS).effects == ()


def test_a_link_tells_what_it_stands_for_and_nobody_can_make_one() -> None:
    ticket = RatingTicket("zendesk:7", "0123", "good", MONDAY)
    token = LINKS.link(ticket).rpartition("/")[2]

    assert LINKS.read(token) == replace(ticket, at=float(int(MONDAY)))
    assert RatingLinks(LINKS.base, b"x" * 32).read(token) is None
    for forged in ("", "x", token[:-1], token.replace(".", "x"), "e30." + token.partition(".")[2], "ä.ö", "\ud800.x"):
        assert LINKS.read(forged) is None
