"""What Slack's events mean, and that nothing hostile gets further than `InvalidRequest`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidRequest
from bot.domain.events import Author, CustomerMessage, File
from bot.domain.ids import AuthorId, ConversationId
from integrations.slack.inbound.incoming import (
    Deletion,
    Edit,
    Ignored,
    RateLimited,
    SlackMessage,
    Stop,
    UrlVerification,
)
from integrations.slack.inbound.parse import parse_event
from tests.unit.slack.payloads import APP, BOT, envelope, line, message_event


def arrival(**changes: Any) -> SlackMessage:
    found = parse_event(line(**changes))
    assert isinstance(found, SlackMessage), found
    return found


def test_a_line_becomes_a_message_of_its_own_thread() -> None:
    found = parse_event(json.dumps(line()).encode())

    assert isinstance(found, SlackMessage)
    message = found.message()
    assert message.id == "slack:T1:C1:1700000000.000100"
    assert message.conversation == "slack:T1:C1:1700000000.000100"
    assert isinstance(message, CustomerMessage)
    assert (message.author.id, message.text, message.at) == ("slack:T1:U1", "where is my order?", 1700000000.0001)
    assert found.client_id == "slack:T1:C1:11111111-2222-3333-4444-555555555555"
    assert not found.mentioned


def test_a_reply_belongs_to_the_threads_conversation() -> None:
    found = arrival(thread_ts="1699999999.000001")

    assert found.message().conversation == "slack:T1:C1:1699999999.000001"
    assert found.message(ConversationId("slack:T1:C1:1.1")).conversation == "slack:T1:C1:1.1"


def test_mention_and_message_of_one_post_share_their_id_and_are_both_a_mention() -> None:
    text = f"<@{BOT}> hello"
    both = [arrival(text=text), arrival(text=text, type="app_mention", channel_type=None)]

    assert {one.message_id for one in both} == {"slack:T1:C1:1700000000.000100"}
    assert [one.mentioned for one in both] == [True, True]
    assert [one.text for one in both] == ["hello", "hello"]


@pytest.mark.parametrize(
    ("changes", "direct"),
    [
        ({"channel": "D1", "channel_type": "im"}, True),
        ({"channel": "G1", "channel_type": "mpim"}, False),
        ({"channel": "G1", "channel_type": "group"}, False),
        ({}, False),
    ],
)
def test_the_kind_of_channel_is_known(changes: dict[str, str], direct: bool) -> None:
    assert arrival(**changes).is_direct is direct


def test_a_guest_of_a_shared_channel_is_known_by_their_own_workspace() -> None:
    """In Slack Connect the inner team is the author's; the conversation stays with the installing workspace."""
    for home in ({"user_team": "T2", "source_team": "T2", "team": "T2"}, {"source_team": "T2"}, {"team": "T2"}):
        found = arrival(**home)
        assert found.author.id == "slack:T2:U1"
        assert found.team == "T1"


def test_the_installing_workspace_comes_from_the_authorization() -> None:
    body = line()
    body["team_id"] = "T2"
    found = parse_event(body)
    assert isinstance(found, SlackMessage)
    assert found.conversation.startswith("slack:T1:")
    without = {**body, "authorizations": []}
    assert isinstance(other := parse_event(without), SlackMessage)
    assert other.conversation.startswith("slack:T2:")


def test_files_travel_with_their_address_or_with_their_id_alone() -> None:
    files = [
        {"id": "F1", "name": "a.pdf", "mimetype": "application/pdf", "size": 7, "url_private_download": "https://x/d"},
        {"id": "F2", "mode": "file_access", "file_access": "check_file_info", "created": 0, "user": ""},
        {"id": "F3", "mode": "tombstone"},
    ]
    found = arrival(subtype="file_share", text="", files=files)

    assert found.files == (File("F1", "a.pdf", "https://x/d", "application/pdf", 7), File("F2", "F2"))


def test_no_more_than_ten_files_are_taken() -> None:
    assert len(arrival(files=[{"id": f"F{n}"} for n in range(30)]).files) == 10


def test_a_forwarded_message_carries_its_words_in_attachments() -> None:
    assert arrival(text="", attachments=[{"text": "my order is late"}]).text == "my order is late"


def test_a_bare_mention_still_arrives() -> None:
    found = arrival(text=f"<@{BOT}>")
    assert (found.text, found.mentioned) == ("", True)


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast", "me_message"])
def test_what_a_person_writes_arrives(subtype: str | None) -> None:
    assert arrival(subtype=subtype).text


@pytest.mark.parametrize(
    "changes",
    [
        {"user": BOT},
        {"bot_id": "B1"},
        {"app_id": APP},
        {"bot_profile": {"app_id": APP}},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "assistant_app_thread"},
        {"text": ""},
    ],
)
def test_bots_our_own_installs_and_the_system_are_never_answered(changes: dict[str, Any]) -> None:
    assert isinstance(parse_event(line(**changes)), Ignored)


U1, SAID, NOW = Author(AuthorId("slack:T1:U1")), "where is my order?", "1700000005.000000"


def changed(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    return envelope(
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": "C1",
            "ts": "1700000005.000000",
            "message": message_event(**new),
            "previous_message": message_event(**old),
        }
    )


def test_an_edit_carries_the_new_text_of_the_old_message() -> None:
    found = parse_event(changed({"text": f"<@{BOT}> order A1001"}, {"text": "order A1"}))

    assert found == Edit("T1", "C1", "1700000000.000100", None, "U1", "order A1001", U1, "order A1", NOW)
    assert found.message_id == "slack:T1:C1:1700000000.000100"


def test_the_first_message_of_a_thread_is_no_reply_to_itself() -> None:
    ts = "1700000000.000100"
    found = parse_event(changed({"text": "new", "thread_ts": ts}, {"text": "old", "thread_ts": ts}))
    assert isinstance(found, Edit)
    assert found.thread_ts is None
    assert arrival(thread_ts=ts).thread_ts is None


def test_unfurled_links_and_our_own_edits_are_no_edits() -> None:
    assert isinstance(parse_event(changed({}, {})), Ignored)
    assert isinstance(parse_event(changed({"text": "b", "bot_id": "B1"}, {"text": "a"})), Ignored)
    assert isinstance(parse_event(changed({"text": "b", "user": BOT}, {"text": "a"})), Ignored)


def test_a_deleted_message_is_withdrawn_also_when_its_thread_stays() -> None:
    deleted = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "C1",
        "ts": "1700000006.000000",
        "deleted_ts": "1700000000.000100",
        "previous_message": message_event(thread_ts="1699999999.000001"),
    }
    assert parse_event(envelope(deleted)) == Deletion(
        "T1", "C1", "1700000000.000100", "1699999999.000001", "U1", U1, SAID
    )
    tombstone = changed({"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}, {})
    assert parse_event(tombstone) == Deletion("T1", "C1", "1700000000.000100", None, "U1", U1, SAID)
    own = {**deleted, "previous_message": message_event(bot_id="B1")}
    assert isinstance(parse_event(envelope(own)), Ignored)


def test_the_stop_button_names_its_thread() -> None:
    event = {
        "type": "agent_session_stopped",
        "channel": "D1",
        "thread_ts": "1700000000.000100",
        "user": "U1",
        "streaming_message_ts": ["1700000001.000100"],
        "event_ts": "1700000002.000100",
    }
    found = parse_event(envelope(event))
    assert isinstance(found, Stop)
    assert found.conversation == "slack:T1:D1:1700000000.000100"


def test_the_other_envelopes() -> None:
    assert parse_event({"type": "url_verification", "challenge": "c"}) == UrlVerification("c")
    limited = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 5, "api_app_id": "A1"}
    assert parse_event(limited) == RateLimited("T1", 5)
    assert isinstance(parse_event({"type": "something_new"}), Ignored)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"},
        {"type": "app_context_changed", "context": {}},
        {"type": "user_change", "user": {"id": "U1"}},
        {"type": "channel_rename", "channel": {"id": "C1", "name": "x"}},
        {"type": "something_new", "ts": 5},
    ],
)
def test_unknown_events_may_look_however_they_like(event: dict[str, Any]) -> None:
    assert isinstance(parse_event(envelope(event)), Ignored)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"type": "event_callback"',
        b'{"type": "event_callback", "event": {"type": "message", "text": "\xff"}}',
        b'{"type": "event_callback", "event": {"type": "message", "text": "\\ud800"}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_bytes_that_are_no_event_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_event(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": 5},
        envelope("x"),
        envelope([1]),
        envelope(None),
        envelope({}),
        envelope({"type": None}),
        {**line(), "authorizations": "x"},
        {**line(), "authorizations": ["x"]},
        {**line(), "authorizations": None, "team_id": None},
        line(channel={"id": "C1"}),
        line(channel="C1:evil"),
        line(ts="yesterday"),
        line(ts="1:2"),
        line(thread_ts=5),
        line(text=["x"]),
        line(text="\ud800"),
        line(files="x"),
        line(user="U1 U2"),
        line(subtype="message_changed"),
        line(subtype="message_deleted"),
        {"type": "url_verification"},
        {"type": "url_verification", "challenge": {}},
    ],
)
def test_malformed_events_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        parse_event(body)


def test_a_refusal_does_not_repeat_the_customers_words() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_event(line(text=["my card is 4242"]))
    assert "4242" not in str(refusal.value)
    assert refusal.value.__cause__ is None


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [*message_event(), "subtype", "thread_ts", "message", "previous_message", "deleted_ts", "files", "attachments"]
)
SUBTYPES = st.sampled_from([None, "file_share", "message_changed", "message_deleted", "thread_broadcast"])


@given(st.dictionaries(KEYS, JSON_VALUES, max_size=4), SUBTYPES, st.sampled_from(["message", "app_mention"]))
def test_no_inner_event_breaks_the_parser(changes: dict[str, Any], subtype: str | None, kind: str) -> None:
    event = {**message_event(), **changes, "subtype": subtype, "type": kind}
    _parse_or_refuse(envelope(event))


@given(st.dictionaries(st.sampled_from([*envelope(None)]), JSON_VALUES, max_size=5))
def test_no_envelope_breaks_the_parser(changes: dict[str, Any]) -> None:
    _parse_or_refuse({**line(), **changes})


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    _parse_or_refuse(body)


def _parse_or_refuse(body: Any) -> None:
    try:
        found = parse_event(body)
    except InvalidRequest:
        return
    if isinstance(found, SlackMessage):
        found.message().text.encode()
        assert found.conversation.count(":") == 3
