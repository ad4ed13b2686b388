"""Plays one case through the whole engine, from `accept` to delivery, and records what each line leads to."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from bot.app.container import Engine
from bot.desk.cases import Case, Kind
from bot.desk.database import audit
from bot.domain.conversation import Owner
from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import EVAL, AuthorId, ConversationId, Origin
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.evals.books import InMemoryTickets
from bot.store import keys
from bot.store.records.conversations import View
from bot.turn.handoff.ticket_effects import ESCALATED_TAG

ANSWER_SECONDS = 120.0
REST_SECONDS = 0.002
CUSTOMER, ANSWER = "Customer", "Front desk"

_STAGES: Mapping[Stage, Kind] = {
    Stage.OFFERED: "propose",
    Stage.REASON: "reason",
    Stage.APPROVAL: "approval",
    Stage.DECLINED: "decline",
}


@dataclass(frozen=True)
class Happened:
    """Something that followed from a line; fields as in `bot.desk.cases.Happening`."""

    kind: Kind
    action: str = ""
    subject: str = ""
    amount: Decimal | None = None
    group: str = ""
    priority: str = ""

    def __str__(self) -> str:
        parts = (self.kind, self.action, self.subject, self.amount, self.group, self.priority)
        return " ".join(str(part) for part in parts if part not in {"", None})


@dataclass(frozen=True)
class PlayedStep:
    """What followed from one line of the customer.

    Args:
        calls: tools with their arguments, in order.
        notes: the internal notes that were written.
    """

    says: str
    answer: str
    specialist: str
    calls: tuple[tuple[str, Mapping[str, str]], ...]
    effects: tuple[Happened, ...]
    notes: str


@dataclass(frozen=True)
class Played:
    """A case as it went.

    Args:
        trouble: why it could not go on, empty where it could.
        spent: what its model calls cost, in millionths of a dollar.
    """

    steps: tuple[PlayedStep, ...]
    trouble: str = ""
    spent: int = 0

    @property
    def transcript(self) -> str:
        """What was said, a line each."""
        said = [(CUSTOMER, step.says, ANSWER, step.answer) for step in self.steps]
        return "\n".join(f"{customer}: {line}\n{desk}: {answer}" for customer, line, desk, answer in said)


class EvalTalk:
    """One conversation of a case, watched from outside."""

    def __init__(self, engine: Engine, book: InMemoryTickets, case: Case) -> None:
        self._engine = engine
        self._book = book
        self._case = case
        self._id = ConversationId.of_chat(EVAL, uuid4().hex)
        self._length = 0
        self._spent = 0
        self._owner = Owner.BOT
        self._stages: dict[str, Stage] = {}
        self._committed: set[str] = set()

    async def played(self) -> Played:
        """Say the customer's lines one after the other."""
        customer = self._case.customer
        if customer and await self._engine.data.customer_by_id(customer) is None:
            return Played((), f"the desk's data has no customer {customer}")
        steps: list[PlayedStep] = []
        for number, turn in enumerate(self._case.turns, 1):
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    steps.append(await self._said(turn.says))
            except TimeoutError:
                trouble = f"turn {number}: no answer within {ANSWER_SECONDS:.0f} s"
                return Played(tuple(steps), trouble, self._spent)
        return Played(tuple(steps), spent=self._spent)

    async def _said(self, text: str) -> PlayedStep:
        customer = self._case.customer
        message = CustomerMessage(
            id=f"chat:{uuid4().hex}",
            conversation=self._id,
            author=Author(AuthorId.in_chat(EVAL, customer or "somebody")),
            text=text,
            at=self._engine.clock.now(),
            surface=Origin.CHAT,
            customer_id=customer or "",
        )
        async with self._engine.conversations.watch(self._id) as watch:
            await self._engine.inbox.accept(message, at_once=True)
            answer = await watch.answer(message.id, ANSWER_SECONDS) or {}
        await self._at_rest()
        view = await self._engine.conversations.read(self._id)
        assert view is not None  # noqa: S101 (the line was accepted)
        return await self._step(text, str(answer.get("response", "")), view)

    async def _at_rest(self) -> None:
        """Wait until the worker has let go: then everything that follows from the line was carried out."""
        state = keys.state(self._id)
        while await self._engine.client.hget(state, "owner"):  # noqa: ASYNC110 (what changes is in another place)
            await asyncio.sleep(REST_SECONDS)

    async def _step(self, says: str, answer: str, view: View) -> PlayedStep:
        conversation = view.conversation
        entries = view.entries[max(0, self._length - view.trimmed) :]
        opened, updated = self._book.taken()
        effects = [*self._moved(conversation.proposals), *await self._done()]
        if conversation.owner is Owner.ESCALATED and self._owner is not Owner.ESCALATED:
            told: list[OpenTicket | UpdateTicket] = [
                *opened,
                *(each for each in updated if ESCALATED_TAG in each.add_tags),
            ]
            effects += [Happened("escalate", group=ticket.group, priority=ticket.priority) for ticket in told[-1:]]
        notes = "\n\n".join(update.comment for update in updated if not update.public)
        self._length, self._owner, self._spent = view.length, conversation.owner, conversation.spent
        return PlayedStep(says, answer, conversation.specialist, tuple(_calls(entries)), tuple(effects), notes)

    def _moved(self, proposals: Sequence[Proposal]) -> list[Happened]:
        found = []
        for proposal in proposals:
            if proposal.stage in _STAGES and self._stages.get(proposal.id) is not proposal.stage:
                amount = Decimal(proposal.amount.split()[0]) if proposal.amount else None
                found.append(Happened(_STAGES[proposal.stage], proposal.action, proposal.subject, amount))
            self._stages[proposal.id] = proposal.stage
        return found

    async def _done(self) -> list[Happened]:
        """What was committed, by the desk's own books: what a conversation believes counts for nothing."""
        if self._engine.desk.data is None:
            return []
        async with self._engine.data.session() as session:
            rows = (await session.execute(audit.select())).mappings().all()
        fresh = [row for row in rows if row["key"] not in self._committed]
        self._committed |= {row["key"] for row in rows}
        return [Happened("commit", row["action"], row["subject"], row["amount"]) for row in fresh]


def _calls(entries: Sequence[Entry]) -> list[tuple[str, Mapping[str, str]]]:
    """The tools that were called, transfers too."""
    calls: list[tuple[str, Mapping[str, str]]] = []
    for entry in entries:
        if entry.role in {Role.TOOL_CALL, Role.TRANSFER} and entry.items:
            given = json.loads(str(entry.items[0].get("arguments") or "{}"))
            told = {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
            calls.append((str(entry.items[0].get("name", "")), told))
    return calls
