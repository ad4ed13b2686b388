"""What versions before this one stored of an event is read into its type, and written as they could read it."""

import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import (
    Author,
    ButtonClicked,
    ChannelGone,
    ChannelMoved,
    CloseOrdered,
    CustomerMessage,
    DraftDecided,
    Event,
    HandOverOrdered,
    LineDeleted,
    StaffComment,
    StopPressed,
    TicketDeleted,
    TicketHint,
    TicketUpdated,
    kind_of,
)
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.tickets import Ticket
from bot.store.codec import UNREADABLE, dump, load_message

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
FLAG, NUMBER = st.just("1"), st.integers(1, 10**15).map(str)
TICKET = st.fixed_dictionaries(
    {"id": NUMBER}, optional={"status": TEXT, "tags": st.lists(TEXT, min_size=1), "ours_alone": TEXT}
).map(json.dumps)
COMMENT: Mapping[str, st.SearchStrategy[str]] = {
    "comment": NUMBER,
    "stamp": TEXT,
    "email": TEXT,
    "verified": FLAG,
    "flagged": FLAG,
    "machine": TEXT,
    "passed_on": TEXT,
}
LINE: Mapping[str, st.SearchStrategy[str]] = {
    "ts": NUMBER,
    "place": TEXT,
    "shared": st.sampled_from(["yes", "no"]),
    "previous": TEXT,
    "edited": FLAG,
    "before": TEXT,
    "above": FLAG,
    "customer_id": TEXT,
}

STORED: Mapping[str, tuple[Mapping[str, st.SearchStrategy[str]], Mapping[str, st.SearchStrategy[str]]]] = {
    "customer": ({}, {**COMMENT, **LINE}),
    "staff": ({}, COMMENT),
    "ticket": ({"ticket": TICKET}, {"last_comment": NUMBER, "of": NUMBER}),
    "ticket gone": ({"gone": NUMBER}, {}),
    "hint": ({"ticket_id": NUMBER}, {"event": TEXT, "looks": NUMBER}),
    "click": ({}, dict.fromkeys(("action", "value", "channel", "ts", "email"), TEXT) | {"staff": FLAG}),
    "draft": ({}, dict.fromkeys(("draft", "action", "channel", "ts", "stamp"), TEXT) | {"staff": FLAG}),
    "deleted": ({}, {"ts": NUMBER}),
    "place": ({"channel": TEXT}, {}),
    "place gone": ({"gone": TEXT}, {}),
    "close": ({}, {}),
    "stop": ({}, {}),
}
"""By kind what always stood in `data`, and what could."""


def stored(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return JSON as the versions before this one wrote it, or the one after it might."""
    always, sometimes = STORED[kind]
    author = st.fixed_dictionaries({"id": TEXT}, optional={"name": TEXT, "pronouns": TEXT})
    file = st.fixed_dictionaries({"id": TEXT, "name": TEXT}, optional={"size": st.integers(1, 99), "pages": NUMBER})
    data = st.fixed_dictionaries(dict(always), optional={**sometimes, "retried": TEXT, "of_a_newer_version": TEXT})
    return st.fixed_dictionaries(
        {"id": TEXT, "conversation": TEXT, "kind": st.just(kind.split(maxsplit=1)[0]), "author": author, "data": data},
        optional={
            "text": TEXT,
            "at": st.floats(1, 2e9),
            "surface": st.sampled_from(["zendesk", "chat"]),
            "files": st.lists(file, min_size=1, max_size=2),
            "mood": st.just({"deep": [1]}),
        },
    )


def holds(new: Any, old: Any) -> bool:
    """Return whether all of `old` stands in `new`, whatever defaults do too."""
    if isinstance(old, dict):
        return all(name in new and holds(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return bool(new == old)


@pytest.mark.parametrize("kind", STORED)
@given(data=st.data())
def test_everything_that_was_stored_is_read_and_written_again(kind: str, data: st.DataObject) -> None:
    old = data.draw(stored(kind))
    event = load_message(json.dumps(old))
    new = json.loads(dump(event))

    if "ticket" in old["data"]:
        assert holds(json.loads(new["data"].pop("ticket")), json.loads(old["data"].pop("ticket")))
    assert holds(new, {name: value for name, value in old.items() if value != {}})
    assert kind_of(event) == old["kind"]
    assert load_message(dump(event)) == event


ENVELOPE: Mapping[str, Any] = {
    "id": "m1",
    "conversation": ConversationId("slack:T1:C1:1.0"),
    "author": Author(AuthorId("slack:T1:U1")),
}
EVENTS: tuple[tuple[Event, dict[str, Any]], ...] = (
    (
        CustomerMessage(**ENVELOPE, ts="1.0", shared=False, edited=True, before="x"),
        {"ts": "1.0", "shared": "no", "edited": "1", "before": "x"},
    ),
    (
        StaffComment(**ENVELOPE, comment=7, verified=True, surface=Origin.ZENDESK),
        {"comment": "7", "verified": "1"},
    ),
    (TicketDeleted(**ENVELOPE, ticket_id="7"), {"gone": "7"}),
    (TicketHint(**ENVELOPE, ticket_id="7", event="changed", looks=2), {"ticket_id": "7", "event": "changed"}),
    (ButtonClicked(**ENVELOPE, action="a", value="v", staff=True), {"action": "a", "value": "v", "staff": "1"}),
    (DraftDecided(**ENVELOPE, draft="d1", action="send", staff=True), {"draft": "d1", "action": "send", "staff": "1"}),
    (LineDeleted(**ENVELOPE, ts="1.0"), {"ts": "1.0"}),
    (ChannelMoved(**ENVELOPE, channel="C2"), {"channel": "C2"}),
    (ChannelGone(**ENVELOPE, why="archived"), {"gone": "archived"}),
    (CloseOrdered(**ENVELOPE, retried="1-0"), {"retried": "1-0"}),
    (HandOverOrdered(**ENVELOPE, why="upset"), {"why": "upset"}),
    (StopPressed(**ENVELOPE), {}),
    (TicketUpdated(**ENVELOPE, ticket=Ticket("7", tags=("vip",)), of="6", last_comment=3), {"of": "6"}),
)


@pytest.mark.parametrize(("event", "data"), EVENTS, ids=lambda one: type(one).__name__)
def test_a_process_of_the_version_before_reads_what_this_one_writes(event: Event, data: dict[str, str]) -> None:
    new = json.loads(dump(event))
    assert holds(new.get("data", {}), data)
    assert "retried" not in new
    assert load_message(dump(event)) == event


def test_every_event_is_among_them() -> None:
    assert {type(event) for event, _ in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize(
    "change", [{"kind": "hologram"}, {"kind": "hint", "data": {}}, {"kind": "ticket", "data": {"ticket": "7"}}]
)
def test_what_cannot_be_read_is_left_to_a_process_that_can(change: dict[str, Any]) -> None:
    with pytest.raises(UNREADABLE):
        load_message(json.dumps({"id": "m1", "conversation": "zendesk:7", "author": {"id": "a"}} | change))


def test_what_is_gone_without_a_reason_stays_gone() -> None:
    conversation, author = ConversationId("zendesk:7"), Author(AuthorId("zendesk:1"))
    for gone in (
        ChannelGone("gone:1", conversation, author, why=""),
        TicketDeleted("gone:2", conversation, author, ticket_id=""),
    ):
        assert load_message(dump(gone)) == gone
