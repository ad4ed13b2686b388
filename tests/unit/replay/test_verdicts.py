"""Each verdict follows from hard facts; a recommendation from its stated rule."""

import pytest

from bot.replay.advice import Tally, recommend
from bot.replay.answers import DeskAnswer, Handed, Proposed, load_answer
from bot.replay.verdicts import Human, Outcome, judge

ACTIONS = ("propose_refund", "propose_cancel", "propose_reship")
REFUNDED = Human("I've refunded 89.00 USD for order A1001.", "Billing", "normal")
REFUSED = Human("Unfortunately I cannot refund order ord_2001, it is outside the 30 days.")


def refund(amount: str = "89.00", subject: str = "A1001") -> DeskAnswer:
    text = f"**Refund of {amount} USD for order {subject}.** Shall I do this?"
    return DeskAnswer(text, "billing", proposed=(Proposed("propose_refund", subject, amount),))


def said(text: str, specialist: str = "billing") -> DeskAnswer:
    return DeskAnswer(text, specialist)


@pytest.mark.parametrize(
    ("human", "answer", "outcome", "agrees"),
    [
        (REFUNDED, refund(), "acts", True),
        (REFUNDED, refund("45.00"), "wrong", False),
        (REFUNDED, refund(subject="A1002"), "wrong", False),
        (REFUNDED, DeskAnswer("Cancel?", "orders", proposed=(Proposed("propose_cancel", "A1001"),)), "wrong", False),
        (REFUSED, refund("999.99", "ord_2001"), "wrong", False),
        (Human("Thanks for asking!"), refund(), "acts", None),
        (REFUNDED, said("Your order A1001 is on its way."), "settles", False),
        (REFUNDED, said("I cannot refund order A1001, it is too late."), "wrong", False),
        (Human("It takes 5-7 days."), said("A refund takes 5–7 business days."), "settles", True),
        (Human("The refund takes 14 days."), said("A refund takes 5–7 days."), "wrong", False),
        (Human("Under Account > Billing."), said("You find it under Account > Billing."), "settles", None),
        (Human("Which order do you mean?"), said("Which of your orders do you mean?"), "asks_back", True),
        (Human("It takes 5 days."), said("Which of your orders do you mean?"), "asks_back", False),
        (Human("Please send us the error text."), said("Please tell me the steps that lead to it."), "asks_back", True),
        (REFUNDED, said("Bitte nennen Sie mir die Bestellnummer."), "asks_back", False),
        (Human("No."), said("I can't help with that here.", ""), "asks_back", None),
        (REFUNDED, DeskAnswer("", "billing", handed=Handed("Billing", "normal")), "hands_over", True),
        (REFUNDED, DeskAnswer("", "billing", handed=Handed("Billing", "urgent")), "hands_over", False),
        (REFUNDED, DeskAnswer("", "billing", handed=Handed("Support", "normal")), "hands_over", False),
        (Human("ok"), DeskAnswer("", "billing", handed=Handed("Support", "normal")), "hands_over", None),
        (REFUNDED, DeskAnswer(trouble="merged"), "not_comparable", None),
    ],
)
def test_a_verdict_follows_from_the_facts(
    human: Human, answer: DeskAnswer, outcome: Outcome, agrees: bool | None
) -> None:
    found = judge(human, answer, ACTIONS)
    assert (found.outcome, found.agrees) == (outcome, agrees)


@pytest.mark.parametrize(
    "text",
    [
        "Your order arrives in 2 days. Is there anything else I can help with?",
        "Ihre Bestellung kommt in 2 Tagen. Kann ich sonst noch etwas für Sie tun?",
        "It takes 5 days. Please let me know if you have any other questions.",
        "Your parcel arrives in 2 days. Would you like me to tell the carrier?",
    ],
)
def test_a_courtesy_asks_nothing(text: str) -> None:
    assert judge(Human("In 2 days."), said(text), ACTIONS).outcome == "settles"


def test_an_amount_weighs_more_than_a_date() -> None:
    dear = judge(Human("Express costs 9.99 USD."), said("Express costs 12.99 USD."), ACTIONS)
    late = judge(Human("It arrives on 3 November."), said("It arrives on 5 November."), ACTIONS)
    assert (dear.is_about_money, late.is_about_money) == (True, False)


def test_an_answer_is_read_as_it_was_recorded() -> None:
    answer = DeskAnswer(
        *("text", "billing", ("lookup",), ("found",), (Proposed("propose_refund", "A1001", "89.00"),)),
        Handed("Billing", "high", "why"),
        {"tickets": 1},
        42,
        1.5,
    )
    assert load_answer(answer.dump()) == answer


@pytest.mark.parametrize(
    ("tally", "advice"),
    [
        (Tally(60, 0, 0, 40), "public"),
        (Tally(60, 1, 0, 40), "public"),
        (Tally(60, 1, 1, 40), "draft"),
        (Tally(49, 0, 0, 40), "draft"),
        (Tally(60, 4, 0, 40), "draft"),
        (Tally(60, 0, 0, 15), "draft"),
        (Tally(60, 14, 0, 40), "leave"),
        (Tally(60, 0, 0, 4), "leave"),
        (Tally(3, 0, 0, 3), "draft"),
        (Tally(1, 1, 1, 0), "draft"),
        (Tally(0, 0, 0, 0), "draft"),
    ],
)
def test_a_recommendation_follows_from_its_rule(tally: Tally, advice: str) -> None:
    assert recommend(tally)[0] == advice
