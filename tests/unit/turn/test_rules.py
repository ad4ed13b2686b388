"""The two tables of a turn: every kind of event has a handler, and of two rules that apply the first one wins."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pkgutil import iter_modules
from typing import cast, get_args

import pytest

from bot.desk import load_desk
from bot.desk.database import Database
from bot.desk.tools.customer import Customer
from bot.domain.conversation import Conversation, Owner
from bot.domain.events import Author, CustomerMessage, Event, InboundMessage
from bot.domain.facts import Facts, OfferShown
from bot.domain.ids import AuthorId, ConversationId, MessageRef, Origin, origin_of
from bot.domain.ports import Directory, OpenMatters, Preview, Profile, Room
from bot.domain.proposals import Proposal, Stage
from bot.domain.tickets import Ticket
from bot.turn import rules
from bot.turn import turn as policy
from bot.turn.actions.actions import Actions
from bot.turn.actions.steps import Step
from bot.turn.agent.history import HistoryKeeper
from bot.turn.autonomy.dial import Dial
from bot.turn.context import Batch, MessageLimits, TurnInput, TurnResult
from bot.turn.stages.answer import Answering
from bot.turn.stages.screen import Screen
from bot.turn.turn import BEFORE_MODEL, EVENTS, Turn
from bot.turn.turn_context import TurnContext, TurnDeps

NOW = 1_000_000.0
SLACK, TICKET = ConversationId("slack:T1:C1:100.1"), ConversationId("zendesk:7")
DESK = load_desk("store")
LAWYER = "I will call my lawyer"
TOO_LONG = f"{LAWYER} {'x' * 300}"
CAP = tuple([NOW] * DESK.policy.reply_cap.replies)


class People:
    """Knows nobody by more than their name."""

    async def profile(self, message: InboundMessage) -> Profile:
        return Profile(message.author.id, "Sarah")


class Books:
    """Nobody is a customer, and nothing was done for anybody."""

    async def customer_by_email(self, _email: str) -> Customer | None:
        return None

    async def done_elsewhere(self, _waiting: TurnInput, _customer: Customer | None) -> tuple[str, ...]:
        return ()

    async def said(self, waiting: TurnInput, _asked: Batch, proposal: Proposal, *, yes: bool) -> Step:
        return Step(waiting.conversation, "fine", f"said {'yes' if yes else 'no'} to {proposal.id}")


@dataclass
class Matters:
    """There is always room; it is counted how often it was asked for."""

    entered: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)

    async def enter(self, _person: str, conversation: ConversationId, _now: float, _most: int) -> Room:
        self.entered.append(conversation)
        return Room.YES

    def stay(self, _person: str, conversation: ConversationId, _now: float, _most: int) -> None:
        self.stayed.append(conversation)

    async def leave(self, person: str, conversation: ConversationId) -> None:
        """The conversation is settled."""


def turn_of(matters: Matters) -> Turn:
    books = Books()
    deps = TurnDeps(
        DESK,
        cast("Directory", People()),
        MessageLimits(longest=200),
        cast("Database", books),
        cast("Actions", books),
        cast("Answering", None),  # a turn that got as far as a specialist fails
        Screen(DESK, None, None),
        Dial(DESK),
        has_helpdesk=True,
        matters=cast("OpenMatters", matters),
    )
    return Turn(deps, HistoryKeeper(DESK.policy.history_tokens, None))


def line(conversation: ConversationId, text: str) -> InboundMessage:
    origin = origin_of(conversation)
    author = Author(AuthorId("slack:T1:U1" if origin is Origin.SLACK else "zendesk:11"), "Sarah")
    return CustomerMessage("m1", conversation, author, text, NOW, origin)


async def verdict(before: Conversation, text: str, matters: Matters | None = None) -> str:
    waiting = TurnInput(before, [line(before.id, text)], [], NOW)
    return (await turn_of(matters or Matters()).take(waiting, cast("Preview", None))).verdict


def test_every_kind_of_event_has_a_handler() -> None:
    assert set(EVENTS) == set(get_args(Event))


def test_every_module_of_rules_has_a_place_in_the_table() -> None:
    modules = {f"{rules.__name__}.{module.name}" for module in iter_modules(rules.__path__)}
    assert {rule.__module__ for rule in BEFORE_MODEL} == modules


def test_no_rule_stands_twice() -> None:
    assert len(set(BEFORE_MODEL)) == len(BEFORE_MODEL)


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        (Conversation(SLACK, owner=Owner.HUMAN, ticket_id="7"), LAWYER, "relayed"),
        (Conversation(SLACK, owner=Owner.OFF), LAWYER, "off"),
        (
            Conversation(SLACK, owner=Owner.OFF, before_off=Owner.HUMAN, ticket_id="7"),
            LAWYER,
            "relayed",
        ),
        (
            Conversation(TICKET, ticket=Ticket("7", assignee_id="9")),
            LAWYER,
            "ticket is not ours to answer",
        ),
        (Conversation(TICKET, ours=True, turns=2, reply_times=CAP), "thanks", "solved"),
        (Conversation(SLACK, turns=2, reply_times=CAP), "thanks", "escalated by rule"),
        (Conversation(SLACK, turns=2, reply_times=CAP), TOO_LONG, "escalated by rule"),
        (Conversation(SLACK), TOO_LONG, "refused"),
        (Conversation(SLACK, turns=2), "thanks", "thanked"),
        (Conversation(SLACK), LAWYER, "escalated by rule"),
        (Conversation(SLACK, turns=9, unresolved=9), "", "asked what is wanted"),
        (Conversation(SLACK, turns=9, unresolved=9), "Where is it?", "escalated by rule"),
        (Conversation(SLACK), "Write me a poem about cats", "out of scope"),
    ],
)
async def test_of_two_rules_that_apply_the_first_one_wins(before: Conversation, text: str, expected: str) -> None:
    assert await verdict(before, text) == expected


OFFER = Proposal("p1", "refund", "{}", AuthorId("slack:T1:U1"), "C1", "A1", "Refund 10 USD", at=NOW - 60)
SHOWN = Facts.was_shown(["p1"], OfferShown(NOW - 30, MessageRef("C1:1.2")))
OFFERED = Conversation(SLACK, turns=2, proposals=(OFFER,), facts=SHOWN)


async def test_a_plain_yes_goes_before_the_cap_on_replies() -> None:
    assert await verdict(replace(OFFERED, reply_times=CAP), "yes") == "said yes to p1"


async def test_an_offer_that_waits_for_a_yes_is_not_ended_by_thanks() -> None:
    reason_asked = replace(OFFERED, proposals=(replace(OFFER, stage=Stage.REASON),), unresolved=9)
    assert await verdict(reason_asked, "thanks") == "escalated by rule"


@pytest.mark.parametrize(
    ("before", "text", "entered"),
    [
        (OFFERED, "yes", []),
        (Conversation(SLACK), TOO_LONG, []),
        (Conversation(SLACK, turns=2), "thanks", []),
        (Conversation(SLACK, owner=Owner.HUMAN, ticket_id="7"), LAWYER, []),
        (Conversation(SLACK), LAWYER, [SLACK]),
        (Conversation(SLACK, turns=2, reply_times=CAP), "hello", [SLACK]),
        (Conversation(SLACK), "", [SLACK]),
        (Conversation(SLACK), "Write me a poem about cats", [SLACK]),
    ],
)
async def test_room_is_taken_once_and_only_where_work_begins(
    before: Conversation, text: str, entered: Sequence[str]
) -> None:
    matters = Matters()
    await verdict(before, text, matters)
    assert matters.entered == entered


@pytest.mark.parametrize(("counted", "entered", "stayed"), [("slack:U1", [], [SLACK]), ("slack:U2", [SLACK], [])])
async def test_what_counts_as_open_already_is_not_asked_about_again(
    counted: str, entered: Sequence[str], stayed: Sequence[str]
) -> None:
    matters = Matters()
    waiting = TurnInput(Conversation(SLACK), [line(SLACK, LAWYER)], [], NOW, counted_for=counted)
    await turn_of(matters).take(waiting, cast("Preview", None))
    assert (matters.entered, matters.stayed) == (entered, stayed)


async def test_a_context_is_what_later_rules_see(monkeypatch: pytest.MonkeyPatch) -> None:
    async def in_french(ctx: TurnContext) -> TurnContext:
        return ctx.with_conversation(replace(ctx.conversation, language="fr"))

    async def passes(_ctx: TurnContext) -> None:
        return None

    async def tells(ctx: TurnContext) -> TurnResult:
        return ctx.silent(f"in {ctx.conversation.language}")

    async def never(_ctx: TurnContext) -> TurnResult:
        pytest.fail("an earlier rule has decided")

    monkeypatch.setattr(policy, "BEFORE_MODEL", (in_french, passes, tells, never))
    assert await verdict(Conversation(SLACK), "hello") == "in fr"
