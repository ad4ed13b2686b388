"""What a model may call, and what it can never choose: the customer, the database, the clock."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, FunctionTool
from agents.tool_context import ToolContext as SdkContext

from bot.desk import BusinessHours, Clock, Customer, Data, Knowledge, ToolContext, build_tools, load_desk, tool
from bot.desk.actions.offers import Offer
from bot.desk.knowledge.passages import Passage
from bot.desk.tools.calls import FAILED, NOT_VERIFIED
from bot.desk.tools.customer import introduce
from bot.desk.tools.tools import Tool
from bot.turn.audit import AuditHooks
from tests.doubles.clock import ManualClock
from tests.unit.desk.desk_folder import write_desk
from tests.unit.telemetry.test_log import Lines, lines

__all__ = ["lines"]

SARAH = Customer("cust_001", "Sarah Chen", "sarah.chen@example.com", plan="pro")


@dataclass(frozen=True)
class Shelf:
    """A desk that only has tools."""

    tools: dict[str, Tool]


async def call(
    function: Callable[..., Any],
    arguments: str = "{}",
    customer: Customer | None = SARAH,
    hours: BusinessHours | None = None,
) -> str:
    """Call the function as the SDK would."""
    offered = tool(function)
    built = build_tools(Shelf({offered.name: offered}), [offered.name])[0]
    return await invoke(built, arguments, customer, hours)


async def invoke(
    built: FunctionTool, arguments: str, customer: Customer | None, hours: BusinessHours | None = None
) -> str:
    knowledge = Knowledge([Passage("Refunds", "Within 30 days.", "refunds.md")])
    context = ToolContext(customer, "Sarah", None, knowledge, ManualClock(), hours=hours)
    sdk = SdkContext(context=context, tool_name=built.name, tool_call_id="call_1", tool_arguments=arguments)
    return str(await built.on_invoke_tool(sdk, arguments))


async def who_am_i(customer: Customer, clock: Clock) -> str:
    """Say who is asking."""
    return f"{customer.id} at {clock.now():.0f}"


async def when_open(hours: BusinessHours, clock: Clock) -> dict[str, object]:
    """Say when we are open."""
    return {"hours": str(hours), "open_now": hours.is_open(clock.now())}


async def test_the_desks_hours_are_put_in() -> None:
    closed = BusinessHours.model_validate({"days": ["sun"], "open": "23:58", "close": "23:59"})

    assert await call(when_open, hours=closed) == '{"hours": "Sunday, 23:58 to 23:59 (UTC)", "open_now": false}'
    assert await call(when_open) == FAILED


async def test_the_customer_is_put_in_and_a_model_cannot_name_another() -> None:
    assert await call(who_am_i, '{"customer": "cust_002", "clock": 1}') == f"cust_001 at {ManualClock().now():.0f}"


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


async def breaks_below(topping: str) -> str:
    """Break in a function of the desk that another module's code calls."""
    return str(sorted([topping, topping], key=_break))


def _break(topping: str) -> str:
    raise ValueError(f"no {topping} left")


async def never_answers() -> str:
    """Wait for ever."""
    await asyncio.Event().wait()
    return ""


async def says_what_nobody_can_write() -> object:
    """Return what is no JSON."""
    return {"self": object()}


def line_of(function: Callable[..., Any], offset: int) -> str:
    return f"test_tools.py:{function.__code__.co_firstlineno + offset}"


@pytest.mark.parametrize(
    ("function", "error", "at"),
    [
        (breaks_below, "ValueError", line_of(_break, 1)),
        (never_answers, "TimeoutError", line_of(never_answers, 2)),
        (says_what_nobody_can_write, "PydanticSerializationError", line_of(says_what_nobody_can_write, 0)),
    ],
)
async def test_a_failing_tool_is_told_with_its_file_and_line_and_no_value(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, function: Callable[..., Any], error: str, at: str
) -> None:
    if function is never_answers:
        monkeypatch.setattr("bot.desk.tools.calls.TOOL_SECONDS", 0.05)
    offered = tool(function)
    built = build_tools(Shelf({offered.name: offered}), [offered.name])[0]
    arguments = '{"topping": "s3cret"}' if function is breaks_below else "{}"
    context = ToolContext(SARAH, "Sarah", None, Knowledge([]), ManualClock())
    sdk = SdkContext(context=context, tool_name=built.name, tool_call_id="call_1", tool_arguments=arguments)
    watch = AuditHooks()

    await watch.on_tool_start(sdk, Agent("waiter"), built)
    result = await built.on_invoke_tool(sdk, arguments)
    await watch.on_tool_end(sdk, Agent("waiter"), built, result)

    assert result == FAILED
    assert (lines.last["error"], lines.last["at"]) == (error, at)
    assert watch.events[0].outcome == "failed"
    assert dict(watch.events[0].details) == {"tool": built.name, "error": error, "at": at}
    assert "s3cret" not in lines.text


@pytest.mark.parametrize("amount", [49.9, 50, "50.00"])
def test_an_offers_amount_is_a_decimal(amount: Any) -> None:
    with pytest.raises(TypeError, match="`amount` of an Offer is a Decimal, not"):
        Offer("A1001", "refund 49.90 USD", amount=amount)


async def test_a_failing_tool_tells_the_model_nothing_but_that_it_failed_and_logs_no_words(lines: Lines) -> None:
    def break_down(secret: str) -> str:
        """Break."""
        raise RuntimeError(f"cannot reach db for {secret}")

    answer = await call(break_down, '{"secret": "sarah.chen@example.com"}')

    assert answer == FAILED
    told = (lines.last["event"], lines.last["tool"], lines.last["error"])
    assert told == ("tool_failed", "break_down", "RuntimeError")
    assert "sarah" not in lines.text


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
    context = ToolContext(None, "", None, desk.knowledge, ManualClock())
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
