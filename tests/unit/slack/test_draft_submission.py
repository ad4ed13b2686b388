"""What a person submits in the modal of a draft, and what is none of that."""

from typing import Any

import pytest

from bot.domain.errors import InvalidRequest
from integrations.slack.drafts.submission import parse_submission
from tests.unit.slack.payloads import submission_payload

CONVERSATION = "slack:T1:C1:1700000000.000100"


def test_a_submission_names_the_draft_the_person_and_the_words() -> None:
    found = parse_submission(submission_payload())

    assert found is not None
    assert (found.id, found.author_id, found.draft) == ("submission:T1:V1", "slack:T1:U1", "draft-1")
    assert (found.conversation, found.text) == (CONVERSATION, "Mine.")


@pytest.mark.parametrize("conversation", ["zendesk:7", "chat:web:s-1"])
def test_drafts_of_every_kind_of_conversation_are_edited_in_slack(conversation: str) -> None:
    found = parse_submission(submission_payload(conversation))

    assert found is not None
    assert (found.conversation, found.id) == (conversation, "submission:T1:V1")


def test_a_stranger_is_known_by_their_own_workspace() -> None:
    found = parse_submission(submission_payload(user={"id": "U2", "team_id": "T2"}, team={"id": "T2"}))

    assert found is not None
    assert (found.author_id, found.id) == ("slack:T2:U2", "submission:T1:V1")


def test_an_emptied_field_is_an_empty_text() -> None:
    found = parse_submission(submission_payload(text=None))

    assert found is not None
    assert found.text == ""


def test_another_apps_modal_is_none_of_ours() -> None:
    assert parse_submission(submission_payload(view={"callback_id": "other", "private_metadata": "{}"})) is None
    assert parse_submission(submission_payload() | {"view": 7}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"view": {"private_metadata": ""}},
        {"view": {"private_metadata": "a b"}},
        {"view": {"private_metadata": "x" * 129}},
        {"view": {"state": {"values": {}}}},
        {"view": {"state": {"values": {"b1": {"a": {"value": "x"}}}}}},
        {"view": {"state": {"values": {"b1": "x"}}}},
        {"view": {"id": "../x"}},
        {"user": None},
        {"user": {"id": "U:1"}},
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    whole = submission_payload()
    broken = {**whole, **changes}
    if isinstance(changes.get("view"), dict):
        broken["view"] = {**whole["view"], **changes["view"]}

    with pytest.raises(InvalidRequest):
        parse_submission(broken)
