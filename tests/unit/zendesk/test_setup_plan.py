"""What a setup would change: what an account should have, held against what it has."""

from typing import Any

import pytest

from integrations.zendesk.setup.exclusion import CONDITION, MARK, excluded, included
from integrations.zendesk.setup.found import Found
from integrations.zendesk.setup.plan import Change, Kept, changes, copies, removal, webhook_of
from integrations.zendesk.setup.wanted import Json, Kind, Piece, pieces

URL = "https://support.example.com"
WANTED = pieces(URL, ["Billing"])
MAIL = {"field": "notification_user", "value": ["requester_id", "Hello", "{{ticket.latest_public_comment}}"]}
TRIGGER: Json = {
    "id": 1,
    "title": "Notify requester",
    "active": True,
    "description": None,
    "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Change"}], "any": []},
    "actions": [MAIL],
}


def account(**lists: Any) -> Found:
    """An account with nothing but these records."""
    empty: dict[Kind, Any] = {"webhook": [], "trigger": [], "macro": [], "view": [], "group": []}
    return Found({"id": 1, "role": "admin"}, lists=empty | lists)  # type: ignore[arg-type]


def made(piece: Piece, number: int = 7, **edited: Any) -> Json:
    """A piece as Zendesk tells it once it was made."""
    fields = dict(piece.fields)
    if piece.kind == "view":
        columns = [{"id": column, "title": column} for column in fields.pop("output")["columns"]]
        fields["conditions"] = {"all": fields.pop("all"), "any": fields.pop("any")}
        fields["execution"] = {"columns": columns, "sort_by": "created"}
    return {"id": number, "restriction": None, "position": 3, "url": "https://…", **fields, **edited}


def whole() -> Found:
    """An account in which everything was made."""
    lists: dict[str, list[Json]] = {}
    for number, piece in enumerate(WANTED):
        lists.setdefault(piece.kind, []).append(made(piece, number))
    return account(**lists)


def piece(kind: Kind) -> Piece:
    return next(each for each in WANTED if each.kind == kind)


def test_an_empty_account_gets_all_of_it() -> None:
    planned = changes(account(), WANTED)

    assert [(each.verb, each.kind) for each in planned] == [("make", each.kind) for each in WANTED]
    assert [each.kind for each in WANTED] == ["webhook", "group", *["macro"] * 4, "view", "view"]


def test_an_account_that_has_all_of_it_gets_nothing() -> None:
    assert changes(whole(), WANTED) == []


@pytest.mark.parametrize(
    ("kind", "edited", "named"),
    [
        ("webhook", {"endpoint": "https://elsewhere.example.com/zendesk/webhook"}, "endpoint"),
        ("webhook", {"status": "inactive"}, "status"),
        ("webhook", {"subscriptions": ["zen:event-type:ticket.created"]}, "subscriptions"),
        ("macro", {"actions": [{"field": "current_tags", "value": "something"}]}, "actions"),
        ("macro", {"active": False}, "active"),
        ("view", {"conditions": {"all": [], "any": []}}, "conditions"),
        ("view", {"restriction": {"type": "Group", "ids": [1]}}, "restriction"),
        ("group", {"name": "Money"}, "name"),
    ],
)
def test_what_was_edited_is_repaired_by_a_setup_and_left_by_a_removal(kind: Kind, edited: Json, named: str) -> None:
    found = account(**{kind: [made(piece(kind), 7, **edited)]})

    repairs = [each for each in changes(found, WANTED) if each.verb == "repair"]
    taken, kept = removal(found, WANTED, {})

    assert [(each.kind, each.id) for each in repairs] == [(kind, "7")]
    assert named in repairs[0].detail
    assert taken == []
    assert [(each.kind, named in each.why) for each in kept] == [(kind, True)]


def test_what_zendesk_reorders_and_adds_is_no_edit() -> None:
    webhook = made(piece("webhook"), subscriptions=piece("webhook").fields["subscriptions"][::-1], created_by="1")
    view = made(piece("view"))
    view["conditions"]["all"] = [
        condition | {"value": condition["value"] or None} for condition in view["conditions"]["all"]
    ][::-1]

    planned = changes(account(webhook=[webhook], view=[view]), WANTED)

    assert {each.kind for each in planned if each.verb == "repair"} == set()


def test_what_somebody_made_by_hand_is_not_made_again_and_never_taken_out() -> None:
    by_hand = {"id": 1, "name": "ours", "endpoint": f"{URL}/zendesk/webhook", "status": "active", "description": None}
    found = account(webhook=[by_hand], group=[{"id": 2, "name": "billing", "description": "The billing team"}])

    assert {each.kind for each in changes(found, WANTED)} == {"macro", "view"}
    taken, kept = removal(found, WANTED, {})
    assert taken == []
    assert [each.kind for each in kept] == ["webhook"]


def test_of_two_that_a_lost_answer_left_one_goes() -> None:
    found = account(macro=[made(piece("macro"), 1), made(piece("macro"), 2)])

    assert [(each.verb, each.id) for each in changes(found, WANTED) if each.id] == [("remove", "2")]


@pytest.mark.parametrize("kind", ["macro", "view"])
def test_a_copy_that_somebody_made_is_named_and_neither_it_nor_ours_is_touched(kind: Kind) -> None:
    copy = made(piece(kind), 3, title="Copy for the night shift")
    found = account(**{kind: [copy, made(piece(kind), 9)]})

    assert [each for each in changes(found, WANTED) if each.id] == []
    assert [(each.kind, each.name) for each in copies(found, WANTED)] == [(kind, "Copy for the night shift")]


def test_of_two_that_were_changed_the_older_is_ours() -> None:
    found = account(macro=[made(piece("macro"), 10, title="Copy"), made(piece("macro"), 9, active=False)])

    assert [(each.verb, each.id) for each in changes(found, WANTED) if each.id] == [("repair", "9")]
    assert [each.name for each in copies(found, WANTED)] == ["Copy"]


@pytest.mark.parametrize(
    "edited", [{"description": "Mine now. [frontdesk:view:waiting]"}, {"execution": {"sort_order": "desc"}}]
)
def test_a_copy_with_other_words_or_another_order_is_never_taken_out(edited: Json) -> None:
    view = made(piece("view"), 8)
    copy = view | {"id": 9} | edited
    copy["execution"] = view["execution"] | copy["execution"]
    found = account(view=[view, copy])

    assert [each for each in changes(found, WANTED) if each.id] == []
    assert len(copies(found, WANTED)) == 1


def test_a_webhook_to_another_installation_is_taken_only_when_somebody_says_so() -> None:
    production = "https://production.example.com/zendesk/webhook"
    found = account(webhook=[made(piece("webhook"), endpoint=production)])

    [repair] = [each for each in changes(found, WANTED) if each.verb == "repair"]

    assert f"{production} → {URL}/zendesk/webhook" in repair.detail
    assert production in repair.question
    assert webhook_of(found, piece("webhook")) is None


def test_what_could_not_be_seen_is_not_made() -> None:
    found = account(webhook=None)

    assert "webhook" not in {each.kind for each in changes(found, WANTED)}


def test_a_removal_takes_out_all_that_is_as_it_was_made_and_leaves_a_group_in_use() -> None:
    taken, kept = removal(whole(), WANTED, {"1": "it holds tickets"})

    assert [each.kind for each in taken] == ["view", "view", *["macro"] * 4, "webhook"]
    assert kept == [Kept("group", "Billing", "it holds tickets")]


def test_a_group_that_the_desk_no_longer_names_is_still_ours() -> None:
    group = made(next(each for each in pieces(URL, ["Old"]) if each.kind == "group"), 9)

    taken, kept = removal(account(group=[group]), WANTED, {})

    assert [(each.kind, each.id) for each in taken] == [("group", "9")]
    assert kept == []


@pytest.mark.parametrize("description", [None, "Tells customers.", "Two\n\nparagraphs"])
def test_a_condition_is_put_in_and_taken_out_without_a_trace(description: str | None) -> None:
    before = TRIGGER | {"description": description}
    assert [(each.verb, each.id) for each in changes(account(trigger=[before]), []) if each.kind == "trigger"] == [
        ("exclude", "1")
    ]

    during = before | excluded(before)
    assert changes(account(trigger=[during]), []) == []
    taken, _ = removal(account(trigger=[during]), [], {})
    assert [(each.verb, each.id) for each in taken] == [("include", "1")]

    assert during | included(during) == before


def test_an_exclusion_that_was_there_before_stays() -> None:
    conditions = {"all": [*TRIGGER["conditions"]["all"], CONDITION], "any": []}
    found = account(trigger=[TRIGGER | {"conditions": conditions}])

    assert changes(found, []) == []
    assert removal(found, [], {}) == ([], [])


def test_what_an_administrator_changed_on_a_trigger_since_is_not_undone() -> None:
    during = TRIGGER | excluded(TRIGGER)
    other = {"field": "status", "operator": "is_not", "value": "closed"}
    during["conditions"]["all"].insert(0, other)
    during["description"] = "Mails."

    after = during | included(during)

    assert after["conditions"]["all"] == [other, *TRIGGER["conditions"]["all"]]
    assert after["actions"] == TRIGGER["actions"]
    assert after["description"] == "Mails."


def test_a_condition_that_was_changed_since_is_named_and_stays() -> None:
    during = TRIGGER | excluded(TRIGGER)
    during["conditions"]["all"][-2] = CONDITION | {"value": "frontdesk_slack vip"}

    taken, kept = removal(account(trigger=[during]), [], {})

    assert taken == []
    assert [each.name for each in kept] == ["Notify requester"]


def test_a_trigger_that_lost_its_condition_gets_it_again_under_one_mark() -> None:
    during = TRIGGER | {"conditions": {"all": [MARK], "any": []}}

    assert [each.verb for each in changes(account(trigger=[during]), [])] == ["exclude"]
    assert excluded(during)["conditions"]["all"] == [MARK, CONDITION]
    assert isinstance(changes(account(trigger=[during]), [])[0], Change)
