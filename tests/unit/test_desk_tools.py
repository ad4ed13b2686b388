"""What a model may call, and what it can never choose: the customer, the database, the clock."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agents import FunctionTool
from agents.tool_context import ToolContext as SdkContext
from structlog.testing import capture_logs

from bot.desk import Clock, Customer, Data, Knowledge, ToolContext, build_tools, load_desk, tool
from bot.desk.customer import introduce
from bot.desk.knowledge import Passage
from bot.desk.tools import FAILED, NOT_VERIFIED, Tool
from tests.fakes import FakeClock
from tests.unit.desk_folder import write_desk

SARAH = Customer("cust_001", "Sarah Chen", "sarah.chen@example.com", plan="pro")


@dataclass(frozen=True)
class Shelf:
    """A desk that only has tools."""

    tools: dict[str, Tool]


async def call(function: Callable[..., Any], arguments: str = "{}", customer: Customer | None = SARAH) -> str:
    """Call the function as the SDK would."""
    offered = tool(function)
    built = build_tools(Shelf({offered.name: offered}), [offered.name])[0]
    return await invoke(built, arguments, customer)


async def invoke(built: FunctionTool, arguments: str, customer: Customer | None) -> str:
    knowledge = Knowledge([Passage("Refunds", "Within 30 days.", "refunds.md")])
    context = ToolContext(customer, "Sarah", None, knowledge, FakeClock())
    sdk = SdkContext(context=context, tool_name=built.name, tool_call_id="call_1", tool_arguments=arguments)
    return str(await built.on_invoke_tool(sdk, arguments))


async def who_am_i(customer: Customer, clock: Clock) -> str:
    """Say who is asking."""
    return f"{customer.id} at {clock.now():.0f}"


async def test_the_customer_is_put_in_and_a_model_cannot_name_another() -> None:
    assert await call(who_am_i, '{"customer": "cust_002", "clock": 1}') == f"cust_001 at {FakeClock().now():.0f}"


def test_what_is_put_in_is_not_in_the_schema() -> None:
    def find(query: str, customer: Customer | None, data: Data, knowledge: Knowledge, clock: Clock) -> str:
        """Find something.

        Args:
            query: what to find.
        """
        return query

    offered = tool(find)

    assert list(offered.schema.params_json_schema["properties"]) == ["query"]
    assert offered.schema.params_json_schema["properties"]["query"]["description"] == "what to find."
    assert offered.schema.description == "Find something."
    assert set(offered.injected) == {"customer", "data", "knowledge", "clock"}


async def test_for_an_unverified_author_a_customers_tool_does_not_run() -> None:
    ran: list[str] = []

    def open_drawer(customer: Customer) -> str:
        """Open the customer's drawer."""
        ran.append(customer.id)
        return "opened"

    assert await call(open_drawer, customer=None) == NOT_VERIFIED
    assert ran == []


async def test_a_tool_may_serve_the_unverified_too() -> None:
    def greet(customer: Customer | None) -> str:
        """Greet."""
        return customer.name if customer else "stranger"

    assert await call(greet, customer=None) == "stranger"
    assert await call(greet) == "Sarah Chen"


async def test_a_failing_tool_tells_the_model_nothing_but_that_it_failed_and_logs_no_words() -> None:
    def break_down(secret: str) -> str:
        """Break."""
        raise RuntimeError(f"cannot reach db for {secret}")

    with capture_logs() as logs:
        answer = await call(break_down, '{"secret": "sarah.chen@example.com"}')

    assert answer == FAILED
    assert [(entry["event"], entry["tool"], entry["error"]) for entry in logs] == [
        ("tool_failed", "break_down", "RuntimeError")
    ]
    assert "sarah" not in str(logs)


@pytest.mark.parametrize("arguments", ["{}", "not json", '{"pieces": "many"}', "[1]"])
async def test_arguments_that_do_not_fit_are_explained_without_repeating_them(arguments: str) -> None:
    def cut(pieces: int) -> int:
        """Cut."""
        return pieces

    answer = await call(cut, arguments)

    assert answer.startswith("Not run: cut cannot read these arguments")
    assert "many" not in answer


async def test_results_are_text_or_json_with_money_as_it_is() -> None:
    def pay() -> dict[str, object]:
        """Pay."""
        return {"total": Decimal("299.90"), "to": "Zoë"}

    def say() -> str:
        """Say."""
        return "plain words"

    assert json.loads(await call(pay)) == {"total": "299.90", "to": "Zoë"}
    assert await call(say) == "plain words"


async def test_defaults_hold_where_a_model_gives_null_or_nothing() -> None:
    def refund(order_id: str, amount: Decimal | None = None) -> str:
        """Refund."""
        return f"{order_id} {amount}"

    assert await call(refund, '{"order_id": "A1"}') == "A1 None"
    assert await call(refund, '{"order_id": "A1", "amount": "1.50"}') == "A1 1.50"


async def test_a_tool_that_needs_data_fails_quietly_on_a_desk_without_it() -> None:
    async def count(data: Data) -> int:
        """Count."""
        return 1

    assert await call(count) == FAILED


async def test_a_desk_of_ones_own_has_its_tools_and_the_built_in_search(tmp_path: Path) -> None:
    folder = write_desk(
        tmp_path, knowledge__menu="# Menu\n\nWe bake Margherita.\n\n## Allergens\n\nIt contains gluten."
    )
    desk = load_desk(str(folder))
    bake, search = build_tools(desk, ["bake", "search_knowledge"])
    context = ToolContext(None, "", None, desk.knowledge, FakeClock())
    sdk = SdkContext(context=context, tool_name="search_knowledge", tool_call_id="1", tool_arguments="")

    assert await invoke(bake, '{"topping": "ham"}', None) == "A pizza with ham is ready in 12 minutes."
    found = json.loads(str(await search.on_invoke_tool(sdk, '{"query": "is there gluten in it?"}')))
    assert found["passages"] == [
        {"title": "Menu: Allergens", "text": "It contains gluten.", "source": "menu.md#allergens"}
    ]


def test_a_tool_nobody_has_cannot_be_built() -> None:
    with pytest.raises(KeyError):
        build_tools(Shelf({}), ["missing"])


def test_a_model_is_told_whom_it_answers() -> None:
    assert introduce(SARAH) == "The customer is Sarah Chen, verified, on the pro plan."
    assert introduce(None, "Sam") == "The customer is Sam, not verified."
    assert introduce(None) == "The customer is unknown by name, not verified."
