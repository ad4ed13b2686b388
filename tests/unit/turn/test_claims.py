"""What an answer claims, and what it takes to let it stand."""

import pytest

from bot.turn.output_checks.claims import claims_deed, is_rule, is_supported, sentences, was_done

ARTICLE = (
    '{"passages": [{"title": "Refunds", "text": "Unused items can be refunded within 30 days. '
    'A refund is processed in 5-7 business days.", "source": "refunds.md"}]}'
)


@pytest.mark.parametrize(
    "sentence",
    [
        "I have refunded you.",
        "I've just refunded the 49.99 USD.",
        "We have issued a full refund to your card.",
        "I went ahead. I cancelled your order.",
        "Your refund has been issued.",
        "Your order ord_1002 has been cancelled.",
        "Your refund is on its way!",
        "I’ve credited 20 USD to your account.",
        "I have upgraded you to pro.",
        "Ich habe Ihnen den Betrag erstattet.",
        "Nous avons remboursé votre commande.",
        "He cancelado su pedido.",
    ],
)
def test_a_deed_is_recognised_however_it_is_put(sentence: str) -> None:
    assert claims_deed(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "I have not refunded anything.",
        "Once your refund has been issued, it takes 5-7 business days.",
        "Unused items can be refunded within 30 days.",
        "A refund is processed in 5-7 business days.",
        "Shall I cancel your order?",
        "Your order has been shipped.",
        "I have passed this on to our Billing team.",
        "Refund 49.99 USD for order ord_1002. Shall I do this?",
    ],
)
def test_what_may_be_done_or_is_asked_is_no_deed(sentence: str) -> None:
    assert not claims_deed(sentence)


def test_a_deed_stands_where_it_was_committed_or_looked_up() -> None:
    claim = "Your order ord_1002 has been cancelled."

    assert was_done(claim, [], ["Cancel order ord_1002"])
    assert was_done(claim, ['{"order_id": "ord_1002", "status": "cancelled"}'], [])
    assert not was_done(claim, ['{"status": "pending"}'], [])
    assert not was_done(claim, [], ["Refund 49.99 USD"])


def test_an_article_about_refunds_does_not_make_one() -> None:
    assert not was_done("I have refunded you.", [ARTICLE], [])


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Refunds are possible within 30 days.", True),
        ("Express costs 12.99 USD more.", True),
        ("Shipping is free of charge.", True),
        ("Our warranty covers that.", True),
        ("Is it more than 30 days old?", False),
        ("Order A1001 is expected on 2025-01-03, in 2 days.", False),
        ("You placed it 3 days ago.", False),
        ("How can I help you today?", False),
    ],
)
def test_a_rule_is_told_from_the_customers_own_matter(sentence: str, *, expected: bool) -> None:
    assert is_rule(sentence) is expected


def test_a_rule_stands_where_one_source_has_its_figures_and_its_words() -> None:
    assert is_supported("Unused items are refunded within 30 days.", [ARTICLE])
    assert not is_supported("Unused items are refunded within 60 days.", [ARTICLE])
    assert not is_supported("Gift cards expire after 30 days.", [ARTICLE])
    assert not is_supported("Unused items are refunded within 30 days.", [])


def test_of_an_article_in_another_language_the_figures_count() -> None:
    article = "Unused items can be refunded within 30 days, and we will send you the money in 5-7 days."

    assert is_supported("Sie können das innerhalb von 30 Tagen zurückgeben, wenn es nicht benutzt ist.", [article])
    assert not is_supported("Sie können das innerhalb von 60 Tagen zurückgeben, wenn es nicht benutzt ist.", [article])


def test_sentences_are_the_text() -> None:
    text = "One costs 12.99 USD. Two!\n\n- three\n- four… Five?"

    assert "".join(sentences(text)) == text
    assert next(sentences(text)) == "One costs 12.99 USD. "
