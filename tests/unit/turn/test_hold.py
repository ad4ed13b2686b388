"""What is held back at the end of a turn, and what goes on: pure, so that each part of it can be looked at."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.autonomy import Decision, Mode
from bot.domain.conversation import Conversation, Owner
from bot.domain.drafts import Draft, DraftStage
from bot.domain.effects import (
    Button,
    CloseDraft,
    ContinueInDM,
    Effect,
    PendAnswer,
    Relay,
    Reply,
    SendCode,
    ShowDraft,
    UpdateTicket,
)
from bot.domain.events import Author, CustomerMessage
from bot.domain.facts import Facts
from bot.domain.identity import Proof
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnInput, TurnResult
from bot.turn.drafts.hold import hold
from bot.turn.drafts.published import news

SARAH = AuthorId("slack:T1:U1")
NAME = ConversationId("slack:T1:D1:1.0")
LINE = CustomerMessage("m1", NAME, Author(SARAH, "Sarah"), "Where is it?", 10.0)
ASKED = Entry(Role.USER, "Where is it?", 10.0, author=SARAH)
SAID = Entry(Role.ASSISTANT, "On Monday.", 11.0, "shipping")
REPLY = Reply(
    "m1:reply", "On Monday.", "shipping", recipient=SARAH, buttons=(Button("frontdesk_human", "A human", "t"),)
)
DRAFT_IT = Decision(Mode.DRAFT, why="no rule says otherwise")


def before(**fields: Any) -> Conversation:
    return replace(Conversation(NAME, requester=SARAH, requester_name="Sarah"), **fields)


def held(
    *effects: Effect, was: Conversation | None = None, after: Conversation | None = None, channel: str = "C1"
) -> TurnResult:
    """Hold back a turn that ended with these effects."""
    was = was or before()
    after = after or replace(was, ours=True, unresolved=was.unresolved + 1, reply_times=(11.0,), items=2, turns=1)
    outcome = TurnResult(after, 1, (ASKED, SAID), effects, "answered")
    return hold(outcome, TurnInput(was, (LINE,), (), 11.0), DRAFT_IT, channel)


def test_the_words_become_a_draft_and_nothing_is_as_if_they_had_been_read() -> None:
    outcome = held(REPLY)
    [shown] = outcome.effects
    [draft] = outcome.conversation.drafts

    assert isinstance(shown, ShowDraft)
    assert (shown.draft, shown.text, shown.channel, shown.question) == (draft.id, "On Monday.", "C1", "Where is it?")
    assert outcome.entries == (ASKED,)
    after = outcome.conversation
    assert (after.ours, after.unresolved, after.reply_times, after.items, after.turns) == (False, 0, (), 1, 1)
    assert (draft.helps, draft.why, outcome.verdict) == (True, "no rule says otherwise", "drafted")


def test_a_human_agents_words_and_their_ticket_go_on() -> None:
    relay, note = Relay("r", "Hello.", "Dana"), UpdateTicket("n", comment="fields", status="open")
    outcome = held(relay, note)
    assert outcome.effects == (relay, note)
    assert outcome.entries == (ASKED, SAID)


def test_what_solves_a_ticket_is_not_done() -> None:
    outcome = held(UpdateTicket("m1:solved", status="solved", add_tags=("frontdesk",)))
    assert (outcome.effects, outcome.verdict) == ((), "nothing said")


def test_nobody_drafts_against_a_human_in_charge() -> None:
    outcome = held(REPLY, after=before(owner=Owner.HUMAN, items=2))
    assert outcome.effects == ()
    assert outcome.conversation.drafts == ()


def test_a_post_that_waits_is_let_go_and_an_open_draft_gives_way() -> None:
    old = Draft("old", "On Sunday.", "shipping", 1.0, channel="C1")
    outcome = held(replace(REPLY, answers=("p1",)), was=before(drafts=(old,)))
    kinds = [type(effect) for effect in outcome.effects]
    assert kinds == [CloseDraft, ShowDraft, PendAnswer]
    assert [draft.stage for draft in outcome.conversation.drafts] == [DraftStage.SUPERSEDED, DraftStage.OPEN]


def test_a_code_is_neither_sent_nor_kept_and_is_made_anew_when_the_draft_is_sent() -> None:
    proof = Proof(SARAH, "cust_001", lock="locked", at=11.0, codes=1, sending="m1:code")
    code = SendCode("m1:code", "sarah@example.com", "Sarah", "123456", SARAH, 11.0)
    outcome = held(REPLY, code, after=before(proofs=(proof,), items=2, turns=1))
    [draft] = outcome.conversation.drafts
    assert outcome.conversation.proofs == ()
    assert [type(effect) for effect in outcome.effects] == [ShowDraft]
    assert "123456" not in str(draft)

    sent = _sent(outcome.conversation, draft, at=5_000.0)
    [again] = [effect for effect in sent.effects if isinstance(effect, SendCode)]
    [anew] = sent.conversation.proofs
    assert again.code not in {"", "123456"}
    assert (again.at, anew.at, anew.sending) == (5_000.0, 5_000.0, "m1:code")
    assert anew.lock not in {"", "locked"}


def test_a_direct_message_is_opened_once_the_draft_is_sent() -> None:
    go = ContinueInDM("m1:direct", SARAH, "Sarah", "Where is it?", 11.0)
    outcome = held(REPLY, go)
    [draft] = outcome.conversation.drafts
    assert go not in outcome.effects
    assert go in _sent(outcome.conversation, draft, at=20.0).effects


OFFER = Proposal("p2", "refund", "{}", SARAH, "cust_001", "ord_1", "Refund of 5.00 USD", at=11.0)


def test_an_offer_exists_once_it_is_sent_and_takes_no_older_ones_place_before() -> None:
    old = replace(OFFER, id="p1", at=1.0)
    after = before(proposals=(replace(old, stage=Stage.SUPERSEDED), OFFER), items=2)
    outcome = held(REPLY, was=before(proposals=(old,)), after=after)
    [draft] = outcome.conversation.drafts
    assert outcome.conversation.proposals == (old,)
    assert draft.proposes == ("Refund of 5.00 USD",)

    sent = _sent(outcome.conversation, draft, at=20.0).conversation
    assert [(one.id, one.stage) for one in sent.proposals] == [("p1", Stage.SUPERSEDED), ("p2", Stage.OFFERED)]
    assert sent.proposals[-1].at == 20.0


@pytest.mark.parametrize(("said", "offers"), [("", 1), ("Refund of 5.00 USD, yes or no?", 1), ("Ask me tomorrow.", 0)])
def test_an_offer_that_was_cut_out_of_the_words_is_not_made(said: str, offers: int) -> None:
    outcome = held(REPLY, after=before(proposals=(OFFER,), items=2))
    [draft] = outcome.conversation.drafts
    sent = _sent(outcome.conversation, replace(draft, said=said), at=20.0)
    assert len(sent.conversation.proposals) == offers


def _sent(conversation: Conversation, draft: Draft, *, at: float) -> TurnResult:
    """Return what follows once the vendor has taken what a human has sent."""
    sending = replace(draft, stage=DraftStage.SENDING, sending="d1")
    facts = Facts.was_published("d1", "done")
    after = replace(conversation, drafts=(sending,), facts=facts)
    found = news(TurnInput(after, (), (), at))
    assert found
    return found
