"""The card of an escalation: posted once, changed only where it says something else, over once people are done."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import desks
from bot.desk.loading.loader import load_desk
from bot.domain.conversation import Conversation, Handing, Owner
from bot.domain.effects import EditAnnounced, PostToChannel
from bot.domain.escalations import Escalation
from bot.domain.ids import ConversationId
from bot.domain.tickets import Ticket
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnResult
from bot.turn.handoff.card import SOMEBODY, Cards

POLICY = load_desk(str(Path(desks.__path__[0]) / "store")).policy
CARDS = Cards("C1", lambda ticket_id: f"https://desk.example.com/{ticket_id}")
ESCALATED = Conversation(
    ConversationId("slack:T1:C2:1000.000100"),
    owner=Owner.ESCALATED,
    ticket_id="7",
    priority="high",
    group="Billing",
    promised_until=1_795_424_400.0,
    escalation=Escalation("m1", "Sarah Chen", "“Where is\nmy money?”", "asked for a human"),
)
DANA = Entry(Role.HUMAN, "Hello.", 1.0, "human", name="Dana")


def followed(before: Conversation, after: Conversation, *entries: Entry, cards: Cards = CARDS) -> TurnResult:
    return cards.follow(before, TurnResult(after, 1, entries), POLICY)


def posted() -> Conversation:
    return followed(ESCALATED, ESCALATED).conversation


def told(outcome: TurnResult) -> str:
    [effect] = outcome.effects
    assert isinstance(effect, PostToChannel | EditAnnounced)
    return effect.text


def test_the_card_has_what_colleagues_need() -> None:
    outcome = followed(ESCALATED, ESCALATED)
    [effect] = outcome.effects

    assert effect == PostToChannel("m1:card", "C1", told(outcome), fact="announced:escalation:m1")
    assert told(outcome).splitlines() == [
        "**Escalation: Sarah Chen**",
        "",
        "- **Ticket:** [#7](https://desk.example.com/7)",
        "- **About:** “Where is my money?”",
        "- **Why a human:** asked for a human",
        "- **Priority:** high",
        "- **Group:** Billing",
        "- **Promised by:** Monday 23 November 09:00 UTC",
        "- **Who has it:** nobody yet",
        "- **Conversation:** https://app.slack.com/client/T1/C2/thread/C2-1000.000100",
    ]


def test_a_turn_that_changes_nothing_on_it_leaves_it_alone() -> None:
    before = posted()

    assert followed(before, replace(before, turns=9)).effects == ()


def test_each_change_is_an_effect_of_its_own() -> None:
    first = followed(posted(), replace(posted(), owner=Owner.HUMAN), DANA)
    second = followed(first.conversation, replace(first.conversation, priority="urgent"))

    assert [effect.id for one in (first, second) for effect in one.effects] == ["m1:card:1", "m1:card:2"]
    assert "**Who has it:** Dana" in told(first)
    assert "**Priority:** urgent" in told(second)


@pytest.mark.parametrize(
    ("assigned", "entries", "who"),
    [
        ("Lee Park", (), "Lee Park"),
        ("", (DANA,), "Dana"),
        ("Lee Park", (DANA,), "Lee Park"),
        ("", (), SOMEBODY),
    ],
)
def test_who_took_it(assigned: str, entries: tuple[Entry, ...], who: str) -> None:
    ticket = Ticket("7", assignee=assigned, assigned_to_person=bool(assigned))
    outcome = followed(posted(), replace(posted(), owner=Owner.HUMAN, ticket=ticket), *entries)

    assert f"**Who has it:** {who}" in told(outcome)


def test_a_second_agents_word_takes_it_from_nobody() -> None:
    taken = followed(posted(), replace(posted(), owner=Owner.HUMAN), DANA).conversation

    assert followed(taken, taken, replace(DANA, name="Lee Park")).effects == ()


def test_it_waits_for_the_hand_over_and_is_shown_even_if_somebody_was_faster() -> None:
    on_its_way = replace(ESCALATED, handing=Handing("m1", 1.0, ("e1",)))
    waiting = followed(on_its_way, on_its_way)
    taken = replace(waiting.conversation, owner=Owner.HUMAN, handing=None)

    assert waiting.effects == ()
    assert "**Who has it:** Dana" in told(followed(waiting.conversation, taken, DANA))


def test_without_a_help_desk_the_thread_is_what_colleagues_have() -> None:
    without = replace(ESCALATED, ticket_id="")

    shown = told(followed(without, without))
    assert "**Ticket:**" not in shown
    assert "thread/C2-1000.000100" in shown


def test_a_hand_over_that_was_refused_leaves_no_card() -> None:
    outcome = followed(ESCALATED, replace(ESCALATED, owner=Owner.BOT))

    assert (outcome.effects, outcome.conversation.escalation) == ((), None)


def test_it_is_over_once() -> None:
    outcome = followed(posted(), replace(posted(), owner=Owner.BOT))

    assert "settled" in told(outcome)
    assert outcome.conversation.escalation is None
    assert followed(outcome.conversation, outcome.conversation).effects == ()


def test_without_a_channel_nobody_is_shown_anything() -> None:
    outcome = followed(ESCALATED, ESCALATED, cards=Cards())

    assert outcome.effects == ()
    assert followed(outcome.conversation, outcome.conversation).effects[0].id == "m1:card"


def test_while_the_bot_is_off_the_card_stays_as_it_was() -> None:
    off = replace(posted(), owner=Owner.OFF, before_off=Owner.ESCALATED, priority="urgent")

    assert followed(posted(), off).effects == ()


def test_a_long_story_is_told_briefly() -> None:
    assert ESCALATED.escalation
    long = replace(ESCALATED, escalation=replace(ESCALATED.escalation, summary="word " * 5_000, reason="x" * 9_000))

    assert len(told(followed(long, long))) < 2_000
