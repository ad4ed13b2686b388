"""Ids are the text that is stored, and know their parts; nobody else puts one together or takes it apart."""

import json
import re
from pathlib import Path

import pytest

import bot
from bot.domain.capabilities import desk_user
from bot.domain.ids import NOBODY, AuthorId, ConversationId, MessageRef, Origin, Thread, same_person

ROOT = Path(bot.__file__).parents[1]
HOME = ROOT / "bot" / "domain" / "ids.py"
BY_HAND = re.compile(
    r'f"(?:slack|zendesk|chat):\{(?!uuid4|url|settings|account|self\._account)'
    r'|f"\{Origin\.|(?:author|author_id|conversation|conversation_id|requester)(?:\.id)?\.(?:split|r?partition)\(":"'
)
NOT_AN_ID = {
    "integrations/zendesk/connector.py",  # the account that is connected
    "integrations/slack/inbound/incoming.py",  # ids of messages
    "integrations/slack/inbound/parse.py",
    "integrations/slack/api/rate_limits.py",  # a place that is limited
    "integrations/zendesk/api/rate_limits.py",
}


def test_an_id_is_the_text_that_is_stored() -> None:
    thread = ConversationId.in_slack("T1", "C1", "100.1")
    assert thread == "slack:T1:C1:100.1"
    assert json.dumps({"id": thread, thread: 1}) == '{"id": "slack:T1:C1:100.1", "slack:T1:C1:100.1": 1}'
    assert (f"{thread}", str(thread), hash(thread)) == ("slack:T1:C1:100.1",) * 2 + (hash("slack:T1:C1:100.1"),)


def test_a_conversation_knows_where_it_takes_place() -> None:
    thread = ConversationId("slack:T1:D1:100.1")
    assert (thread.origin, thread.thread) == (Origin.SLACK, Thread("T1", "D1", "100.1"))
    assert thread.thread.is_direct
    assert thread.moved_to("C2") == "slack:T1:C2:100.1"
    assert ConversationId.of_ticket(7) == "zendesk:7"
    assert ConversationId.of_chat("web", "a:b").origin is Origin.CHAT
    assert ConversationId.of_chat(".terminal", "1").is_at_terminal
    assert not ConversationId.of_chat("web", ".terminal").is_at_terminal
    with pytest.raises(ValueError, match="not a thread"):
        _ = ConversationId("zendesk:7").thread


@pytest.mark.parametrize("text", ["", "7", "slack", "teams:T1:C1", "order slack:T1"])
def test_what_is_no_id_of_this_version_is_none(text: str) -> None:
    assert ConversationId.parse(text) is None


def test_one_person_is_one_in_every_workspace_that_slack_names() -> None:
    assert same_person("slack:T1:U1", "slack:E9:U1")
    assert same_person("slack:T1:U1", "slack:U1")
    assert not same_person("slack:T1:U1", "slack:T1:U2")
    assert not same_person("zendesk:1", "chat:web:1")
    assert not same_person(NOBODY, "slack:T1:U1")


def test_an_author_knows_their_vendors_id() -> None:
    slack, zendesk, chat = AuthorId("slack:T1:U1"), AuthorId("zendesk:12"), AuthorId("chat:web:cust_001")
    assert [one.user for one in (slack, zendesk, chat, NOBODY)] == ["U1", "12", "cust_001", ""]
    assert [one.team for one in (slack, zendesk, chat, NOBODY)] == ["T1", "", "", ""]
    assert [desk_user(one) for one in (slack, zendesk, chat, NOBODY)] == ["", "12", "", ""]
    assert [one.is_in_workspace for one in (slack, AuthorId.in_slack("T1"), zendesk)] == [True, False, False]
    assert [one.origin for one in (slack, zendesk, chat, AuthorId("operator"))] == [*Origin, None]
    assert slack.colleague("U2") == "slack:T1:U2"


def test_a_message_is_its_channel_and_time() -> None:
    assert MessageRef.of("C1", "100.1") == "C1:100.1"
    assert (MessageRef("C1:100.1").channel, MessageRef("C1:100.1").ts) == ("C1", "100.1")


def test_a_conversation_tells_what_it_shares_with_others() -> None:
    names = [ConversationId(name) for name in ("slack:T1:C1:1.0", "zendesk:7", "chat:shop:abc", "teams:9:8")]
    assert [name.place for name in names] == ["slack:T1:C1", "zendesk", "chat:shop", "teams:9"]
    assert [name.session for name in names] == ["", "", "abc", ""]
    assert [name.began_in for name in names] == ["slack", "zendesk", "chat", "teams"]


@pytest.mark.parametrize("folder", ["bot", "integrations"])
def test_no_other_module_puts_an_id_together_or_takes_it_apart(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / folder).rglob("*.py")
        if path != HOME and str(path.relative_to(ROOT)) not in NOT_AN_ID and "sandbox" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if BY_HAND.search(line)
    ]
    assert found == []
