"""Every effect has a handler, and recovers from a death as its handler declares."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast, get_args, get_type_hints

import pytest

from bot.delivery.handlers import HANDLERS
from bot.delivery.handlers.contract import Outgoing, Ports, Recovery
from bot.delivery.tickets import TicketDelivery
from bot.domain.conversation import Conversation
from bot.domain.drafts import Draft, DraftStage
from bot.domain.effects import (
    CloseDraft,
    ContinueInDM,
    EditAnnounced,
    EditMessage,
    Effect,
    OpenTicket,
    PendAnswer,
    Person,
    PostToChannel,
    PublishDraft,
    Relay,
    Reply,
    SendCode,
    ShowDraft,
    UpdateTicket,
    Whisper,
    kind_of,
)
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId, MessageRef
from bot.domain.tickets import Ticket
from bot.store.queue.held import Held, StoredEffect
from tests.doubles.clock import ManualClock

NOW = ManualClock().now()
SLACK, ON_TICKET, CHAT = "slack:T1:D1:1000.000100", "zendesk:7", "chat:web:s1"

FOUND_AGAIN = {Recovery.SERVER_KEY, Recovery.READ_BACK}


class Vendors:
    """Slack, Zendesk and the mail server in one: they know which effects they were asked for, and how often."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def within(self, _conversation: str, _place: str = "") -> "Vendors":
        """There is but one workspace."""
        return self

    async def reply(self, _conversation: Conversation, effect: Reply) -> str:
        """Post."""
        self.done.append(effect.id)
        return "1000.000200"

    async def relay(self, _conversation: Conversation, effect: Relay, _files: Sequence[bytes]) -> None:
        """Post."""
        self.done.append(effect.id)

    async def announce(self, _conversation: Conversation, effect: PostToChannel) -> str:
        """Post."""
        self.done.append(effect.id)
        return "C1:1000.000200"

    async def amend(self, effect: EditMessage) -> None:
        """Change a message."""
        self.done.append(effect.id)

    async def whisper(self, _channel: str, author_id: str, text: str, _answer_at: str = "") -> None:
        """Tell one person."""
        self.done.append("e1" if author_id and text else "")

    async def find(self, _conversation: Conversation, effect_id: str, _since: float) -> str:
        """Read the thread."""
        return "1000.000200" if effect_id in self.done else ""

    async def find_announced(self, effect: PostToChannel, _since: float) -> str:
        """Read the channel."""
        return "C1:1000.000200" if effect.id in self.done else ""

    async def open(self, effect: OpenTicket, _files: Sequence[bytes]) -> Ticket:
        """Open a ticket."""
        self.done.append(effect.id)
        return Ticket("8")

    async def find_ticket(self, _external_id: str, effect_id: str) -> Ticket | None:
        """Look for a ticket."""
        return Ticket("8") if effect_id in self.done else None

    async def update(self, ticket_id: str, effect: UpdateTicket, _files: object, _s: str = "") -> tuple[Ticket, int]:
        """Update a ticket."""
        self.done.append(effect.id)
        return Ticket(ticket_id), 1

    async def find_update(self, _ticket_id: str, effect_id: str) -> tuple[bool, int]:
        """Read the audits."""
        return effect_id in self.done, 1

    async def read(self, ticket_id: str, _after: int) -> Any:
        """Read the ticket."""
        return SimpleNamespace(ticket=Ticket(ticket_id), comments=())

    async def send(self, effect: SendCode) -> None:
        """Mail a code."""
        self.done.append(effect.id)

    async def go(self, _conversation: Conversation, effect: ContinueInDM, _since: float) -> None:
        """Open a thread."""
        self.done.append(effect.id)


class Links:
    """Remembers nothing."""

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Forget it."""

    async def announce(self, message: str, conversation: str) -> None:
        """Forget it."""


SENDING = Draft("draft1", "It arrives on Monday.", stage=DraftStage.SENDING, sending="click1")


def outgoing(
    effect: Effect, conversation: str, vendors: Vendors, ticket_id: str = "", draft: Draft = SENDING
) -> Outgoing:
    """Return an effect on its way from a conversation."""

    async def deleted(_held: Held) -> frozenset[str]:
        return frozenset()

    async def learn(_held: Held, _facts: Facts) -> None:
        return

    world = cast("Any", vendors)
    ports = Ports(
        links=Links(),
        deleted=deleted,
        clock=ManualClock(),
        channels={"slack": world},
        helpdesk=world,
        tickets=TicketDelivery(world, Links(), learn),
        codes=lambda: world,
        directly=world,
    )
    state = Conversation(id=ConversationId(conversation), ticket_id=ticket_id, drafts=(draft,))
    facts = Facts({"announced:1": "C1:1000.000100"})
    held = Held(ConversationId(conversation), 1, 1, 0.0, state, [], [], [], facts=facts)
    return Outgoing(held, StoredEffect("", effect, 0.0), ports)


CASES: list[tuple[Effect, str, str]] = [
    (Reply("e1", "Hello."), SLACK, ""),
    (Reply("e1", "Hello."), ON_TICKET, "7"),
    (Relay("e1", "Hello.", "Maria"), SLACK, "7"),
    (OpenTicket("e1", "Help", "Help!", Person("Sarah")), SLACK, ""),
    (UpdateTicket("e1", "And this.", public=True), SLACK, "7"),
    (PostToChannel("e1", "C1", "Please decide."), SLACK, ""),
    (EditMessage("e1", MessageRef("C1:1000.000100"), "Done."), SLACK, ""),
    (SendCode("e1", "sarah@example.com", "Sarah", "123456"), SLACK, ""),
    (ContinueInDM("e1", "slack:T1:U1", "Sarah", "Where is it?", 0.0), SLACK, ""),
    (ShowDraft("e1", "d1", "It arrives on Monday.", channel="C1"), SLACK, ""),
    (ShowDraft("e1", "d1", "It arrives on Monday."), ON_TICKET, "7"),
    (CloseDraft("e1", "d1", "sent", tags_off=("frontdesk_draft",)), ON_TICKET, "7"),
    (PendAnswer("e1", ("m1",)), CHAT, ""),
    (PublishDraft("e1", "draft1", "It arrives on Monday.", "click1"), SLACK, ""),
    (PublishDraft("e1", "draft1", "It arrives on Monday.", "click1"), ON_TICKET, "7"),
    (EditAnnounced("e1", "announced:1", "Taken by Dana."), SLACK, ""),
    (Whisper("e1", "C1", "slack:T1:U1", "Nothing has been changed.", at=NOW), SLACK, ""),
]


def test_every_effect_has_a_handler_of_its_own() -> None:
    assert set(HANDLERS) == set(get_args(Effect))
    for effect, handler in HANDLERS.items():
        assert get_type_hints(type(handler).send)["effect"] is effect


def test_every_effect_is_among_the_cases() -> None:
    assert {type(effect) for effect, _, _ in CASES} == set(HANDLERS)


@pytest.mark.parametrize(
    ("effect", "conversation", "ticket_id"), CASES, ids=[f"{kind_of(one)} {where[:5]}" for one, where, _ in CASES]
)
async def test_an_effect_is_found_again_where_its_handler_says_so(
    effect: Effect, conversation: str, ticket_id: str
) -> None:
    vendors, handler = Vendors(), HANDLERS[type(effect)]
    assert await handler.find(outgoing(effect, conversation, vendors, ticket_id), effect) is None

    await handler.send(outgoing(effect, conversation, vendors, ticket_id), effect)
    assert vendors.done == ([] if isinstance(effect, PendAnswer) else ["e1"])

    found = await handler.find(outgoing(effect, conversation, vendors, ticket_id), effect)
    assert (found is not None) is (handler.recovery in FOUND_AGAIN)


@pytest.mark.parametrize(
    "draft",
    [
        replace(SENDING, stage=DraftStage.DISCARDED),
        replace(SENDING, stage=DraftStage.SENT),
        replace(SENDING, sending="another decision"),
    ],
)
async def test_a_sending_that_is_tried_again_says_nothing_where_something_else_became_of_the_draft(
    draft: Draft,
) -> None:
    vendors, effect = Vendors(), PublishDraft("e1", "draft1", "It arrives on Monday.", "click1")

    done = await HANDLERS[PublishDraft].send(outgoing(effect, SLACK, vendors, draft=draft), effect)

    assert (done.outcome, vendors.done) == ("withheld", [])


async def test_what_chat_waits_for_is_told_with_the_outbox_and_leaves_no_trace_outside() -> None:
    vendors, reply = Vendors(), Reply("e1", "Hello.", agent="orders", answers=("m1",), turn=3, items=6)
    done = await HANDLERS[Reply].send(outgoing(reply, CHAT, vendors), reply)

    assert done.answers == ("m1",)
    assert done.answer == {"response": "Hello.", "agent": "orders", "turn": 3, "chat_length": 6}
    assert vendors.done == []
    assert await HANDLERS[Reply].find(outgoing(reply, CHAT, vendors), reply) is None


async def test_nobody_is_told_long_after_they_pressed() -> None:
    vendors, whisper = Vendors(), Whisper("e1", "C1", "slack:T1:U1", "Nothing has been changed.", at=NOW - 1_801)

    done = await HANDLERS[Whisper].send(outgoing(whisper, SLACK, vendors), whisper)

    assert (done.outcome, vendors.done) == ("late", [])
