"""A reply that finds the ticket changed: what changed decides, and machines change nothing."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.delivery.safe_update import Withheld, reply_on_ticket
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Reply, UpdateTicket
from bot.domain.errors import Conflict
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ports import Comment, HelpDesk, Profile, TicketReading
from bot.domain.tickets import Ticket
from tests.machine_mail import MACHINES

TICKET = Ticket("7", updated_at="2026-11-20T10:00:00Z", tags=("frontdesk_escalated", "vip"))
HELD = Conversation(ConversationId("zendesk:7"), ticket_id="7", ticket=TICKET)
REPLY = Reply("c1:reply", "The answer.", "faq", stamp=TICKET.updated_at, status="pending")
SARAH = Profile(AuthorId("zendesk:2001"), "Sarah Chen", "sarah.chen@example.com")
DANA = Profile(AuthorId("zendesk:1002"), "Dana", is_staff=True)


@dataclass
class Desk:
    """A ticket on which `news` came in after the reply was decided on."""

    news: tuple[Comment, ...] = ()
    copied: tuple[str, ...] = ()
    written: list[UpdateTicket] = field(default_factory=list)

    async def update(self, ticket_id: str, update: UpdateTicket, files: Any, stamp: str = "") -> tuple[Ticket, int]:
        if stamp == TICKET.updated_at:
            raise Conflict("changed")
        self.written.append(update)
        return TICKET, 10

    async def read(self, ticket_id: str, after: int) -> TicketReading:
        return TicketReading(replace(TICKET, updated_at="2026-11-20T10:00:05Z", copied=self.copied), self.news)


async def said_after(*news: Comment) -> list[UpdateTicket]:
    desk = Desk(news)
    await reply_on_ticket(cast("HelpDesk", desk), HELD, REPLY)
    return desk.written


@pytest.mark.parametrize(
    "comment",
    [
        Comment(9, SARAH, MACHINES["absent en"][1], public=True, at=1.0),
        Comment(9, SARAH, MACHINES["desk de"][1], public=True, at=1.0),
        Comment(9, SARAH, "Away", public=True, at=1.0, automatic="auto_reply"),
        Comment(9, DANA, "Call from: +1 555 0100", public=True, at=1.0, automatic="call"),
    ],
    ids=["absent", "desk", "marked", "call"],
)
async def test_a_machine_holds_no_answer_back(comment: Comment) -> None:
    assert [(update.public, update.status) for update in await said_after(comment)] == [(True, "pending")]


async def test_a_customer_who_wrote_more_holds_it_back() -> None:
    with pytest.raises(Withheld):
        await said_after(Comment(9, SARAH, "I am out of office. And where is A1001?", public=True, at=1.0))


async def test_a_colleague_who_wrote_makes_it_a_draft_that_moves_no_tag() -> None:
    written = await said_after(Comment(9, DANA, "I take this.", public=True, at=1.0))
    assert [(update.public, update.add_tags, update.remove_tags) for update in written] == [(False, (), ())]


async def test_its_note_is_not_taken_for_the_answer_and_stands_there_once() -> None:
    taken = Comment(9, DANA, "I take this.", public=True, at=1.0)
    [note] = await said_after(taken)
    assert note.id != REPLY.id
    kept = Comment(10, DANA, note.comment, public=False, at=2.0, effect_id=note.id)
    assert await said_after(taken, kept) == []


@pytest.mark.parametrize(("before", "public"), [((), False), (("3001",), True), (("3002",), False)])
async def test_who_came_into_copy_meanwhile_is_not_mailed_the_answer(before: tuple[str, ...], public: bool) -> None:
    desk, held = Desk(copied=("3001",)), replace(HELD, ticket=replace(TICKET, copied=before))
    await reply_on_ticket(cast("HelpDesk", desk), held, REPLY)
    assert [update.public for update in desk.written] == [public]


async def test_only_the_bot_takes_an_inherited_tag_off() -> None:
    desk = Desk()
    await reply_on_ticket(cast("HelpDesk", desk), HELD, replace(REPLY, stamp=""))
    await reply_on_ticket(cast("HelpDesk", desk), replace(HELD, owner=Owner.ESCALATED), replace(REPLY, stamp=""))
    assert [update.remove_tags for update in desk.written] == [("frontdesk_escalated",), ()]
