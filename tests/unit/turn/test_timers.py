"""Deadlines follow from the state, and what follows from a deadline takes it away."""

from dataclasses import replace

import pytest

from bot.desk import load_desk
from bot.desk.policy.business_hours import parse_duration
from bot.desk.policy.policy import Policy
from bot.domain.conversation import Conversation, Handing, Owner
from bot.domain.drafts import RETENTION_SECONDS, Draft, DraftStage, open_among
from bot.domain.effects import Reply, UpdateTicket
from bot.domain.events import Author, CustomerMessage, TicketUpdated
from bot.domain.facts import Facts
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.proposals import OFFER_SECONDS, Proposal, Stage
from bot.domain.tickets import Ticket
from bot.turn.context import TurnInput, TurnResult
from bot.turn.deadlines import Deadline, Timer
from bot.turn.handoff.words import news
from bot.turn.timers import TIMERS, Expiry, cause_of, fire, let_pass, next_deadline, rule_of, touched
from tests.doubles.clock import MONDAY

DAY = 86_400.0
SLACK = ConversationId("slack:T1:D1:1.0")


STORE = load_desk("store")
withdrawn: list[str] = []


@pytest.fixture(scope="module")
def policy() -> Policy:
    return STORE.policy


async def expire(waiting: TurnInput, deadline: Deadline, policy: Policy) -> TurnResult:
    """Fire as the desk's turn does; there is no help desk."""

    async def withdraw(proposal: Proposal) -> None:
        withdrawn.append(proposal.id)

    return await fire(Expiry(waiting, replace(STORE, policy=policy), withdraw), deadline)


def talk(name: str = SLACK, **fields: object) -> Conversation:
    known = {"active_at": MONDAY, "requester": "slack:T1:U1", "requester_name": "Sarah", **fields}
    return Conversation(name, **known)  # type: ignore[arg-type]


def asked(stage: Stage, **fields: object) -> Proposal:
    known = {"summary": "Refund of 1.00 USD", "at": MONDAY, "stage": stage, **fields}
    return Proposal("p1", "propose_refund", "{}", "slack:T1:U1", "cust_001", "ord_1", **known)  # type: ignore[arg-type]


WITH_DEADLINE = {
    "quiet": talk(),
    "quiet, with a ticket": talk(ticket_id="7", ticket=Ticket("7", status="pending")),
    "quiet ticket": talk("zendesk:7", ours=True, ticket_id="7"),
    "escalated": talk(owner=Owner.ESCALATED, promised_until=MONDAY + 900, priority="high", ticket_id="7"),
    "escalated without a desk": talk("chat:k:s", owner=Owner.ESCALATED, promised_until=MONDAY + 900),
    "an offer": talk(proposals=(asked(Stage.OFFERED),), active_at=0.0),
    "a reason": talk(proposals=(asked(Stage.REASON),), active_at=0.0),
    "an approval": talk(proposals=(asked(Stage.APPROVAL, asked_at=MONDAY),)),
    "a draft": talk(drafts=(Draft("d1", "It arrives on Monday.", at=MONDAY),), active_at=0.0),
    "what a draft said": talk(
        drafts=(
            Draft("d1", "It arrives on Monday.", at=MONDAY, stage=DraftStage.DISCARDED),
            Draft("d2", "It arrives on Tuesday.", at=MONDAY + 60, stage=DraftStage.SENT, said="On Tuesday."),
        ),
        active_at=0.0,
    ),
    "handed over": talk(handing=Handing("m", MONDAY, ("e",)), active_at=0.0),
    "an approval, with people": talk(owner=Owner.HUMAN, proposals=(asked(Stage.APPROVAL),), ticket_id="7"),
}


@pytest.mark.parametrize("conversation", WITH_DEADLINE.values(), ids=WITH_DEADLINE.keys())
@pytest.mark.parametrize("gives_up", [False, True])
async def test_every_deadline_comes_to_an_end(policy: Policy, conversation: Conversation, gives_up: bool) -> None:
    fired = []
    while deadline := next_deadline(conversation, policy):
        waiting = TurnInput(conversation, (), (), deadline.at)
        outcome = let_pass(waiting, deadline) if gives_up else await expire(waiting, deadline, policy)
        fired.append(cause_of(conversation, deadline))
        conversation = outcome.conversation
        assert outcome.consumed == 0
        assert len(fired) < 6

    assert fired
    assert len(set(fired)) == len(fired)


def test_every_timer_has_an_example(policy: Policy) -> None:
    deadlines = [
        one
        for talk in WITH_DEADLINE.values()
        for rule in TIMERS
        for one in rule.deadlines(talk, policy, RETENTION_SECONDS)
    ]
    assert {deadline.timer for deadline in deadlines} == set(Timer)


WITHOUT = {
    "switched off": talk(owner=Owner.OFF, before_off=Owner.ESCALATED, promised_until=MONDAY),
    "with a human": talk(owner=Owner.HUMAN, promised_until=MONDAY),
    "idle closed": talk(owner=Owner.IDLE_CLOSED),
    "somebody else's ticket": talk("zendesk:7"),
    "nothing was ever said": talk(active_at=0.0),
    "decided": talk(owner=Owner.IDLE_CLOSED, proposals=(asked(Stage.DONE), asked(Stage.EXPIRED))),
}


@pytest.mark.parametrize("conversation", WITHOUT.values(), ids=WITHOUT.keys())
def test_what_is_nobodys_to_wait_for_has_no_deadline(policy: Policy, conversation: Conversation) -> None:
    assert next_deadline(conversation, policy) is None


def test_the_first_deadline_counts_and_an_approval_keeps_a_conversation_open(policy: Policy) -> None:
    offered = talk(proposals=(replace(asked(Stage.OFFERED), at=MONDAY - 60),))
    waiting = talk(proposals=(asked(Stage.APPROVAL, asked_at=MONDAY + DAY),))
    first, second = next_deadline(offered, policy), next_deadline(waiting, policy)

    assert first
    assert second
    assert (first.timer, first.at) == (Timer.OFFER, MONDAY - 60 + OFFER_SECONDS)
    assert (second.timer, second.at) == (Timer.APPROVAL, MONDAY + 4 * DAY)


@pytest.mark.parametrize(
    ("before", "after", "promised"),
    [
        ("low", "normal", MONDAY + 60 + 4 * 3_600),
        ("normal", "high", MONDAY + 60 + 900),
        ("high", "urgent", MONDAY + 60 + 900),
        ("urgent", "urgent", 0),
    ],
)
async def test_a_broken_promise_goes_one_step_up_and_promises_anew(
    policy: Policy, before: str, after: str, promised: float
) -> None:
    conversation = talk(owner=Owner.ESCALATED, promised_until=MONDAY, priority=before, ticket_id="7")
    deadline = next_deadline(conversation, policy)
    assert deadline
    outcome = await expire(TurnInput(conversation, (), (), MONDAY), deadline, policy)
    [note] = outcome.effects
    waiting = TurnInput(outcome.conversation, (), (), MONDAY + 60)
    assert news(waiting, {note.id}, policy) is None
    told = news(waiting, (), policy)
    assert told
    [line] = told.effects

    assert isinstance(note, UpdateTicket)
    assert (note.priority, note.public) == (after, False)
    assert outcome.conversation.promised_until == 0
    assert (told.conversation.owner, told.conversation.promised_until) == (Owner.ESCALATED, promised)
    assert isinstance(line, Reply)
    assert (line.status, "within" in line.text) == ("", bool(promised))


async def test_a_promise_that_nobody_was_reminded_of_is_not_claimed_to_be_renewed(policy: Policy) -> None:
    alone = WITH_DEADLINE["escalated without a desk"]
    deadline = next_deadline(alone, policy)
    assert deadline
    outcome = await expire(TurnInput(alone, (), (), deadline.at), deadline, policy)
    refused = replace(
        talk(owner=Owner.ESCALATED, promised_until=MONDAY, priority="high", ticket_id="7"),
        facts=Facts.was_refused("n:urged"),
    )
    refused = replace(refused, handing=Handing("n", MONDAY, ("n:urged",), urged=True), promised_until=0.0)
    told = news(TurnInput(refused, (), (), MONDAY), (), policy)
    assert told

    for line in (*outcome.effects, *told.effects):
        assert isinstance(line, Reply)
        assert "nobody has answered you yet" in line.text
        assert "told the team" not in line.text
        assert "asked again" not in line.text
    assert next_deadline(told.conversation, policy) != deadline


async def test_a_priority_that_people_set_meanwhile_is_where_the_step_begins(policy: Policy) -> None:
    ticket = Ticket("7", status="open", priority="low")
    conversation = talk(owner=Owner.ESCALATED, promised_until=MONDAY, priority="high", ticket_id="7", ticket=ticket)
    deadline = next_deadline(conversation, policy)
    assert deadline

    outcome = await expire(TurnInput(conversation, (), (), MONDAY), deadline, policy)
    assert outcome.conversation.priority == "normal"


async def test_a_customer_who_speaks_with_people_is_not_told_of_a_lapsed_request(policy: Policy) -> None:
    conversation = WITH_DEADLINE["an approval, with people"]
    deadline = next_deadline(conversation, policy)
    assert deadline
    outcome = await expire(TurnInput(conversation, (), (), deadline.at), deadline, policy)

    assert [type(effect) for effect in outcome.effects] == [UpdateTicket]


def test_words_put_the_idle_close_off_and_a_tickets_fields_do_not(policy: Policy) -> None:
    before = talk()
    line = CustomerMessage("m", SLACK, Author(AuthorId("slack:T1:U1")))
    fields = TicketUpdated("m", SLACK, line.author, ticket=Ticket("7"))
    later = MONDAY + 100

    assert touched(before, TurnResult(before, 1), line, policy, later).conversation.active_at == later
    assert touched(before, TurnResult(before, 1), fields, policy, later).conversation.active_at == MONDAY
    released = replace(before, owner=Owner.HUMAN)
    assert touched(released, TurnResult(before, 1), fields, policy, later).conversation.active_at == later


@pytest.mark.parametrize(("text", "seconds"), [("30 minutes", 1_800), ("1 hour", 3_600), ("3 days", 3 * DAY)])
def test_a_duration_is_written_in_words(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["soon", "3", "0 days", "1 business day"])
def test_what_is_no_duration_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="is written as"):
        parse_duration(text)


@pytest.mark.parametrize("timer", Timer)
def test_every_timer_has_a_rule(timer: Timer) -> None:
    assert rule_of(timer)


async def test_the_ledger_hears_of_an_approval_that_expires_and_of_no_offer(policy: Policy) -> None:
    withdrawn.clear()
    offered, waits = talk(proposals=(asked(Stage.OFFERED),)), talk(proposals=(asked(Stage.APPROVAL),))
    for conversation, gone in ((offered, []), (waits, ["p1"])):
        deadline = next_deadline(conversation, policy)
        assert deadline
        await expire(TurnInput(conversation, (), (), deadline.at), deadline, policy)
        assert withdrawn == gone


@pytest.mark.parametrize("days", [1, 90])
async def test_words_of_drafts_go_when_their_time_is_over_and_what_became_of_them_stays(
    policy: Policy, days: int
) -> None:
    """The one that nobody has decided on is over by then, and loses its words too."""
    kept = days * DAY
    open_one = Draft("d2", "It arrives on Tuesday.", at=MONDAY + 60, sources=("Shipping",), looked_up=("track",))
    sent = Draft("d1", "On Monday.", at=MONDAY, stage=DraftStage.SENT_EDITED, said="On Tuesday.", proposes=("Refund",))
    conversation = talk(drafts=(sent, open_one), active_at=0.0)
    last = MONDAY
    while deadline := next_deadline(conversation, policy, kept):
        last = deadline.at
        conversation = (await expire(TurnInput(conversation, (), (), last), deadline, policy)).conversation

    assert last == MONDAY + 60 + kept
    assert [draft.has_words for draft in conversation.drafts] == [False, False]
    assert [draft.stage for draft in conversation.drafts] == [DraftStage.SENT_EDITED, DraftStage.IGNORED]
    assert open_among(conversation.drafts) is None
