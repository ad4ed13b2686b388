"""Tickets and comments as Zendesk sends them: any value may be null, and few may be believed."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import AuthorId
from bot.domain.ports import Profile
from bot.domain.tickets import Ticket
from bot.turn.rules.answerable import UNANSWERED_CHANNELS
from integrations.zendesk.outbound.parse import (
    MESSAGING,
    comment_in,
    comment_of,
    effect_in,
    files_of,
    is_flagged,
    merge_target,
    merge_words,
    seconds,
    ticket_of,
)
from integrations.zendesk.outbound.triggers import mailing_triggers
from integrations.zendesk.outbound.users import has_verified_email, profile_of, user_of

BOT, SARAH = 1001, 2001
PROFILE = Profile(AuthorId(f"zendesk:{SARAH}"), "Sarah")
TICKET_KEYS = [
    "id", "status", "priority", "group_id", "assignee_id", "requester_id", "submitter_id",
    "external_id", "via", "tags", "updated_at", "created_at", "subject",
]  # fmt: skip
COMMENT_KEYS = ["id", "author_id", "body", "plain_body", "public", "attachments", "created_at", "metadata", "via"]


def comment(**fields: Any) -> Any:
    known = {"id": 9, "author_id": SARAH, "plain_body": "hi", "public": True, "metadata": {"custom": {}}}
    return comment_of(known | fields, PROFILE, BOT)


@pytest.mark.parametrize(
    ("fields", "automatic"),
    [
        ({"metadata": {"flags": [4], "custom": {}}}, "auto_reply"),
        ({"type": "VoiceComment"}, "call"),
        ({"type": "TpeVoiceComment"}, "call"),
        ({"type": "Comment", "via": {"channel": "voice"}}, "call"),
        ({"type": "Comment", "via": {"channel": "email"}, "metadata": {"flags": [2]}}, ""),
        ({}, ""),
    ],
)
def test_zendesk_tells_of_machines_by_type_channel_and_flag(fields: dict[str, Any], automatic: str) -> None:
    assert comment(**fields).automatic == automatic


@pytest.mark.parametrize(
    ("via", "sender"),
    [
        ({"channel": "email", "source": {"from": {"address": "no-reply@parcel.example"}}}, "no-reply@parcel.example"),
        ({"channel": "email", "source": {"from": {"address": None}}}, "sarah@example.com"),
        ({"channel": "email", "source": None}, "sarah@example.com"),
        (None, "sarah@example.com"),
    ],
)
def test_the_sender_is_whom_the_mail_came_from(via: Any, sender: str) -> None:
    author = Profile(AuthorId(f"zendesk:{SARAH}"), "Sarah", "sarah@example.com")
    assert comment_of({"id": 9, "author_id": SARAH, "via": via}, author, BOT).sender == sender


@pytest.mark.parametrize("key", TICKET_KEYS)
def test_any_field_of_a_ticket_may_be_null(key: str) -> None:
    whole: dict[str, Any] = dict.fromkeys(TICKET_KEYS) | {"id": 7, "status": "open", "tags": ["a"], key: None}
    ticket = ticket_of(whole, own_id=BOT, by_customer=True)
    assert isinstance(ticket, Ticket)
    assert None not in asdict(ticket).values()


@pytest.mark.parametrize("key", COMMENT_KEYS)
def test_any_field_of_a_comment_may_be_null(key: str) -> None:
    assert comment(**{key: None}).author == PROFILE


def test_a_ticket_keeps_its_stamp_as_text() -> None:
    fields = {"id": 7, "updated_at": "2026-11-20T10:00:00Z", "created_at": "2026-11-20T09:00:00Z", "via": {}}
    ticket = ticket_of(fields, own_id=BOT, by_customer=False)
    assert ticket.updated_at == "2026-11-20T10:00:00Z"
    assert ticket.created_at == 1795165200.0
    assert (ticket.id, ticket.status, ticket.via) == ("7", "new", "")


def test_a_messaging_ticket_is_known_by_its_flag_whatever_its_channel_is_called() -> None:
    fields = {"id": 7, "via": {"channel": "a_new_messenger"}, "from_messaging_channel": True}
    assert ticket_of(fields, own_id=BOT, by_customer=True).via == MESSAGING
    assert MESSAGING in UNANSWERED_CHANNELS


def test_only_a_person_takes_a_ticket_over() -> None:
    for assignee, taken in ((None, False), (BOT, False), (1002, True)):
        assert ticket_of({"id": 7, "assignee_id": assignee}, own_id=BOT, by_customer=True).assigned_to_person is taken


def test_a_persons_comment_names_no_effect() -> None:
    assert comment().effect_id == ""


@pytest.mark.parametrize(
    ("fields", "effect"),
    [
        ({"author_id": BOT}, "own"),
        ({"author_id": BOT, "metadata": {"custom": {"effect_id": "e1"}}}, "e1"),
        ({"metadata": {"custom": {"effect_id": "e1"}}}, "e1"),
        ({"author_id": -1}, "system"),
        ({"author_id": None}, "system"),
    ],
)
def test_what_no_person_wrote_is_never_answered(fields: dict[str, Any], effect: str) -> None:
    assert comment(**fields).effect_id == effect


@pytest.mark.parametrize(
    ("metadata", "flagged"),
    [
        ({}, False),
        (None, False),
        ({"flags": []}, False),
        ({"flags": [15]}, False),
        ({"flags": [5, 15], "trusted": True}, False),
        ({"flags": [0]}, True),
        ({"flags": [2]}, True),
        ({"flags": [15, 2]}, True),
        ({"flags": [99]}, True),
        ({"flags": ["2"]}, True),
        ({"trusted": False}, True),
        ({"suspension_type_id": 1}, True),
        ({"suspension_type_id": None, "trusted": True}, False),
    ],
)
def test_doubt_about_the_sender_flags_the_comment(metadata: Any, flagged: bool) -> None:
    assert is_flagged({"metadata": metadata}) is flagged


def test_text_is_plain() -> None:
    assert comment(plain_body="one&nbsp;two\r\nthree \n").text == "one two\nthree"
    assert comment(plain_body=None, body="*as typed*").text == "*as typed*"


def test_malware_and_deleted_files_are_left_out() -> None:
    files = files_of(
        [
            {"id": 1, "file_name": "a.png", "content_url": "https://x/a", "content_type": "image/png", "size": 3},
            {"id": 2, "malware_scan_result": "malware_found"},
            {"id": 3, "deleted": True},
            {"id": 4, "inline": True, "file_name": None, "size": None, "malware_scan_result": "not_scanned"},
        ]
    )
    assert [(file.id, file.name, file.size) for file in files] == [("1", "a.png", 3), ("4", "file", 0)]


def test_an_audit_names_its_comment_and_effect() -> None:
    audit = {
        "metadata": {"custom": {"effect_id": "e1"}},
        "events": [{"id": 1, "type": "Change"}, {"id": 2, "type": "Comment"}, {"id": 3, "type": "Notification"}],
    }
    assert (effect_in(audit), comment_in(audit)) == ("e1", 2)
    assert (effect_in({"metadata": {"custom": {"effect_id": 5}}}), comment_in({"events": None})) == ("", 0)


def test_a_merge_names_its_target_where_zendesk_recorded_it() -> None:
    merge = {"via": {"source": {"rel": "merge", "to": {"ticket_id": 12}}}}
    assert merge_target([{"via": None}, merge]) == "12"
    assert merge_target([{"via": {"source": {"rel": "follow_up", "to": {"ticket_id": 12}}}}]) == ""
    assert merge_target([{"via": {"source": {"rel": "merge", "to": {}}}}]) == ""


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ('This request was closed and merged into request #12 "Late".', "12"),
        ("This request was closed and merged into request #12.", "12"),
        ("Request #12 was closed and merged into this request.", ""),
        ("I read: This request was closed and merged into request #12", ""),
        ("This request was closed and merged into request #012x", ""),
    ],
)
def test_closing_words_count_only_as_zendesk_writes_them(words: str, target: str) -> None:
    assert merge_words({"body": words}) == target


@given(st.text() | st.none() | st.integers())
def test_no_time_is_no_failure(value: object) -> None:
    assert isinstance(seconds(value), float)


def test_people_are_shown_by_the_name_they_chose() -> None:
    dana = user_of({"id": 1002, "name": "Dana Reyes", "alias": "Dana", "role": "agent", "verified": True})
    sarah = user_of({"id": SARAH, "name": "Sarah Chen", "alias": "x", "role": "end-user", "email": None})
    assert profile_of(dana, verified=False, own_id=BOT).name == "Dana"
    assert profile_of(dana, verified=False, own_id=BOT).is_staff
    assert not profile_of(dana, verified=False, own_id=1002).is_staff
    assert profile_of(sarah, verified=True, own_id=BOT) == Profile(
        AuthorId("zendesk:2001"), "Sarah Chen", verified=True
    )


@pytest.mark.parametrize(
    ("identities", "verified"),
    [
        ([{"type": "email", "value": "Sarah@Example.com", "verified": True}], True),
        ([{"type": "email", "value": "sarah@example.com", "verified": False}], False),
        ([{"type": "email", "value": "other@example.com", "verified": True}], False),
        ([{"type": "phone_number", "value": "sarah@example.com", "verified": True}], False),
        ([{"type": "email", "value": None, "verified": True}], False),
        ([], False),
    ],
)
def test_an_address_counts_only_if_it_is_itself_verified(identities: list[Any], verified: bool) -> None:
    assert has_verified_email("sarah@example.com", identities) is verified
    assert not has_verified_email("", identities)


def trigger(**fields: Any) -> dict[str, Any]:
    mail = {"field": "notification_user", "value": ["requester_id", "subject", "body"]}
    return {
        "id": 1,
        "title": "Notify",
        "active": True,
        "conditions": {"all": [], "any": []},
        "actions": [mail],
    } | fields


def test_a_trigger_that_mails_slack_tickets_is_named() -> None:
    (found,) = mailing_triggers([trigger()])
    assert (found.id, found.title) == ("1", "Notify")
    ccs = {"field": "notification_user", "value": ["requester_and_ccs", "s", "b"]}
    assert mailing_triggers([trigger(actions=[ccs], conditions=None)])


def test_a_trigger_that_spares_them_is_not() -> None:
    spares = {"field": "current_tags", "operator": "not_includes", "value": "vip frontdesk_slack"}
    agents = {"field": "notification_user", "value": ["assignee_id", "s", "b"]}
    quiet = [
        trigger(active=False),
        trigger(actions=None),
        trigger(actions=[agents, {"field": "status", "value": "open"}, {"field": "notification_user", "value": None}]),
        trigger(conditions={"all": [spares], "any": []}),
    ]
    assert mailing_triggers(quiet) == []
    # One of several alternatives excludes nothing.
    assert mailing_triggers([trigger(conditions={"all": [], "any": [spares]})])
    assert mailing_triggers([trigger(conditions={"all": [spares | {"operator": "includes"}]})])
