"""A worker that was frozen before its write to a ticket thaws after another one has done it: nothing is there twice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.delivery.safe_update import reply_on_ticket, show_on_ticket
from bot.delivery.tickets import TicketDelivery
from bot.domain.conversation import Conversation
from bot.domain.effects import Person, Reply, UpdateTicket
from bot.domain.errors import TemporaryFailure
from bot.domain.events import File
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from bot.domain.tickets import Ticket
from bot.store.queue.held import Held
from tests.doubles.account import Account
from tests.doubles.clock import ManualClock
from tests.doubles.help_desk import InMemoryHelpDesk

SARAH = Person(name="Sarah Chen", email="sarah.chen@example.com")
RELAY = UpdateTicket("c1:relay", "Is anybody there?", public=True, author=SARAH)
KINDS = {
    "a customer's words": RELAY,
    "a customer's file": replace(RELAY, comment="", files=(File("F1", "receipt.txt", mime="text/plain"),)),
    "the bot's note": UpdateTicket("c1:note", "**Issue**: late", group="Escalations"),
    "tags": UpdateTicket("c1:tags", add_tags=("frontdesk_escalated",)),
    "a status": UpdateTicket("c1:solved", status="solved"),
}
Another = Callable[[], Awaitable[object]]


class FreezingDesk(InMemoryHelpDesk):
    """Whoever writes is frozen at the last moment, a chosen number of times; another one acts meanwhile."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.meanwhile: list[Another] = []

    async def update(
        self, ticket_id: str, effect: UpdateTicket, files: Sequence[bytes], stamp: str = ""
    ) -> tuple[Ticket, int]:
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        return await super().update(ticket_id, effect, files, stamp)


class Scene:
    """A ticket, and as many workers as have held its conversation."""

    def __init__(self) -> None:
        self.account = Account(ManualClock())
        self.desk = FreezingDesk(self.account)
        self.ticket_id = self.account.new_ticket()
        self.stamp = self.account.record(self.ticket_id).stamp

    def held(self, facts: Facts) -> Held:
        conversation = Conversation(ConversationId("slack:T1:C1:1000.000100"), ticket_id=self.ticket_id)
        return Held(conversation.id, 1, 1, 0.0, conversation, [], [], [], facts=facts)

    async def updates(self, effect: UpdateTicket, facts: Facts, desk: Any = None) -> None:
        delivery = TicketDelivery(desk or self.desk, self, self.learn)
        await delivery.update(self.held(facts), effect, [b"42"] * len(effect.files))

    async def learn(self, held: Held, facts: Facts) -> None: ...

    async def link(self, ticket_id: str, conversation: str) -> None: ...

    def written(self, effect_id: str) -> int:
        """Return how often the effect was carried out."""
        return sum(change.effect_id == effect_id for change in self.account.record(self.ticket_id).history)


@pytest.mark.parametrize("knows_stamp", [True, False])
@pytest.mark.parametrize("effect", KINDS.values(), ids=list(KINDS))
async def test_what_another_worker_has_written_meanwhile_is_not_written_again(
    effect: UpdateTicket, knows_stamp: bool
) -> None:
    scene = Scene()
    facts = Facts.ticket(scene.ticket_id, scene.stamp if knows_stamp else "")
    other = InMemoryHelpDesk(scene.account)
    scene.desk.meanwhile = [lambda: scene.updates(effect, facts, other)]

    await scene.updates(effect, facts)

    assert scene.written(effect.id) == 1


async def test_a_customer_s_words_are_carried_to_a_ticket_that_people_change_at_the_same_time() -> None:
    scene = Scene()
    facts = Facts.ticket(scene.ticket_id, scene.stamp)

    async def tagged() -> None:
        scene.account.change(scene.ticket_id, "Lee Park", add_tags=["vip"])

    scene.desk.meanwhile = [tagged, tagged]
    await scene.updates(RELAY, facts)
    assert scene.written(RELAY.id) == 1

    scene.desk.meanwhile = [tagged] * 3
    with pytest.raises(TemporaryFailure):  # it is tried again for a day
        await scene.updates(replace(RELAY, id="c2:relay"), facts)


async def test_the_note_for_the_human_who_took_it_stands_there_once() -> None:
    scene = Scene()
    note = KINDS["the bot's note"]
    facts = Facts.ticket(scene.ticket_id, scene.stamp)
    scene.account.change(scene.ticket_id, "Lee Park", assignee_id=scene.account.user("Lee Park"))
    other = InMemoryHelpDesk(scene.account)

    async def nothing() -> None: ...

    scene.desk.meanwhile = [nothing, lambda: scene.updates(note, facts, other)]
    await scene.updates(note, facts)

    assert scene.written(note.id) == 1
    assert scene.account.record(scene.ticket_id).group_id != scene.account.groups["Escalations"]


async def test_an_answer_kept_for_the_human_who_took_it_stands_there_once() -> None:
    scene = Scene()
    conversation = replace(scene.held(Facts()).conversation, id=ConversationId(f"zendesk:{scene.ticket_id}"))
    reply = Reply("c1:reply", "The answer.", "faq", stamp=scene.stamp)
    scene.account.change(scene.ticket_id, "Lee Park", assignee_id=scene.account.user("Lee Park"))
    other = InMemoryHelpDesk(scene.account)

    async def nothing() -> None: ...

    scene.desk.meanwhile = [nothing, lambda: reply_on_ticket(other, conversation, reply)]
    assert not await reply_on_ticket(scene.desk, conversation, reply)

    assert (scene.written(reply.id), scene.written(f"{reply.id}:kept")) == (0, 1)


async def test_a_draft_s_note_stands_there_once() -> None:
    scene = Scene()
    conversation = scene.held(Facts()).conversation
    note = UpdateTicket("c1:draft", "Frontdesk draft d1", stamp=scene.stamp)
    other = InMemoryHelpDesk(scene.account)
    scene.desk.meanwhile = [lambda: show_on_ticket(other, conversation, note)]

    await show_on_ticket(scene.desk, conversation, note)

    assert scene.written(note.id) == 1


async def test_a_relay_lets_no_answer_pass_over_what_a_human_did_before_it() -> None:
    scene = Scene()
    scene.account.change(scene.ticket_id, "Lee Park", assignee_id=scene.account.user("Lee Park"))
    delivery = TicketDelivery(scene.desk, scene, scene.learn)

    learnt = await delivery.update(scene.held(Facts.ticket(scene.ticket_id, scene.stamp)), RELAY, [])

    assert learnt.stamp == ""
    assert learnt.seen_stamp == scene.account.record(scene.ticket_id).stamp
