"""The store desk: its data as the contract states them, its tools for their owner alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agents.tool_context import ToolContext as SdkContext

from bot.desk import Customer, ToolContext, build_tools, load_desk
from bot.desk.database import Database
from bot.desk.tools.calls import NOT_VERIFIED
from tests.doubles.clock import ManualClock

DAY = 86_400
STORE = load_desk("store")
TOOLS = ["lookup_customer", "lookup_orders", "lookup_order", "track_shipment", "search_knowledge"]


class Shop:
    """The store's tools as a customer's specialist has them."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock

    async def ask(self, who: str, tool: str, **arguments: str) -> Any:
        """Call a tool for the customer with this id, empty for an unverified author."""
        customer = await self.database.customer_by_id(who)
        built = build_tools(STORE, [tool])[0]
        context = ToolContext(customer, "", self.database, STORE.knowledge, self.clock)
        text = json.dumps(arguments)
        sdk = SdkContext(context=context, tool_name=tool, tool_call_id="call_1", tool_arguments=text)
        answer = str(await built.on_invoke_tool(sdk, text))
        return answer if answer == NOT_VERIFIED else json.loads(answer)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    clock = ManualClock()
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}", STORE, clock)
    yield Shop(database, clock)
    await database.close()


def test_the_specialists_are_the_contracts_and_triage_starts() -> None:
    assert list(STORE.specialists) == ["triage", "orders", "billing", "shipping", "technical", "faq"]
    assert STORE.first == "triage"
    assert STORE.specialists["triage"].model == "small"


def test_transfers_go_both_ways_between_triage_and_everyone() -> None:
    for name, specialist in STORE.specialists.items():
        if name != "triage":
            assert name in STORE.specialists["triage"].transfers
            assert "triage" in specialist.transfers
            assert name not in specialist.transfers


def test_every_specialist_has_sentences_of_its_own() -> None:
    sentences = [example for specialist in STORE.specialists.values() for example in specialist.examples]

    assert len(sentences) == len(set(sentences))
    assert all(len(specialist.examples) >= 6 for specialist in STORE.specialists.values())


def test_tools_have_the_contracts_names_and_arguments() -> None:
    built = {tool.name: tool for tool in build_tools(STORE, TOOLS)}

    arguments = {name: sorted(tool.params_json_schema["properties"]) for name, tool in built.items()}
    assert arguments == {
        "lookup_customer": [],
        "lookup_orders": [],
        "lookup_order": ["order_id"],
        "track_shipment": ["order_id"],
        "search_knowledge": ["query"],
    }


@pytest.mark.parametrize(
    ("who", "name", "plan", "since", "value"),
    [
        ("cust_001", "Sarah Chen", "pro", "2025-03-15", "2400.00"),
        ("cust_002", "Marcus Johnson", "enterprise", "2024-08-01", "18500.00"),
    ],
)
async def test_the_customers_are_the_contracts(
    shop: Shop, who: str, name: str, plan: str, since: str, value: str
) -> None:
    found = await shop.ask(who, "lookup_customer")

    assert (found["name"], found["plan"], found["customer_since"], found["lifetime_value"]) == (
        name,
        plan,
        since,
        value,
    )
    assert found["priority_support"] is (plan == "enterprise")


@pytest.mark.parametrize(
    ("who", "order", "status", "total", "placed", "items"),
    [
        (
            "cust_001",
            "ord_1001",
            "delivered",
            "299.98",
            30,
            {"Pro Plan - Annual": "199.99", "Extra Seat Pack (5)": "99.99"},
        ),
        ("cust_001", "ord_1002", "pending", "49.99", 2, {"API Credits - 10K": "49.99"}),
        ("cust_002", "ord_2001", "delivered", "999.99", 90, {"Enterprise Plan - Annual": "999.99"}),
        ("cust_001", "A1001", "shipped", "89.00", 3, None),
        ("cust_002", "A1002", "processing", "120.00", 1, None),
    ],
)
async def test_the_orders_are_the_contracts(
    shop: Shop, who: str, order: str, status: str, total: str, placed: int, items: dict[str, str] | None
) -> None:
    found = await shop.ask(who, "lookup_order", order_id=order)

    assert (found["order_id"], found["status"], found["total"], found["days_since_placed"]) == (
        order,
        status,
        total,
        placed,
    )
    if items:
        assert {item["name"]: item["price"] for item in found["items"]} == items


async def test_dates_are_relative_to_the_first_start_and_grow_old(shop: Shop) -> None:
    first = await shop.ask("cust_001", "lookup_order", order_id="ord_1001")
    shop.clock.advance(DAY)
    later = await shop.ask("cust_001", "lookup_order", order_id="ord_1001")

    assert (first["placed_on"], first["delivered_on"]) == ("2026-10-24", "2026-11-03")
    assert later["placed_on"] == first["placed_on"]
    assert later["days_since_placed"] == 31


async def test_the_thirtieth_day_lasts_a_whole_day(shop: Shop) -> None:
    shop.clock.advance(DAY - 1)

    found = await shop.ask("cust_001", "lookup_order", order_id="ord_1001")

    assert found["days_since_placed"] == 30


async def test_a_shipped_order_has_a_tracking_number_and_a_day(shop: Shop) -> None:
    found = await shop.ask("cust_001", "track_shipment", order_id="A1001")

    assert found["status"] == "shipped"
    assert found["tracking_number"]
    assert (found["expected_in_days"], found["expected_on"]) == (2, "2026-11-25")
    waiting = await shop.ask("cust_002", "track_shipment", order_id="A1002")
    assert "tracking_number" not in waiting
    assert waiting["expected_in_days"] == 5


@pytest.mark.parametrize("written", ["ord_1001", "ORD_1001", "#ord_1001", "  ord_1001 "])
async def test_an_order_is_found_as_people_write_its_id(shop: Shop, written: str) -> None:
    assert (await shop.ask("cust_001", "lookup_order", order_id=written))["order_id"] == "ord_1001"


@pytest.mark.parametrize("tool", ["lookup_order", "track_shipment"])
@pytest.mark.parametrize("foreign", ["ord_2001", "A1002", "a1002", "#ord_2001"])
async def test_someone_elses_order_answers_exactly_like_none(shop: Shop, tool: str, foreign: str) -> None:
    theirs = await shop.ask("cust_001", tool, order_id=foreign)
    missing = await shop.ask("cust_001", tool, order_id="ord_9999")

    assert theirs["found"] is False
    assert json.dumps(theirs).replace(foreign, "X") == json.dumps(missing).replace("ord_9999", "X")


@pytest.mark.parametrize("hostile", ["%", "ord_1001' OR '1'='1", "ord\\_2001", "_______1", ""])
async def test_an_order_id_is_never_a_pattern(shop: Shop, hostile: str) -> None:
    assert (await shop.ask("cust_001", "lookup_order", order_id=hostile))["found"] is False


async def test_each_customer_sees_their_own_orders_latest_first(shop: Shop) -> None:
    sarah = await shop.ask("cust_001", "lookup_orders")
    marcus = await shop.ask("cust_002", "lookup_orders")

    assert [order["order_id"] for order in sarah["orders"]] == ["ord_1002", "A1001", "ord_1001"]
    assert [order["order_id"] for order in marcus["orders"]] == ["A1002", "ord_2001"]


@pytest.mark.parametrize("tool", ["lookup_customer", "lookup_orders", "lookup_order", "track_shipment"])
async def test_nobody_unverified_learns_anything(shop: Shop, tool: str) -> None:
    arguments = {"order_id": "A1001"} if tool in {"lookup_order", "track_shipment"} else {}

    assert await shop.ask("", tool, **arguments) == NOT_VERIFIED


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("can I get a refund?", ["within 30 days", "unused", "Orders > Request Refund", "5–7 business days"]),
        ("how long does standard shipping take?", ["5–7 business days", "1–2 business days", "12.99 USD more"]),
        ("international shipping and customs", ["10–14 business days", "Customs", "paid by the customer"]),
        ("reset my password", ["within 2 minutes"]),
        ("change my e-mail address", ["both addresses", "24 hours"]),
        ("delete my account", ["within 30 days"]),
        ("which payment methods", ["Visa", "Mastercard", "Amex", "PayPal", "Apple Pay"]),
        ("where is my invoice", ["mailed after each purchase", "Account > Billing"]),
        ("cancel my subscription", ["at any time", "end of the period"]),
    ],
)
async def test_the_articles_hold_the_contracts_facts(shop: Shop, question: str, facts: list[str]) -> None:
    found = await shop.ask("", "search_knowledge", query=question)

    best = " ".join(found["passages"][0]["text"].split())
    for fact in facts:
        assert fact in best


def test_the_limits_of_money_are_the_contracts() -> None:
    limits = STORE.policy.limits

    refund = limits["refund"]
    assert (refund.window_days, str(refund.at_once_below), str(refund.with_reason_up_to)) == (30, "100.00", "500.00")
    assert (str(limits["credit"].at_once_up_to), limits["credit"].per_days) == ("50.00", 30)
    assert limits["plan_change"].human_for == ("enterprise",)
    assert limits["cancel"].statuses == ("pending", "processing")
    assert limits["reship"].human


def test_the_rest_of_the_rules_are_the_contracts() -> None:
    policy = STORE.policy

    assert policy.answer_groups == ("Support",)
    assert policy.default_group == "Support"
    assert set(policy.groups) == {"Billing", "Technical", "Shipping", "Escalations"}
    assert policy.staff == ()
    assert policy.escalation.unresolved_turns == 8
    assert (policy.reply_cap.replies, policy.reply_cap.minutes) == (10, 10)


def test_a_customer_is_greeted_by_first_name() -> None:
    assert Customer("1", "Sarah Chen", "s@example.com").first_name == "Sarah"
