"""Under which names somebody is known, and where one of them stands in a text."""

import pytest

from bot.domain.people import FORGOTTEN, Person, Trace, known_as, linked

SLACK, TICKET, CHAT = "slack:T1:U0SARAH", "zendesk:2001", "chat:web:cust_001"
TRACES = [
    Trace("slack:T1:D1:1.0", frozenset({SLACK}), frozenset({(SLACK, "cust_001")})),
    Trace("zendesk:7", frozenset({TICKET}), frozenset({(TICKET, "cust_001")})),
    Trace("chat:web:s1", frozenset({CHAT}), frozenset({(CHAT, "cust_001")}), frozenset({"cust_001"})),
    Trace("slack:T1:D2:2.0", frozenset({"slack:T1:U0MARCUS"}), frozenset({("slack:T1:U0MARCUS", "cust_002")})),
]


@pytest.mark.parametrize("name", ["U0SARAH", SLACK, "2001", TICKET, "cust_001", CHAT, " U0SARAH "])
def test_every_name_leads_to_all_of_the_same_person(name: str) -> None:
    person = linked(known_as(name, TRACES), TRACES)

    assert person.authors == {SLACK, TICKET, CHAT}
    assert person.customers == {"cust_001"}
    assert [trace.conversation for trace in TRACES if person.is_in(trace)] == [
        *("slack:T1:D1:1.0", "zendesk:7", "chat:web:s1")
    ]


@pytest.mark.parametrize("name", ["U0NOBODY", "cust_00", "cust_0011", "00", "T1"])
def test_nobody_is_known_by_a_part_of_a_name(name: str) -> None:
    assert linked(known_as(name, TRACES), TRACES) == Person()


def test_one_slack_user_is_the_same_person_whatever_workspace_an_event_names() -> None:
    assert Person(frozenset({SLACK})).wrote_as("slack:T2:U0SARAH")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("fd:open:slack:U0SARAH", True),
        ("fd:visits:cust_001", True),
        ("fd:visits:cust_0012", False),
        ("mail to Sarah.Chen@example.com.", True),
        ("zendesk:20011", False),
        ("U0SARAHS", False),
    ],
)
def test_a_name_counts_as_a_word_of_its_own(text: str, is_named: bool) -> None:
    person = Person(frozenset({SLACK, TICKET}), frozenset({"cust_001"}), frozenset({"sarah.chen@example.com"}))
    assert person.is_named_in(text) is is_named


def test_a_short_id_is_found_only_where_an_id_is_expected() -> None:
    person = Person(customers=frozenset({"7"}))
    assert not person.is_named_in("7 orders")
    assert person.taken_out("7") == FORGOTTEN


def test_who_has_no_name_is_named_nowhere() -> None:
    assert not Person().is_named_in("anything at all")
