"""What an administrator is told of an account, and what is no reason to."""

from typing import Any

import pytest

from integrations.zendesk.setup.cautions import account_cautions, permission_cautions, webhook_cautions
from integrations.zendesk.setup.found import Found
from integrations.zendesk.setup.wanted import SUBSCRIPTIONS, Json, pieces

URL = "https://support.example.com"
WEBHOOK = pieces(URL, [])[0]
ALL: dict[Any, Any] = {"webhook": [], "trigger": [], "macro": [], "view": [], "group": []}


def mails(*conditions: Json, active: bool = True, whom: str = "requester_id") -> Json:
    """A trigger that mails somebody."""
    actions = [{"field": "notification_user", "value": [whom, "s", "b"]}]
    return {"id": 1, "active": active, "actions": actions, "conditions": {"all": list(conditions), "any": []}}


def when(field: str, value: str, operator: str = "is") -> Json:
    return {"field": field, "operator": operator, "value": value}


def account(**known: Any) -> Found:
    defaults: dict[str, Any] = {"me": {"role": "admin"}, "lists": ALL | {"trigger": [mails()]}}
    return Found(**defaults | known)


def told(found: Found) -> list[str]:
    return [str(line) for line in account_cautions(found)]


def test_an_account_without_surprises_gets_no_word() -> None:
    assert told(account(fields=[], brands=[{"id": 1, "name": "Acme"}], own_brands=frozenset({1}), statuses=[])) == []


def test_a_warning_is_no_finding() -> None:
    found = account(fields=[{"title": "Region", "type": "tagger", "required": True}])

    assert [line.is_finding for line in account_cautions(found)] == [False]
    assert told(found)[0].startswith("WARN  Zendesk fields: “Region” is required")


def test_a_brand_is_named_that_the_bot_does_not_work_for() -> None:
    brands = [{"id": 1, "name": "Acme"}, {"id": 2, "name": "Acme Pro"}, {"id": 3, "name": "Old", "active": False}]

    assert [
        ("Acme Pro" in line, "Old" in line) for line in told(account(brands=brands, own_brands=frozenset({1})))
    ] == [(True, False)]
    assert "do not tell" in told(account(brands=brands, own_brands=None))[0]
    assert told(account(brands=brands[:1], own_brands=None)) == []


def test_own_statuses_are_named_and_the_defaults_are_not() -> None:
    statuses = [
        {"agent_label": "Open", "active": True, "default": True},
        {"agent_label": "Waiting for parts", "active": True, "default": False},
        {"agent_label": "Gone", "active": False, "default": False},
    ]
    [line] = told(account(statuses=statuses))

    assert "(Waiting for parts)" in line


@pytest.mark.parametrize(
    ("trigger", "is_told"),
    [
        (mails(), True),
        (mails(when("update_type", "Change"), when("comment_is_public", "requester_can_see_comment")), True),
        (mails(when("update_type", "Create", "is_not"), when("role", "agent")), True),
        (mails(when("current_tags", "frontdesk_slack", "not_includes")), True),
        (mails(when("update_type", "Create")), False),
        (mails(when("role", "end_user")), False),
        (mails(when("comment_is_public", "not_requester_can_see_comment")), False),
        (mails(when("current_tags", "frontdesk_slack", "includes")), False),
        (mails(active=False), False),
        (mails(whom="assignee_id"), False),
    ],
)
def test_replies_that_nobody_mails_are_told(trigger: Json, is_told: bool) -> None:
    lines = told(account(lists=ALL | {"trigger": [trigger]}))

    assert [line for line in lines if "no trigger mails" in line] == [] if is_told else lines != []


def permissions(found: Found, *kinds: Any) -> list[str]:
    return [f"{line.what}: {line.problem}; {line.mend}" for line in permission_cautions(found, set(kinds))]


def test_an_administrator_with_whole_scopes_may_do_all_of_it() -> None:
    assert permissions(account(scopes=frozenset({"read", "write"})), "trigger", "group", "macro", "view") == []


def test_what_a_token_may_not_do_is_told_with_what_to_grant() -> None:
    agent = account(me={"role": "agent"}, lists=ALL | {"webhook": None}, scopes=frozenset({"read"}))

    lines = permissions(agent, "trigger", "macro")

    assert [line.partition(":")[0] for line in lines] == [
        "Zendesk webhook",
        "Zendesk token",
        "Zendesk triggers",
        "Zendesk macros",
    ]
    assert "scopes read and write" in lines[1]
    assert "permission to manage triggers" in lines[2]


def test_of_a_list_that_is_too_long_the_permission_is_not_blamed() -> None:
    long: frozenset[Any] = frozenset({"macro", "webhook"})

    lines = permissions(account(lists=ALL | {"macro": None, "webhook": None}, too_long=long))

    assert [line.partition(",")[0] for line in lines] == [
        "Zendesk macros: there are more macros than a setup reads",
        "Zendesk webhooks: there are more webhooks than a setup reads",
    ]


def test_a_custom_role_that_allows_it_is_no_reason_for_a_word() -> None:
    role = {"manage_triggers": True, "macro_access": "full", "view_access": "readonly"}
    agent = account(me={"role": "agent"}, role=role)

    assert [line.partition(":")[0] for line in permissions(agent, "trigger", "macro", "view")] == ["Zendesk views"]


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ({"subscriptions": list(SUBSCRIPTIONS), "status": "active"}, ""),
        ({"subscriptions": ["conditional_ticket_events"], "status": "active"}, ""),
        ({"subscriptions": list(SUBSCRIPTIONS[:-1]), "status": "active"}, "without the events merged"),
        ({"subscriptions": list(SUBSCRIPTIONS), "status": "inactive"}, "not active"),
    ],
)
def test_a_webhook_made_by_hand_is_held_to_what_the_bot_has_to_hear(webhook: Json, words: str) -> None:
    by_hand = {"id": "1", "name": "Bot", "endpoint": f"{URL}/zendesk/webhook", **webhook}

    lines = [str(line) for line in webhook_cautions(account(lists=ALL | {"webhook": [by_hand]}), WEBHOOK)]

    assert [words in line for line in lines] == ([True] if words else [])
