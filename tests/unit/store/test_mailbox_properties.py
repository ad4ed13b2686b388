"""What must hold in every order of events: the mailbox's scripts against a plain list, and the owner's moves.

Hypothesis chooses who accepts, dies, is frozen, commits late or repeats a call whose answer was lost.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.domain.conversation import Conversation, IllegalMove, Move, Owner
from bot.domain.effects import Reply
from bot.domain.errors import LeaseLost
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.store import keys
from bot.store.embedded import EmbeddedRedis
from bot.store.queue.due import Claim, DueQueue
from bot.store.queue.held import Held, StoredEffect
from bot.store.queue.inbox import Accepted, Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.redis import Call, Scripts, connect
from tests.doubles.clock import ManualClock

CONVERSATION = ConversationId("slack:T1:C1:1.0")
WORKERS = ("w1", "w2", "w3")
FEW = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=True,
)

T = TypeVar("T")


class Remembering(Scripts):
    """Knows the last call, so that it can be made again as redis-py does when an answer is lost."""

    last: Sequence[Call] = ()

    async def run_all(self, *calls: Call) -> list[Any]:
        """Run the scripts."""
        self.last = calls
        return await super().run_all(*calls)


class Mailbox(RuleBasedStateMachine):
    """One conversation, three workers, and what a list says must be true of them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.client = connect(url)
        self.await_(self.client.flushall())
        self.scripts = scripts = Remembering(self.client)
        self.due = DueQueue(scripts, debounce=0)
        self.inbox = Inbox(scripts, self.due, ttl=60, debounce=0)
        self.outbox = Outbox(scripts, ttl=60)
        self.leases = {
            name: Leases(scripts, self.due, ManualClock(), owner=name, seconds=60, hold=60, newest=1000)
            for name in WORKERS
        }
        self.held: dict[str, Held] = {}
        self.claims: dict[str, Claim] = {}
        self.fence = 0
        self.proof = ""
        self.accepted: list[str] = []
        self.consumed = 0
        self.committed: list[str] = []
        self.settled: list[str] = []
        self.first_attempt: tuple[list[str], float] | None = None

    def await_(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Close the connections."""
        self.await_(self.client.aclose(close_connection_pool=True))
        self.runner.close()

    def is_current(self, worker: str) -> bool:
        """Return whether the worker is the newest holder."""
        return self.held[worker].proof == self.proof

    @rule(number=st.integers(0, 30))
    def accept(self, number: int) -> None:
        """A delivery, new or again."""
        name = f"m{number}"
        message = CustomerMessage(name, CONVERSATION, Author(AuthorId("slack:T1:U1")), text=name)
        answer = self.await_(self.inbox.accept(message))
        assert (answer is Accepted.DUPLICATE) == (name in self.accepted)
        if answer is Accepted.NEW:
            self.accepted.append(name)

    @rule(worker=st.sampled_from(WORKERS))
    def claim_and_acquire(self, worker: str) -> None:
        """A worker looks at what is due."""
        claims, _ = self.await_(self.due.claim(1, 60))
        if not claims:
            return
        held = self.await_(self.leases[worker].acquire(CONVERSATION))
        if held is None:
            assert self.consumed == len(self.accepted)
            self.await_(self.due.finish(claims[0]))
        elif isinstance(held, Held):
            self.hold(worker, held, claims[0])

    def hold(self, worker: str, held: Held, claim: Claim) -> None:
        """The worker has the conversation: its fence is new, and a retake reads what the first attempt read."""
        assert held.fence > self.fence
        self.fence, self.proof = held.fence, held.proof
        self.held[worker], self.claims[worker] = held, claim
        read = [entry.id for entry in held.entries]
        assert read == self.accepted[self.consumed : self.consumed + len(read)]
        if self.first_attempt:
            assert (read, held.clock) == self.first_attempt
        elif read:
            self.first_attempt = (read, held.clock)
        assert [stored.effect.id for stored in held.outbox] == self.committed[len(self.settled) :]

    @precondition(lambda self: self.held)
    @rule(data=st.data(), is_repeated=st.booleans())
    def commit(self, data: st.DataObject, is_repeated: bool) -> None:
        """A turn ends, maybe of a worker that lost its lease long ago; maybe Redis' answer is lost."""
        worker = data.draw(st.sampled_from(sorted(self.held)))
        held = self.held[worker]
        if not held.entries:
            return
        consumed = data.draw(st.integers(1, len(held.entries)))
        cause = held.entries[consumed - 1].id
        before = replace(held, entries=list(held.entries), outbox=list(held.outbox))
        self.scripts.last = ()
        work = self.outbox.commit(held, held.conversation, consumed=consumed, items=["{}"], effects=[Reply(cause, "")])
        if not self.is_current(worker):
            with pytest.raises(LeaseLost):
                self.await_(work)
            return
        self.await_(work)
        if is_repeated:
            assert self.scripts.last
            assert self.await_(self.scripts.run_all(*self.scripts.last))[-2] == -2
        with pytest.raises(LeaseLost):  # the same turn, decided once more: somebody has committed it
            self.await_(self.outbox.commit(before, held.conversation, consumed=consumed, items=["{}"], effects=[]))
        self.consumed += consumed
        self.committed.append(cause)
        left = [entry.id for entry in held.entries]
        self.first_attempt = (left, held.clock) if left else None

    @precondition(lambda self: self.held)
    @rule(data=st.data(), is_repeated=st.booleans())
    def settle(self, data: st.DataObject, is_repeated: bool) -> None:
        """An effect is carried out."""
        worker = data.draw(st.sampled_from(sorted(self.held)))
        held = self.held[worker]
        if not held.outbox:
            return
        stored = held.outbox[0]
        before = replace(held, outbox=[stored])
        if not self.is_current(worker):
            with pytest.raises(LeaseLost):
                self.await_(self.outbox.settle(held, stored))
            return
        self.await_(self.outbox.settle(held, stored))
        if is_repeated:
            self.await_(self.outbox.settle(before, stored))
        self.settled.append(stored.effect.id)

    def ending(self, worker: str) -> tuple[Call | None, list[StoredEffect]]:
        """What leaves the conversation for later, and the last effect, where both may be stored with the release."""
        held = self.held[worker]
        if held.more or held.entries or len(held.outbox) > 1:
            return None, []
        ended = list(held.outbox)
        for stored in ended:
            self.await_(self.outbox.settle(held, stored, with_next=True))
        return self.due.hold_call(self.claims[worker], None), ended

    @precondition(lambda self: self.held)
    @rule(data=st.data(), in_one=st.booleans())
    def release(self, data: st.DataObject, in_one: bool) -> None:
        """A worker is done, or finds that there is more; what it did last may be stored in the same round trip."""
        worker = data.draw(st.sampled_from(sorted(self.held)))
        held = self.held[worker]
        leaves, ended = self.ending(worker) if in_one else (None, [])
        if not self.is_current(worker):
            with pytest.raises(LeaseLost):
                self.await_(self.leases[worker].release(held, leaves=leaves))
            del self.held[worker]
            return
        self.settled += [stored.effect.id for stored in ended]
        more = self.await_(self.leases[worker].release(held, leaves=leaves))
        assert more == (self.consumed < len(self.accepted) or len(self.settled) < len(self.committed))
        if more:
            again = self.await_(self.leases[worker].acquire(CONVERSATION))
            assert isinstance(again, Held)
            self.hold(worker, again, self.claims[worker])
        else:
            if not leaves:
                self.await_(self.due.finish(self.claims[worker]))
            del self.held[worker]

    @precondition(lambda self: self.proof)
    @rule()
    def fail_over(self) -> None:
        """The new master has not heard of the newest holder: the next one gets the same number."""
        self.await_(self.client.hincrby(keys.state(CONVERSATION), "fence", -1))
        self.await_(self.client.hset(keys.state(CONVERSATION), mapping={"token": "another's", "until": 0}))
        self.fence, self.proof = self.fence - 1, ""

    @rule()
    def time_passes(self) -> None:
        """Every lease and every claim runs out: whoever holds something is a zombie from now on."""
        self.await_(self.client.hset(keys.state(CONVERSATION), "until", 0))
        if self.await_(self.client.zscore(keys.DUE, CONVERSATION)) is not None:
            self.await_(self.client.zadd(keys.DUE, {CONVERSATION: 1}))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        """A worker is gone, and says nothing."""
        del self.held[data.draw(st.sampled_from(sorted(self.held)))]

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        """What waits is what was accepted and not consumed; what is to be delivered was committed and not settled."""
        waiting = self.await_(self.client.llen(keys.inbox(CONVERSATION)))
        due = self.await_(self.client.llen(keys.outbox(CONVERSATION)))
        assert waiting == len(self.accepted) - self.consumed
        assert due == len(self.committed) - len(self.settled)
        assert self.await_(self.client.llen(keys.items(CONVERSATION))) == len(self.committed)

    @invariant()
    def what_waits_will_be_looked_at(self) -> None:
        """Work without a wake would wait for ever."""
        if self.consumed < len(self.accepted) or len(self.settled) < len(self.committed):
            assert self.await_(self.client.zscore(keys.DUE, CONVERSATION)) is not None


def test_every_order_of_events_keeps_the_mailbox_whole(redis_server: EmbeddedRedis) -> None:
    run_state_machine_as_test(lambda: Mailbox(redis_server.url), settings=FEW)  # type: ignore[arg-type]  # any factory will do


MOVES = st.lists(st.sampled_from(list(Move)), max_size=25)


@given(MOVES)
def test_an_illegal_move_changes_nothing_and_a_legal_one_moves_as_the_table_says(moves: list[Move]) -> None:
    conversation = Conversation(ConversationId("slack:T1:C1:1.0"))
    for move in moves:
        before = conversation
        if conversation.can(move):
            conversation = conversation.move(move)
            assert conversation.owner is not before.owner
        else:
            with pytest.raises(IllegalMove):
                conversation.move(move)
        assert replace(conversation, owner=before.owner, before_off=before.before_off) == before


@given(MOVES)
def test_off_gives_the_conversation_back_to_the_owner_before_it(moves: list[Move]) -> None:
    conversation = Conversation(ConversationId("slack:T1:C1:1.0"))
    for move in moves:
        if conversation.can(move):
            conversation = conversation.move(move)
    if conversation.owner is Owner.OFF:
        assert not [move for move in Move if move is not Move.SWITCH_ON and conversation.can(move)]
        conversation = conversation.move(Move.SWITCH_ON)
    assert conversation.owner is not Owner.OFF
    assert conversation.move(Move.SWITCH_OFF).move(Move.SWITCH_ON) == conversation
