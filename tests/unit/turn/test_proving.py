"""A one-time code: who it is bound to, how long, how often, and what is never said of it."""

import pytest

from bot.desk.tools.customer import Customer
from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage
from bot.domain.identity import CODE_SECONDS, MOST_CODES, MOST_TRIES, Proof, locked
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ports import Profile
from bot.store.codec import dump, load_conversation
from bot.turn.context import Batch, TurnInput, batch_of
from bot.turn.handoff.request import Requester
from bot.turn.identity.proving import (
    REFUSED,
    AddressGiven,
    Challenge,
    CodeTried,
    answer_to_asking,
    kept,
    limited,
    masked,
    proven,
    question_again,
    send_code,
    try_code,
)
from bot.turn.texts import say

NOW, DAY = 1_000_000.0, 86_400.0
OLEG, MARCUS = Author(AuthorId("slack:T1:U1"), "Oleg"), Author(AuthorId("slack:T1:U2"), "Marcus")
SARAH = Customer("cust_001", "Sarah Chen", "sarah.chen@example.com")
QUESTION = "where is my order A1001?"


def line(text: str, author: Author = OLEG, *, flagged: bool = False, verified: bool = False) -> CustomerMessage:
    return CustomerMessage(
        "m1", ConversationId("slack:T1:D1:1.0"), author, text, NOW, flagged=flagged, verified=verified
    )


def waiting(conversation: Conversation, now: float = NOW) -> TurnInput:
    return TurnInput(conversation, [line("x")], [], now)


def begun(customer: Customer | None = SARAH, conversation: Conversation | None = None) -> tuple[Conversation, str]:
    """A conversation in which a code was sent, and the code."""
    asked = Batch([line(QUESTION)], Requester(OLEG, Profile(OLEG.id, OLEG.name)))
    given = conversation or Conversation(ConversationId("slack:T1:D1:1.0"))
    asking = send_code(waiting(given), asked, "sarah.chen@example.com", customer)
    assert asking is not None
    return asking.conversation, asking.after[0].code


def tries(conversation: Conversation, text: str, now: float = NOW) -> Challenge | Proof:
    told = answer_to_asking(conversation, [line(text)], now)
    assert isinstance(told, CodeTried)
    return try_code(waiting(conversation, now), told)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.parametrize("form", ["{0}{1}", "{0} {1}", "{0}-{1}", "my code is {0}{1}.", "{0}{1}\n> 111222\n-- \nOleg"])
def test_the_right_code_opens_in_every_form_people_write_it(form: str) -> None:
    conversation, code = begun()
    proof = tries(conversation, form.format(code[:3], code[3:]))
    assert isinstance(proof, Proof)
    assert (proof.is_proven, proof.customer, proof.question, proof.lock) == (True, "cust_001", QUESTION, "")


def test_the_code_stands_nowhere_in_the_conversation() -> None:
    conversation, code = begun()
    assert code not in dump(conversation)
    assert load_conversation(conversation.id, dump(conversation)) == conversation
    assert [message.text for message in masked(conversation, [line(f"it is {code}")])] == ["it is ••••••"]


def test_nobody_elses_line_is_a_code() -> None:
    conversation, code = begun()
    assert answer_to_asking(conversation, [line(code, MARCUS)], NOW) is None
    assert proven(conversation, [line(code, MARCUS)], NOW, DAY) is None


def test_after_five_wrong_ones_the_right_one_is_no_use() -> None:
    conversation, code = begun()
    for _ in range(MOST_TRIES):
        result = tries(conversation, wrong(code))
        assert isinstance(result, Challenge)
        conversation = result.conversation
    assert isinstance(result, Challenge)
    assert result.text == say("identity.spent", "en")
    assert tries(conversation, code) == Challenge(conversation, say("identity.gone", "en"), REFUSED)


def test_after_ten_minutes_the_right_one_is_no_use() -> None:
    conversation, code = begun()
    assert isinstance(tries(conversation, code, NOW + CODE_SECONDS), Proof)
    assert tries(conversation, code, NOW + CODE_SECONDS + 1) == Challenge(
        conversation, say("identity.gone", "en"), REFUSED
    )


def test_a_new_code_takes_the_place_of_the_old_one() -> None:
    first, code = begun()
    second, other = begun(conversation=first)
    assert code != other
    assert isinstance(tries(second, code), Challenge)
    assert isinstance(tries(second, other), Proof)


def test_a_used_code_is_no_code() -> None:
    conversation, code = begun()
    proof = tries(conversation, code)
    assert isinstance(proof, Proof)
    assert answer_to_asking(kept(conversation, proof), [line(code)], NOW) is None


def test_several_numbers_at_once_are_no_try() -> None:
    conversation, code = begun()
    result = tries(conversation, f"{wrong(code)} {code} {wrong(wrong(code))}")
    assert result == Challenge(conversation, say("identity.alone", "en"), REFUSED)


def test_an_unknown_address_is_told_the_same_and_nothing_opens_it() -> None:
    asked = Batch([line(QUESTION)], Requester(OLEG, Profile(OLEG.id, OLEG.name)))
    known, unknown = [
        send_code(waiting(Conversation(ConversationId("c"))), asked, "a@b.example", customer)
        for customer in (SARAH, None)
    ]
    assert known is not None
    assert unknown is not None
    assert known.text == unknown.text == say("identity.sent", "en")
    assert len(unknown.after) == 1
    assert (unknown.after[0].email, unknown.after[0].code) == ("", "")
    nobodys = Proof(OLEG.id, customer="", lock=locked(OLEG.id, "123456"), at=NOW)
    assert isinstance(tries(kept(unknown.conversation, nobodys), "123456"), Challenge)


def test_so_many_codes_and_then_a_human() -> None:
    conversation = Conversation(ConversationId("c"))
    for _ in range(MOST_CODES):
        conversation, _code = begun(conversation=conversation)
    asked = Batch([line(QUESTION)], Requester(OLEG, Profile(OLEG.id, OLEG.name)))
    assert send_code(waiting(conversation), asked, "sarah.chen@example.com", SARAH) is None


def test_the_address_that_was_asked_for_needs_no_model() -> None:
    conversation, _ = begun()
    told = answer_to_asking(conversation, [line("it is Sarah.Chen@example.com")], NOW)
    assert isinstance(told, AddressGiven)
    assert told.email == "sarah.chen@example.com"
    assert answer_to_asking(conversation, [line("a@b.example or c@d.example")], NOW) is None
    assert answer_to_asking(conversation, [line("what does shipping cost?")], NOW) is None


def test_a_proof_counts_for_its_author_for_so_long_and_for_no_line_that_zendesk_doubts() -> None:
    conversation = kept(Conversation(ConversationId("c")), Proof(OLEG.id, "cust_001", at=NOW, is_proven=True))
    assert proven(conversation, [line("hi")], NOW + DAY, DAY)
    assert proven(conversation, [line("hi")], NOW + DAY + 1, DAY) is None
    assert proven(conversation, [line("hi"), line("yes", flagged=True)], NOW, DAY) is None


def test_a_doubted_line_never_shares_a_turn_with_a_trusted_one() -> None:
    first, second = line("hi", verified=True), line("yes", flagged=True)
    assert batch_of([first, second]) == [first]
    assert batch_of([second, first]) == [second]


def test_the_model_reads_the_question_and_not_the_code() -> None:
    conversation, code = begun()
    proof = tries(conversation, code)
    assert isinstance(proof, Proof)
    [again] = question_again([line(code)], proof)
    assert code not in again.text
    assert QUESTION in again.text


def test_a_code_that_never_went_out_opens_nothing() -> None:
    conversation, code = begun()
    told = answer_to_asking(conversation, [line(code)], NOW)
    assert isinstance(told, CodeTried)

    assert isinstance(try_code(waiting(conversation), told, was_sent=False), Challenge)


def test_too_many_codes_leave_nothing_to_open_and_sound_the_same_for_every_address() -> None:
    asked = Batch([line("sarah.chen@example.com")], Requester(OLEG, Profile(OLEG.id, OLEG.name)))
    told = [limited(waiting(begun(customer)[0]), asked) for customer in (SARAH, None)]

    assert {each.text for each in told} == {say("identity.limited", "en")}
    assert [each.after for each in told] == [(), ()]
    assert [each.conversation.proofs[0].lock for each in told] == ["", ""]
