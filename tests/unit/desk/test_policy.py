"""The rules of the store desk, and what follows from them."""

import pytest
from pydantic import ValidationError

from bot.desk import load_desk
from bot.desk.policy.policy import (
    Policy,
    group_for,
    is_plain_thanks,
    is_staff,
    matches_escalation,
    names_person,
    priority_of,
    promise,
)
from bot.desk.policy.sections import Rule

STORE = load_desk("store").policy


@pytest.mark.parametrize(
    ("wanted", "texts", "plan", "priority"),
    [
        (None, ["where is my order?"], "pro", "normal"),
        ("", [], "", "normal"),
        ("nonsense", ["hello"], "free", "normal"),
        ("low", ["hello"], "pro", "low"),
        ("low", ["hello"], "enterprise", "normal"),
        (None, ["hello"], "enterprise", "high"),
        ("normal", ["hello"], "enterprise", "high"),
        ("high", ["hello"], "enterprise", "urgent"),
        ("urgent", ["hello"], "enterprise", "urgent"),
        (" High ", ["hello"], "pro", "high"),
        ("low", ["this is unacceptable"], "pro", "high"),
        ("normal", ["hello", "I want a manager"], "pro", "high"),
        ("urgent", ["I want a manager"], "pro", "urgent"),
        ("low", ["this is fraud"], "pro", "urgent"),
        (None, ["my lawyer will call you"], "free", "urgent"),
        (None, ["I want a manager"], "enterprise", "urgent"),
        ("low", ["what is your enterprise pricing?"], "pro", "normal"),
    ],
)
def test_priority_is_the_higher_of_wish_and_rules_and_one_step_up_for_enterprise(
    wanted: str | None, texts: list[str], plan: str, priority: str
) -> None:
    assert priority_of(STORE, wanted, texts, plan) == priority


@pytest.mark.parametrize(
    ("priority", "text"),
    [
        ("urgent", "within 15 minutes"),
        ("high", "within 15 minutes"),
        ("normal", "within 4 hours"),
        ("low", "within 1 business day"),
    ],
)
def test_every_priority_has_its_promise(priority: str, text: str) -> None:
    monday_ten = 1_794_823_200.0  # 2026-11-16T10:00Z

    assert promise(STORE, priority, monday_ten).text == text


@pytest.mark.parametrize(
    ("topic", "group"),
    [
        ("billing", "Billing"),
        ("Refund", "Billing"),
        ("refund outside the window", "Billing"),
        ("technical", "Technical"),
        ("API error", "Technical"),
        ("shipping", "Shipping"),
        ("delivery-delay", "Shipping"),
        ("legal", "Escalations"),
        ("fraud", "Escalations"),
        ("enterprise_pricing", "Escalations"),
        ("enterprise pricing question", "Escalations"),
        ("something else", "Support"),
        ("orders", "Support"),
        ("general", "Support"),
        ("", "Support"),
        ("illegal", "Support"),
    ],
)
def test_a_topic_finds_its_group_by_name_by_a_word_or_takes_the_default(topic: str, group: str) -> None:
    assert group_for(STORE, topic) == group


@pytest.mark.parametrize(
    ("text", "reason", "priority", "topic"),
    [
        ("I want a manager", "Customer asked for a human", "high", ""),
        ("This is unacceptable, I want a manager", "Customer asked for a human", "high", ""),
        ("can I speak to a human?", "Customer asked for a human", "high", ""),
        ("please let me talk to someone", "Customer asked for a human", "high", ""),
        ("Manager please!", "Customer asked for a human", "high", ""),
        ("Ich möchte mit einem Menschen sprechen", "Customer asked for a human", "high", ""),
        ("This is unacceptable.", "Customer is upset", "high", ""),
        ("that’s ridiculous", "Customer is upset", "high", ""),
        ("I’m FURIOUS", "Customer is upset", "high", ""),
        ("worst support ever", "Customer is upset", "high", ""),
        ("I'll take legal action", "Legal matter", "urgent", "legal"),
        ("my attorney's letter is on its way", "Legal matter", "urgent", "legal"),
        ("this is ridiculous, I will sue you", "Legal matter", "urgent", "legal"),
        ("there is an unauthorized charge on my card", "Possible fraud", "urgent", "fraud"),
        ("I never made this purchase", "Possible fraud", "urgent", "fraud"),
        ("this looks fraudulent", "Possible fraud", "urgent", "fraud"),
        ("what does enterprise pricing look like?", "Enterprise pricing", "normal", "enterprise pricing"),
    ],
)
def test_words_that_bring_a_human(text: str, reason: str, priority: str, topic: str) -> None:
    rule = matches_escalation(STORE, text)

    assert rule is not None
    assert (rule.reason, rule.priority, rule.topic) == (reason, priority, topic)


@pytest.mark.parametrize(
    "text",
    [
        "where is my order A1001?",
        "and can I return it?",
        "I need to return an item I bought 45 days ago and your system won't let me",
        "is it legal to ship batteries to Canada?",
        "which password manager do you support?",
        "I am the project manager of our team, please reset my password",
        "my issue is with the invoice",
        "how do I add a person to my plan?",
        "it never arrived",
        "I'm on the enterprise plan, where is A1002?",
    ],
)
def test_words_that_bring_nobody(text: str) -> None:
    assert matches_escalation(STORE, text) is None


def test_a_rule_may_only_raise_the_priority() -> None:
    rule = Rule(reason="in a hurry", phrases=("urgent*",), priority="urgent", escalate=False)
    policy = STORE.model_copy(update={"escalation": STORE.escalation.model_copy(update={"rules": (rule,)})})

    assert matches_escalation(policy, "this is urgent") is None
    assert priority_of(policy, "low", ["this is urgently needed"]) == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "Thanks!",
        "thank you so much!!",
        "Thank you 🙏",
        "ok, thanks",
        "perfect, thank you very much",
        "Great, that works now. Thanks a lot!",
        "thanks for your help",
        "thanks for the quick reply, have a nice day!",
        "thx",
        "Thanks, that’s all I needed.",
        "No, that's all. Thanks!",
        "many thanks again",
        "Danke!",
        "vielen Dank für die schnelle Hilfe",
        "Super, danke schön",
        "Merci beaucoup !",
        "parfait, merci",
        "Muchas gracias",
        "gracias por tu ayuda",
        "> where is my order?\nThanks!",
        "Thank you!\n-- \nSarah Chen\nAcme Ltd, questions? call us",
    ],
)
def test_a_plain_thanks_is_understood_in_every_language_of_the_desk(text: str) -> None:
    assert is_plain_thanks(STORE, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "perfect",
        "yes",
        "no thanks",
        "no, thank you",
        "thanks, but it still does not work",
        "thanks for nothing",
        "Thanks. And where is A1002?",
        "thanks?",
        "can you refund me? thanks",
        "thanks in advance",
        "thanks, I want a refund",
        "danke, aber es geht nicht",
        "👍",
        "> thanks",
        "that's all " * 400 + "thanks for nothing",
    ],
)
def test_what_asks_for_more_or_declines_is_no_plain_thanks(text: str) -> None:
    assert not is_plain_thanks(STORE, text)


def test_only_the_desks_languages_are_listened_for() -> None:
    english = STORE.model_copy(update={"languages": ("en",)})

    assert is_plain_thanks(english, "thanks")
    assert not is_plain_thanks(english, "danke")


@pytest.mark.parametrize(
    ("staff", "author", "email", "expected"),
    [
        ((), "slack:T1:U1", "ann@acme.com", False),
        (("ann@acme.com",), "slack:T1:U1", "Ann@Acme.com", True),
        (("ann@acme.com",), "slack:T1:U1", "bob@acme.com", False),
        (("*@acme.com",), "slack:T1:U1", "bob@acme.com", True),
        (("*@acme.com",), "slack:T1:U1", "bob@notacme.com", False),
        (("*@acme.com",), "slack:T1:U1", "", False),
        (("U1",), "slack:T1:U1", "", True),
        (("U1",), "slack:T1:U12", "", False),
        (("slack:T1:U1",), "slack:T2:U1", "", False),
        (("slack:T1:U1",), "slack:T1:U1", "", True),
    ],
)
def test_staff_is_named_by_address_company_or_slack_id(
    staff: tuple[str, ...], author: str, email: str, expected: bool
) -> None:
    policy = STORE.model_copy(update={"staff": staff})

    assert is_staff(policy, author, email) is expected


def test_anyone_may_approve_where_the_desk_says_so() -> None:
    assert STORE.approvers == "anyone"
    assert names_person(STORE.approvers, "slack:T1:U1", "")
    assert not names_person(("U2",), "slack:T1:U1", "")


def test_a_policy_names_what_is_wrong_with_it() -> None:
    given = STORE.model_dump(mode="json") | {
        "languages": ["en", "xx"],
        "business_hours": {"open": "09:00", "close": "17:00"},
        "promises": {"urgent": "15 minutes", "high": "15 minutes", "normal": "4 hours", "low": "1 business day"},
    }

    with pytest.raises(ValidationError, match="xx: the rules speak de, en, es, fr"):
        Policy.model_validate(given)


def test_a_topic_in_two_groups_is_refused() -> None:
    given = STORE.model_dump(mode="json") | {
        "groups": {"Billing": ["refund"], "Support": ["Refund"]},
        "business_hours": {"open": "09:00", "close": "17:00"},
        "promises": {"urgent": "15 minutes", "high": "15 minutes", "normal": "4 hours", "low": "1 business day"},
    }

    with pytest.raises(ValidationError, match="refund stands in two groups"):
        Policy.model_validate(given)


def test_brackets_of_a_phrase_must_match() -> None:
    with pytest.raises(ValidationError, match="brackets"):
        Rule(reason="x", phrases=("(speak to",))
