"""A desk whose console has something on every page: one conversation settled, one struggling, one for people."""

from dataclasses import replace
from itertools import count

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation, Move
from bot.domain.drafts import Draft, DraftStage
from bot.domain.escalations import Escalation
from bot.domain.review import ReviewEntry, Verdict, Why
from bot.store import keys
from bot.store.codec import dump
from bot.store.queue.dead_letters import TURN, DeadLetters
from bot.store.records.review_entries import ReviewEntries
from bot.store.records.stuck_effects import Stuck
from tests.unit.store.redis_harness import RedisHarness

SETTLED = "chat:web:s1"
STRUGGLES = "chat:web:s2"
WAITS = "slack:T1:C1:1795978010.000100"
DRAFT = Draft(
    "d1",
    "It is on its way.\n\n**Two days** more.",
    "orders",
    1.0,
    stage=DraftStage.SENT_EDITED,
    why="by rule pilot",
    sources=("Shipping",),
    looked_up=("lookup_order: ok",),
    said="It comes on Tuesday.",
    settled_by="Bea",
    settled_at=3.0,
)
REVIEWED = tuple(
    ReviewEntry(
        *(f"e{number}", why, SETTLED, "orders", 4e9 + number, "chat:web:cust_001", ("Hello.",), "Where is it?"),
        answer="It comes on Monday.\n\nUntil then nothing can be done.",
        reason="It came on Friday.",
    )
    for number, why in enumerate((Why.RATING, Why.SAMPLE, Why.CUT))
)
EVENTS = (
    (Deed.MESSAGE, "customer", {"surface": "chat"}),
    (Deed.TOOL, "ok", {"tool": "lookup_order", "order_id": "A1001"}),
    (Deed.TOOL, "failed", {"tool": "track_shipment", "order_id": "A1001"}),
    (Deed.PROPOSAL, "offered", {"action": "propose_refund", "amount": "89.00"}),
    (Deed.ESCALATION, "rule", {"priority": "urgent", "group": "Billing"}),
    (Deed.TURN, "answered", {"mode": "draft", "rule": "pilot", "sentiment": "-0.4"}),
    (Deed.DELIVERY, "done", {"effect": "reply"}),
)


async def fill(room: RedisHarness) -> None:
    """Write it all, at the time of the entries that the harness makes."""
    room.clock.at = 3_000.0
    room.change = lambda now: replace(now, sentiments=(0.0, -0.6))
    await _turn(room, STRUGGLES)
    room.change = lambda now: replace(now, drafts=(DRAFT,), requester_name="Sarah Chen", plan="pro")
    await _turn(room, SETTLED)
    room.change = _handed_over
    await _turn(room, WAITS)
    letters = DeadLetters(room.scripts.client)
    await letters.bury(SETTLED, TURN, dump(room.asks(SETTLED, "again")), "ModelUnavailable")
    entries = ReviewEntries(room.scripts.client, 90)
    for entry in REVIEWED:
        await entries.put(entry, room.clock.now())
    await entries.decide(REVIEWED[1], Verdict.WRONG_TONE, room.clock.now(), "ops")
    await Stuck(room.scripts.client, room.clock).add(WAITS, room.clock.now() - 400)


async def _turn(room: RedisHarness, name: str) -> None:
    await room.inbox.accept(room.asks(name, "Where is my order A1001?"))
    await room.take_turn(name)
    for number, (deed, outcome, details) in zip(count(), EVENTS, strict=False):
        event = AuditEvent(deed, outcome, "chat:web:cust_001", "orders", 0.2, details, 2.0, 1, f"1.{number}")
        await room.scripts.client.xadd(keys.audit(name), {"e": event.dump()})
    await room.scripts.client.expire(keys.audit(name), 3_600)


def _handed_over(now: Conversation) -> Conversation:
    card = Escalation("m1", "Sarah Chen", "A lost parcel", "The customer is upset")
    moved = replace(now, escalation=card, group="Billing", priority="urgent", promised_until=1.0, ticket_id="7")
    return moved.move(Move.ESCALATE)
