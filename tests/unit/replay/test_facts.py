"""Facts are read in four languages, and contradict each other only about one thing."""

import pytest

from bot.replay.deeds import deeds_in
from bot.replay.facts import compare, facts_in
from bot.replay.intervals import Share, kappa

ACTIONS = ("propose_refund", "propose_cancel", "propose_reship", "propose_credit", "propose_plan_change")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("89.00 USD", ["89.00 USD"]),
        ("$1,299.00", ["1299.00 USD"]),
        ("1.299,50 €", ["1299.50 EUR"]),
        ("12,99 Euro", ["12.99 EUR"]),
        ("5–7 business days", ["5-7 day"]),
        ("5 bis 7 Werktage", ["5-7 day"]),
        ("entre 5 à 7 jours ouvrés", ["5-7 day"]),
        ("10-14 días hábiles", ["10-14 day"]),
        ("two weeks", ["14-14 day"]),
        ("24 hours", ["1-1 day"]),
        ("within 2 minutes", ["2-2 minute"]),
        ("on 2026-11-03", ["11-3"]),
        ("am 3.11.2026", ["11-3"]),
        ("on 3 November", ["11-3"]),
        ("on Nov 3rd", ["11-3"]),
        ("le 3 août", ["8-3"]),
        ("20 % off", ["20"]),
        ("order A1001 and [number-2]", ["a1001", "[number-2]"]),
        ("Hi [person-1], thanks", []),
        ("I may help 7 of you", []),
    ],
)
def test_a_fact_is_read_whatever_its_form(text: str, values: list[str]) -> None:
    assert sorted(fact.value for fact in facts_in(text)) == sorted(values)


@pytest.mark.parametrize(
    ("human", "desk"),
    [
        ("Express costs 9.99 USD more.", "Express shipping costs 12.99 USD more."),
        ("The reset link arrives within 24 hours.", "The reset link arrives within 2 minutes."),
        ("Your account is deleted within 14 days.", "An account is deleted within 30 days after the request."),
        ("Der Versand dauert 3 Tage.", "Der Versand dauert 5-7 Tage."),
        ("Your order arrives on 3 November.", "Your order arrives on 2026-11-05."),
    ],
)
def test_two_figures_about_one_thing_contradict_each_other(human: str, desk: str) -> None:
    agreed, against = compare(facts_in(human), facts_in(desk))
    assert (agreed, len(against)) == ([], 1)


@pytest.mark.parametrize(
    ("human", "desk"),
    [
        ("The refund takes 5-7 business days.", "It can be refunded within 30 days. A refund takes 5–7 business days."),
        ("The parcel arrives in 2 days.", "A refund can be asked for within 30 days of the purchase."),
        ("It costs 12,99 USD.", "Standard takes 5–7 days. Express costs 12.99 USD more."),
        ("Order A1001 is on its way.", "Order A1001 was placed on 2026-10-29."),
        ("Yes, we do.", "It takes 5 days."),
    ],
)
def test_figures_about_other_things_do_not(human: str, desk: str) -> None:
    assert compare(facts_in(human), facts_in(desk))[1] == []


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("I've refunded 89.00 USD for order A1001.", ("refund", True)),
        ("Ich habe 89,00 USD erstattet.", ("refund", True)),
        ("Nous avons remboursé votre commande.", ("refund", True)),
        ("Hemos reembolsado su pedido.", ("refund", True)),
        ("Order ord_1002 has been cancelled.", ("cancel", True)),
        ("Die Bestellung ord_1002 wurde storniert.", ("cancel", True)),
        ("I've sent a replacement today.", ("reship", True)),
        ("Unfortunately I cannot refund it, it is outside the 30 days.", ("refund", False)),
        ("Leider können wir das nicht erstatten.", ("refund", False)),
        ("We have put a credit of 20.00 USD on your account.", ("credit", True)),
    ],
)
def test_what_people_did_is_read_from_their_words(text: str, deed: tuple[str, bool]) -> None:
    assert [(each.action, each.is_done) for each in deeds_in(text, ACTIONS)] == [deed]


@pytest.mark.parametrize(
    "text",
    [
        "You can ask for a refund under Orders > Request Refund.",
        "Refunds are processed in 5-7 business days.",
        "If you want a refund, tell me.",
        "Shall I cancel it?",
        "We take credit cards.",
    ],
)
def test_what_may_be_done_was_not(text: str) -> None:
    assert deeds_in(text, ACTIONS) == []


def test_an_interval_is_wilsons() -> None:
    share = Share(8, 10)
    assert (round(share.low, 3), round(share.high, 3)) == (0.490, 0.943)
    assert (Share(0, 50).low, round(Share(0, 50).high, 3), Share(0, 0).high) == (0.0, 0.071, 1.0)


def test_agreement_is_more_than_chance() -> None:
    assert kappa([("a", "a"), ("b", "b")]) == 1.0
    assert kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == 0.0
    assert kappa([("a", "a")]) is None
