"""`/console/conversations`: the list and its filters, and one conversation's whole story."""

import httpx
import pytest

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation, Move
from bot.domain.drafts import Draft, DraftStage
from bot.domain.escalations import Escalation
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.transcript import Entry, Role
from bot.store.admin.export import delete
from bot.store.records.conversations import View
from integrations.web.console.story import render_story, turns_of
from tests.unit.store.redis_harness import RedisHarness
from tests.unit.web.webapp import WEB

PATH = "/console/conversations"
SCRIPT = "<script>alert(1)</script>"
LIVES = ConversationId("slack:T1:C1:1.0")


@pytest.fixture
async def filled(room: RedisHarness) -> RedisHarness:
    """One that the bot has, one that waits for a human."""
    await room.inbox.accept(room.asks("chat:web:s1", "a secret wish"))
    await room.take_turn("chat:web:s1")
    room.change = lambda conversation: conversation.move(Move.ESCALATE)
    await room.inbox.accept(room.asks(LIVES, "a secret wish"))
    await room.take_turn(LIVES)
    return room


@pytest.mark.parametrize("path", [PATH, f"{PATH}/chat:web:s1"])
async def test_only_the_console_key_sees_them(ops: httpx.AsyncClient, path: str) -> None:
    for headers in ({"Authorization": ""}, WEB):
        assert (await ops.get(path, headers=headers)).status_code == 401


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", ["chat:web:s1", LIVES]),
        ("?owner=escalated", [LIVES]),
        ("?surface=chat", ["chat:web:s1"]),
        ("?q=T1:C1", [LIVES]),
        ("?q=nothing-like-it", []),
        ("?start=50", []),
        ("?start=-7&owner=bot", ["chat:web:s1"]),
    ],
)
async def test_a_filter_leaves_those_that_it_names(ops: httpx.AsyncClient, query: str, listed: list[str]) -> None:
    page = (await ops.get(f"{PATH}{query}")).text

    assert [name for name in ("chat:web:s1", LIVES) if f'href="{PATH}/{name}"' in page] == listed
    assert "wish" not in page


@pytest.mark.usefixtures("filled")
async def test_the_console_key_reads_what_was_said(ops: httpx.AsyncClient) -> None:
    page = (await ops.get(f"{PATH}/chat:web:s1")).text

    assert "You wrote: a secret wish" in page


@pytest.mark.parametrize("name", ["chat:web:s9", "nobody", "zendesk:1%3Cscript%3E", "slack:T1:C1:9.9"])
async def test_what_is_no_conversation_is_not_found(ops: httpx.AsyncClient, name: str) -> None:
    assert (await ops.get(f"{PATH}/{name}")).status_code == 404


async def test_a_deleted_one_is_not_found(ops: httpx.AsyncClient, filled: RedisHarness) -> None:
    await delete(filled.scripts, filled.conversations, "chat:web:s1")
    assert (await ops.get(f"{PATH}/chat:web:s1")).status_code == 404


def event(deed: Deed, outcome: str, turn: int, at: float, **details: str) -> AuditEvent:
    return AuditEvent(deed, outcome, "slack:T1:U1", "billing", 0.5, details, at, turn, f"{turn}.{at}", LIVES)


EVENTS = (
    event(Deed.MESSAGE, "customer", 1, 10.0, surface="slack"),
    event(Deed.TOOL, "ok", 1, 11.0, tool="lookup_order", order_id="A1001"),
    event(
        Deed.TURN,
        "answered",
        1,
        11.0,
        mode="draft",
        rule="pilot",
        cost="12300",
        input="4000",
        output="200",
        says="answer",
    ),
    event(Deed.DELIVERY, "dead: gone", 1, 12.0, effect="reply"),
    event(Deed.MESSAGE, "staff", 2, 20.0, surface="zendesk"),
    event(Deed.TURN, "people", 2, 21.0),
)
ENTRIES = (
    Entry(Role.USER, f"Where is it? {SCRIPT}", 10.0, name="Ann"),
    Entry(Role.TOOL_CALL, "lookup_order()", 11.0, "orders"),
    Entry(Role.TOOL_OUTPUT, '{"status": "shipped"}', 11.0, "orders"),
    Entry(Role.ASSISTANT, "It is **shipped**.", 11.0, "billing"),
    Entry(Role.HUMAN, "I can help.", 20.0, name="Bea"),
)
DRAFT = Draft(
    "d1",
    f"It is shipped. {SCRIPT}",
    "billing",
    11.0,
    stage=DraftStage.SENT_EDITED,
    why="rule pilot",
    sources=("Shipping",),
    looked_up=("lookup_order: ok",),
    said="It was shipped today.",
    settled_at=15.0,
    settled_by="Bea",
)


def view_of(conversation: Conversation) -> View:
    return View(conversation, ENTRIES, trimmed=2, waiting=1, customer_id="cust_001")


def test_words_and_events_of_one_turn_stand_together() -> None:
    turns = turns_of(ENTRIES, EVENTS)

    assert [(turn.number, len(turn.entries), len(turn.events)) for turn in turns] == [(1, 4, 4), (2, 1, 2)]


def test_a_story_tells_rule_cost_lookup_draft_and_what_the_human_made_of_it() -> None:
    story = render_story(view_of(Conversation(LIVES, drafts=(DRAFT,), requester_name=f"Ann {SCRIPT}")), EVENTS)

    for told in (
        "draft by rule pilot",
        "0.0123 USD",
        "4,200 tokens",
        "called lookup_order",
        "&quot;shipped&quot;",
        "<b>shipped</b>",
    ):
        assert told in story
    for told in ("sent edited", "It was shipped today.", "Bea", "Shipping", "reply dead: gone", "I can help."):
        assert told in story
    assert (SCRIPT in story, "2 older lines" in story) == (False, True)


def test_a_story_tells_why_people_have_it() -> None:
    card = Escalation("m1", "Ann", "A lost parcel", "The customer is upset", taken_by="Bea")
    moved = Conversation(LIVES, requester=AuthorId("slack:T1:U1"), escalation=card, priority="urgent").move(
        Move.ESCALATE
    )

    story = render_story(view_of(moved), EVENTS)

    assert all(told in story for told in ("A lost parcel", "The customer is upset", "urgent", "Bea"))


def test_after_a_reset_what_happened_is_still_told() -> None:
    story = render_story(None, EVENTS)

    assert ("was deleted" in story, "called lookup_order" in story, "Where is it" in story) == (True, True, False)
