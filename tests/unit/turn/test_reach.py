"""What a customer is told of people is true of who can answer them: in every language, whoever asked for people."""

from dataclasses import replace
from typing import Literal, cast, get_args

import pytest

from bot.desk import load_desk
from bot.desk.database import Database
from bot.desk.policy.phrases import LANGUAGES
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import PostToChannel, Reply
from bot.domain.events import Author, CustomerMessage
from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.ports import Directory, Profile
from bot.domain.transcript import Entry
from bot.turn.actions.actions import Actions
from bot.turn.autonomy.dial import Dial
from bot.turn.autonomy.preview import DiscreetPreview
from bot.turn.context import Batch, MessageLimits, TurnInput, TurnResult
from bot.turn.deadlines import Timer
from bot.turn.handoff.card import Cards
from bot.turn.handoff.reach import Reach, Team
from bot.turn.handoff.request import Requester
from bot.turn.results import crowded
from bot.turn.rules import owner
from bot.turn.stages.answer import Answering
from bot.turn.stages.screen import Screen
from bot.turn.texts import say
from bot.turn.timers import next_deadline
from bot.turn.turn_context import TurnContext, TurnDeps, hand_over

NOW = 1_000_000.0
Kind = Literal["model", "rule", "failure", "button", "operator"]
CHAT, SLACK = Conversation(ConversationId("chat:shop:1")), Conversation(ConversationId("slack:T1:C1:100.1"))
DESK = load_desk("store")
WAYS = [(kind, language) for kind in get_args(Kind) for language in sorted(LANGUAGES)]


def deps_of(*, approvals: str = "", triage: str = "", contact: str = "") -> TurnDeps:
    desk = replace(DESK, policy=DESK.policy.model_copy(update={"contact": contact}))
    nothing = None
    return TurnDeps(
        desk,
        cast("Directory", nothing),
        MessageLimits(),
        cast("Database", nothing),
        cast("Actions", nothing),
        cast("Answering", nothing),
        Screen(desk, None, None),
        Dial(desk),
        has_helpdesk=False,
        approvals_channel=approvals,
        cards=Cards(triage),
    )


def sorry_for(kind: str, language: str) -> str:
    """Answers that failed, or that settled nothing, are a trouble; a wish for people is none."""
    return say("human.sorry", language) if kind in {"failure", "operator"} else ""


def turn_input(conversation: Conversation, *before: Entry) -> TurnInput:
    author = Author(AuthorId(f"{conversation.id.origin}:T1:U1"), "Sarah")
    line = CustomerMessage("m1", conversation.id, author, "help", NOW, Origin(conversation.id.origin))
    return TurnInput(conversation, [line], before, NOW)


def handed_over(deps: TurnDeps, conversation: Conversation, kind: str, *before: Entry, rule: str = "") -> TurnResult:
    waiting = turn_input(conversation, *before)
    author = waiting.messages[0].author
    asked = Batch(waiting.messages, Requester(author, Profile(author.id, author.name)))
    return hand_over(deps, waiting, asked, HandoffRequest("because", rule=rule), kind)


def words(outcome: TurnResult) -> list[str]:
    return [effect.text for effect in outcome.effects if isinstance(effect, Reply) and effect.text]


def promised(deps: TurnDeps, outcome: TurnResult) -> bool:
    found = next_deadline(outcome.conversation, deps.desk.policy)
    return found is not None and found.timer is Timer.PROMISE


@pytest.mark.parametrize(("kind", "language"), WAYS)
@pytest.mark.parametrize("conversation", [CHAT, SLACK])
def test_where_nobody_is_told_nobody_is_promised(conversation: Conversation, kind: str, language: str) -> None:
    deps = deps_of(contact="help@acme.com")
    outcome = handed_over(deps, replace(conversation, language=language, spoken=language), kind)

    contact = say("human.elsewhere", language, contact="help@acme.com")
    assert words(outcome) == [say("human.nobody", language, sorry=sorry_for(kind, language), contact=contact)]
    assert not promised(deps, outcome)


@pytest.mark.parametrize(("kind", "language"), WAYS)
def test_colleagues_who_are_told_and_cannot_answer_are_not_promised(kind: str, language: str) -> None:
    deps = deps_of(approvals="C1")
    outcome = handed_over(deps, replace(CHAT, language=language, spoken=language), kind)

    assert words(outcome) == [say("human.told_only", language, sorry=sorry_for(kind, language), contact="")]
    assert [effect.channel for effect in outcome.effects if isinstance(effect, PostToChannel)] == ["C1"]
    assert not promised(deps, outcome)


@pytest.mark.parametrize("channels", [{"approvals": "C1"}, {"triage": "C2"}])
def test_colleagues_who_can_write_in_the_thread_are_promised(channels: dict[str, str]) -> None:
    deps = deps_of(**channels)
    outcome = handed_over(deps, SLACK, "rule")

    assert "A colleague will answer you" in words(outcome)[0]
    assert promised(deps, outcome)


@pytest.mark.parametrize("triage", ["", "C2"])
async def test_the_bot_answers_again_where_nobody_can(triage: str) -> None:
    deps = deps_of(triage=triage)
    before = handed_over(deps, CHAT, "button").conversation
    waiting = turn_input(before)
    asked = Batch(waiting.messages, Requester(waiting.messages[0].author, Profile(AuthorId(""), "Sarah")))

    found = await owner.stay_out(TurnContext(deps, waiting, waiting.messages, asked, cast("DiscreetPreview", None)))

    assert before.owner is Owner.ESCALATED
    assert isinstance(found, TurnContext)
    assert (found.conversation.owner, found.conversation.reply_times) == (Owner.BOT, (NOW,))


def test_a_cap_is_told_once_so_that_two_machines_do_not_loop() -> None:
    deps = deps_of()
    first = handed_over(deps, CHAT, "rule", rule=Reason.CAP)
    again = handed_over(deps, CHAT, "rule", *first.entries, rule=Reason.CAP)

    assert words(first)
    assert words(again) == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_colleague_knows_of_a_conversation_too_many_where_nobody_was_told(language: str) -> None:
    conversation = replace(CHAT, language=language, spoken=language)
    waiting = turn_input(conversation)
    asked = Batch(waiting.messages, Requester(waiting.messages[0].author, Profile(AuthorId(""), "Sarah")))

    told = {reach: words(crowded(DESK, waiting, asked, reach))[0] for reach in (Reach.TICKET, Reach.NOBODY)}

    assert told == {
        Reach.TICKET: say("limits.crowded", language),
        Reach.NOBODY: say("limits.crowded_unseen", language),
    }


@pytest.mark.parametrize(
    ("team", "conversation", "reach"),
    [
        (Team(has_helpdesk=True), CHAT, Reach.TICKET),
        (Team(has_helpdesk=True, channel="C1"), SLACK, Reach.TICKET),
        (Team(has_helpdesk=False, channel="C1"), SLACK, Reach.THREAD),
        (Team(has_helpdesk=False, channel="C1"), CHAT, Reach.TOLD),
        (Team(has_helpdesk=False), SLACK, Reach.NOBODY),
    ],
)
def test_who_gets_a_hand_over(team: Team, conversation: Conversation, reach: Reach) -> None:
    assert team.reach(conversation) is reach
