"""Drafts as a conversation keeps them: the newest few, stored and read again, unsettled ones never lost."""

from dataclasses import replace

from bot.domain.conversation import Conversation
from bot.domain.drafts import KEPT_DRAFTS, Draft, DraftKind, DraftStage, settled, with_draft
from bot.domain.identity import Proof
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.proposals import Proposal
from bot.store.codec import dump, load_conversation

NAME = ConversationId("zendesk:7")
SARAH = AuthorId("zendesk:1")
OFFER = Proposal("p1", "refund", "{}", SARAH, "cust_001", "ord_1001", "Refund 20.00 USD")
DRAFT = Draft(
    "d1",
    "It arrives on Monday.",
    "shipping",
    12.5,
    kind=DraftKind.ANSWER,
    recipient=SARAH,
    sources=("Delivery times",),
    entries=('{"role":"assistant","text":"It arrives on Monday."}',),
    effects=('{"kind":"reply","id":"x"}',),
    proposals=(OFFER,),
    proofs=(Proof(SARAH, "cust_001"),),
)


def test_a_draft_is_stored_with_all_that_hangs_on_its_sending() -> None:
    before = Conversation(NAME, drafts=(DRAFT,))
    after = load_conversation(NAME, dump(before))
    assert after == before
    assert after.draft == DRAFT


def test_a_state_from_before_there_were_drafts_has_none() -> None:
    assert load_conversation(NAME, '{"owner":"bot","turns":3}').drafts == ()


def test_the_newest_open_draft_is_the_one_that_is_decided_on() -> None:
    old, new = DRAFT, replace(DRAFT, id="d2")
    both = with_draft((old,), new)
    assert Conversation(NAME, drafts=both).draft == new
    assert Conversation(NAME, drafts=with_draft(both, settled(new, DraftStage.DISCARDED, 20.0))).draft == old


def test_what_hung_on_a_draft_is_forgotten_once_it_is_settled_and_its_words_are_not() -> None:
    over = settled(DRAFT, DraftStage.SENT, 30.0, "Alex")
    assert (over.entries, over.effects, over.proposals, over.proofs) == ((), (), (), ())
    assert (over.text, over.settled_by, over.settled_at) == (DRAFT.text, "Alex", 30.0)
    assert over.is_settled


def test_of_many_drafts_the_newest_few_are_kept_and_every_unsettled_one() -> None:
    kept: tuple[Draft, ...] = (DRAFT,)
    for number in range(2, 20):
        kept = with_draft(kept, settled(replace(DRAFT, id=f"d{number}"), DraftStage.SUPERSEDED, 1.0))
    assert len(kept) == KEPT_DRAFTS + 1
    assert kept[0] == DRAFT


def test_an_outcome_of_a_newer_version_is_kept_and_is_no_open_draft() -> None:
    state = dump(Conversation(NAME, drafts=(DRAFT,))).replace('"stage":"open"', '"stage":"translated"')
    again = load_conversation(NAME, state)
    assert again.draft is None
    assert '"stage":"translated"' in dump(again)


def test_a_conversation_stays_while_a_draft_waits_for_somebody() -> None:
    open_one, sent = Conversation(NAME, drafts=(DRAFT,)), replace(DRAFT, stage=DraftStage.SENT)
    assert open_one.must_stay
    assert not replace(open_one, drafts=(sent,)).must_stay
