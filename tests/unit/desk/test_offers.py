"""What a proposing function says, and what the desk's limits make of it."""

import json
from decimal import Decimal

import pytest
from agents.tool_context import ToolContext as SdkContext

from bot.desk import Clock, Customer, Knowledge, Limits, Offer, Refused, Session, ToolContext, action, build_tools
from bot.desk.actions.actions import Action
from bot.desk.actions.offers import Decision, Needs, rule
from tests.doubles.clock import ManualClock
from tests.unit.desk.test_tools import SARAH, Shelf


async def nothing(session: Session, offer: Offer, customer: Customer, clock: Clock) -> None:
    """Commit nothing."""


async def proposed(offered: Action) -> tuple[dict[str, object], ToolContext]:
    """Let Sarah's model call an action; return what it learns, and what was left for the turn."""
    context = ToolContext(SARAH, "Sarah", None, Knowledge([]), ManualClock(), {"paint": Limits()})
    sdk = SdkContext(context=context, tool_name=offered.name, tool_call_id="call_1", tool_arguments="{}")
    answer = await build_tools(Shelf({offered.name: offered}), [offered.name])[0].on_invoke_tool(sdk, "{}")
    return json.loads(str(answer)), context


async def test_where_the_business_refuses_the_model_is_told_why_and_nothing_is_offered() -> None:
    @action("paint", commit=nothing)
    def propose_paint(customer: Customer) -> Offer:
        """Propose to paint the house."""
        raise Refused("it is painted already")

    told, context = await proposed(propose_paint)

    assert told == {"proposed": False, "message": "Not possible: it is painted already."}
    assert context.offers == []


async def test_what_a_commit_will_write_goes_with_the_offer_and_not_to_the_model() -> None:
    @action("paint", commit=nothing)
    def propose_paint(customer: Customer) -> Offer:
        """Propose to paint the house."""
        return Offer("house", "The house is painted red", change=("red", 2))

    told, context = await proposed(propose_paint)

    assert told["proposal"] == "The house is painted red"
    assert "2" not in json.dumps(told)
    assert context.offers[0].offer.change == ("red", 2)


@pytest.mark.parametrize("amount", ["0.01", "1000000.00"])
def test_any_amount_needs_the_customers_yes_alone_only_where_the_desk_says_so(amount: str) -> None:
    offer = Offer("house", "Paint for the house", amount=Decimal(amount), status="bare")

    assert rule(Limits(any_amount=True), offer, 0.0) == Decision(Needs.NOTHING)
    assert rule(Limits(), offer, 0.0).needs is Needs.HUMAN


@pytest.mark.parametrize(
    ("limits", "needs"),
    [
        (Limits(any_amount=True, statuses=("painted",)), Needs.IMPOSSIBLE),
        (Limits(any_amount=True, human=True), Needs.HUMAN),
        (Limits(any_amount=True, window_days=1), Needs.HUMAN),
    ],
)
def test_any_amount_lifts_no_other_rule(limits: Limits, needs: Needs) -> None:
    offer = Offer("house", "Paint for the house", amount=Decimal("5.00"), status="bare", since=0.0)

    assert rule(limits, offer, 3 * 86_400.0).needs is needs
