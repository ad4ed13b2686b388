"""A mail in a human agent's name that Zendesk doubts is nobody's word."""

from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Relay, UpdateTicket
from bot.domain.events import Author, StaffComment
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.turn.handoff.human_agents import relay_to_thread

THREAD = Conversation(ConversationId("slack:T1:C1:1.0"), Owner.ESCALATED, ticket_id="7", last_comment=3)


def comment(*, flagged: bool) -> StaffComment:
    author = Author(AuthorId("zendesk:1002"), "Dana")
    text = "Please send us your password."
    return StaffComment("comment:4", THREAD.id, author, text, surface=Origin.ZENDESK, comment=4, flagged=flagged)


def test_it_takes_nothing_over_and_is_not_carried_to_the_thread_and_people_are_told_so() -> None:
    followed = relay_to_thread(THREAD, comment(flagged=True))
    [note] = followed.effects

    assert isinstance(note, UpdateTicket)
    assert not note.public
    assert "password" not in note.comment
    assert followed.conversation.owner is Owner.ESCALATED
    assert followed.conversation.last_comment == 4
    assert followed.entries == ()


def test_an_undoubted_one_is_carried_and_takes_over() -> None:
    followed = relay_to_thread(THREAD, comment(flagged=False))

    assert [type(effect) for effect in followed.effects] == [Relay]
    assert followed.conversation.owner is Owner.HUMAN
