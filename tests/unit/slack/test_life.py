"""What Slack tells of channels and of the app itself."""

from typing import Any

import pytest

from bot.domain.conversation import Conversation
from bot.domain.errors import InvalidRequest
from bot.domain.ids import ConversationId
from integrations.slack.inbound.incoming import Gone, Ignored, Incoming, Moved, Removed
from integrations.slack.inbound.parse import parse_event
from tests.unit.slack.payloads import envelope

TEAM = "T0FRONTDSK"
AT = 1_700_000_000.0
"""When Slack says that it happened."""

TOLD: dict[str, tuple[dict[str, Any], Incoming]] = {
    "moved": (
        {"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C1", "event_ts": "1.2"},
        Moved(TEAM, "G1", "C1"),
    ),
    "archived": (
        {"type": "channel_archive", "channel": "C1", "user": "U1", "event_ts": "1.2"},
        Gone(TEAM, "C1", "archived", "1.2"),
    ),
    "deleted": ({"type": "group_deleted", "channel": "G1"}, Gone(TEAM, "G1", "deleted", "")),
    "left": ({"type": "channel_left", "channel": "C1"}, Gone(TEAM, "C1", "closed to the bot", "")),
    "uninstalled": ({"type": "app_uninstalled"}, Removed(TEAM, "app_uninstalled", at=AT)),
    "revoked": ({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}, Removed(TEAM, "tokens_revoked", at=AT)),
    "both revoked": (
        {"type": "tokens_revoked", "tokens": {"oauth": ["U2"], "bot": ["U1"]}},
        Removed(TEAM, "tokens_revoked", at=AT),
    ),
    "a person's revoked": (
        {"type": "tokens_revoked", "tokens": {"oauth": ["U2"], "bot": []}},
        Ignored("a person's own token"),
    ),
    "a person's revoked, no other list": (
        {"type": "tokens_revoked", "tokens": {"oauth": ["U2"]}},
        Ignored("a person's own token"),
    ),
}


@pytest.mark.parametrize(("event", "means"), TOLD.values(), ids=TOLD.keys())
def test_what_becomes_of_a_channel_is_understood(event: dict[str, Any], means: Incoming) -> None:
    assert parse_event(envelope(event, team_id=TEAM, authorizations=[])) == means


@pytest.mark.parametrize(
    "event",
    [
        {"type": "channel_id_changed", "old_channel_id": "C1"},
        {"type": "channel_id_changed", "old_channel_id": "C:1", "new_channel_id": "C2"},
        {"type": "channel_archive"},
        {"type": "channel_archive", "channel": {"id": "C1"}},
    ],
)
def test_what_names_no_channel_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        parse_event(envelope(event))


def test_a_conversation_keeps_its_id_and_knows_where_it_takes_place_now() -> None:
    began = Conversation(ConversationId("slack:T1:G1:1.2"))

    assert began.address == began.id
    assert Conversation(ConversationId("slack:T1:G1:1.2"), channel="C1").address == "slack:T1:C1:1.2"
