"""What the model learns when a human agent gives a conversation back."""

from dataclasses import replace

from bot.domain.conversation import Conversation, Owner
from bot.domain.events import Author, TicketUpdated
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.tickets import Ticket
from bot.domain.transcript import Entry, Role
from bot.turn.agent.session import model_history, said_by_customer
from bot.turn.handoff.human_agents import follow_ticket
from integrations.models.rules.talk import read_talk
from integrations.models.rules.words.things import shapes_of

OPEN = Ticket("1", status="open", tags=("frontdesk", "frontdesk_escalated"))


def test_what_was_written_to_a_human_is_settled_when_the_bot_answers_again() -> None:
    solved = TicketUpdated(
        id="m1",
        conversation=ConversationId("zendesk:1"), author=Author(AuthorId("zendesk:9"), "Dana"),
        text="", at=5.0,
        surface=Origin.ZENDESK, ticket=replace(OPEN, status="solved"),
    )  # fmt: skip
    conversation = Conversation(ConversationId("zendesk:1"), owner=Owner.HUMAN, ticket_id="1", ticket=OPEN)
    to_human = Entry(Role.USER, "Where is the link?", 4.0, items=(said_by_customer("Where is the link?"),))

    followed = follow_ticket(conversation, solved)

    assert followed.conversation.owner is Owner.BOT
    history = [*model_history([to_human, *followed.entries], "1"), said_by_customer("How long is shipping?")]
    assert read_talk("", history, shapes_of([])).latest == "How long is shipping?"
