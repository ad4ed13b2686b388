"""The shop's policy, enforced by its desk: whatever a model proposes, and whoever it does it for."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agents.tool_context import ToolContext as SdkContext

from bot.desk import ToolContext, build_tools, load_desk
from bot.desk.actions.commit_results import CommitResult, Committed, Rejected
from bot.desk.actions.ledger import Ledger, amount_text
from bot.desk.actions.offers import OfferCall
from bot.desk.database import Database
from bot.domain.ids import AuthorId
from bot.domain.proposals import Proposal
from tests.doubles.clock import ManualClock
from tests.retail.books import fill, put_back, read_back
from tests.retail.documents import differences, exact
from tests.retail.example import ADA, BEN, ELSEWHERE, documents
from tests.retail.shop import DESK
from tests.retail.tasks import Changes

RETAIL = load_desk(str(DESK))
HOME = {"zip_code" if name == "zip" else name: text for name, text in ELSEWHERE.items()}
UNCHANGED = {**HOME, "address1": "11 Fir Street", "address2": ""}


class Counter:
    """The shop's tools and books, as one customer's specialist has them."""

    def __init__(self, data: Database) -> None:
        self.data = data
        self.ledger = Ledger(data, RETAIL.actions, RETAIL.policy.limits, RETAIL.knowledge)
        self._clock = ManualClock()
        self._proposals = 0

    async def calls(self, who: str, tool: str, **arguments: Any) -> tuple[Any, list[OfferCall]]:
        """Call a tool for a customer; return what the model learns, and the offers."""
        customer = await self.data.customer_by_id(who)
        context = ToolContext(customer, "", self.data, RETAIL.knowledge, self._clock, RETAIL.policy.limits)
        text = json.dumps(arguments)
        sdk = SdkContext(context=context, tool_name=tool, tool_call_id="call_1", tool_arguments=text)
        answer = str(await build_tools(RETAIL, [tool])[0].on_invoke_tool(sdk, text))
        return json.loads(answer) if answer.startswith("{") else answer, context.offers

    async def agrees(self, who: str, tool: str, **arguments: Any) -> CommitResult:
        """Propose and say yes."""
        told, offers = await self.calls(who, tool, **arguments)
        assert offers, told
        return await self.settles(who, offers[0])

    async def settles(self, who: str, made: OfferCall) -> CommitResult:
        """Say yes to an offer."""
        self._proposals += 1
        offer = made.offer
        proposal = Proposal(
            id=f"p{self._proposals}",
            action=made.action,
            arguments=made.arguments,
            author=AuthorId("chat:shop:somebody"),
            customer=who,
            subject=offer.subject,
            summary=offer.summary,
            amount=amount_text(offer),
        )
        customer = await self.data.customer_by_id(who)
        assert customer is not None
        return await self.ledger.settle(proposal, customer, "chat:shop:1", self._clock.now())

    async def changes(self) -> Changes:
        """Return what has changed."""
        async with self.data.session() as session:
            return exact(differences(documents(), await read_back(session)))  # type: ignore[no-any-return]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    data = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}", RETAIL, ManualClock())
    async with data.session() as session:
        await fill(session, documents())
    yield Counter(data)
    await data.close()


async def test_the_books_read_back_as_they_were_filled_and_can_be_put_back(counter: Counter) -> None:
    assert await counter.changes() == {}
    await counter.agrees(BEN, "propose_cancel", order_id="#W4", reason="no longer needed")
    changes = await counter.changes()
    assert set(changes) == {"orders", "users"}
    async with counter.data.session() as session:
        await put_back(session, documents(), changes)
    assert await counter.changes() == {}


SWAP = {"item_ids": ["101"], "new_item_ids": ["102"], "payment_method_id": "paypal_13"}


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("propose_cancel", {"order_id": "#W2", "reason": "no longer needed"}, "delivered already"),
        ("propose_cancel", {"order_id": "#W3", "reason": "no longer needed"}, "processed already"),
        ("propose_order_address", {"order_id": "#W3", **HOME}, "processed already"),
        ("propose_order_payment", {"order_id": "#W3", "payment_method_id": "credit_card_12"}, "processed already"),
        ("propose_order_payment", {"order_id": "#W1", "payment_method_id": "credit_card_12"}, "another payment method"),
        ("propose_order_payment", {"order_id": "#W1", "payment_method_id": "gift_card_11"}, "gift_card_11 holds 10.00"),
        ("propose_order_payment", {"order_id": "#W1", "payment_method_id": "paypal_22"}, "no payment method"),
        ("propose_order_items", {"order_id": "#W2", **SWAP}, "delivered already"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "new_item_ids": ["101"]}, "same options"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "new_item_ids": ["103"]}, "not available"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "new_item_ids": ["202"]}, "product cannot be changed"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "new_item_ids": ["999"]}, "product cannot be changed"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "new_item_ids": []}, "exactly one new item"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "item_ids": [], "new_item_ids": []}, "no item"),
        ("propose_order_items", {"order_id": "#W1", **SWAP, "item_ids": ["202"]}, "does not have item"),
        (
            "propose_order_items",
            {"order_id": "#W1", **SWAP, "new_item_ids": ["104"], "payment_method_id": "gift_card_11"},
            "75.10 USD are to be paid",
        ),
        ("propose_exchange", {"order_id": "#W1", **SWAP}, "pending already"),
        ("propose_exchange", {"order_id": "#W2", **SWAP, "new_item_ids": ["101"]}, "same options"),
        (
            "propose_exchange",
            {"order_id": "#W2", **SWAP, "item_ids": ["101"] * 3, "new_item_ids": ["102"] * 3},
            "does not have item",
        ),
        (
            "propose_return",
            {"order_id": "#W2", "item_ids": ["101"], "payment_method_id": "credit_card_12"},
            "original payment method or to a gift card",
        ),
        ("propose_return", {"order_id": "#W1", "item_ids": ["101"], "payment_method_id": "gift_card_11"}, "pending"),
        ("propose_address", UNCHANGED, "already"),
    ],
)
async def test_what_the_policy_forbids_is_never_offered(
    counter: Counter, tool: str, arguments: dict[str, Any], why: str
) -> None:
    told, offers = await counter.calls(ADA, tool, **arguments)

    assert offers == []
    assert told["proposed"] is False
    assert why in told["message"]


async def test_a_reason_is_one_of_two(counter: Counter) -> None:
    told, offers = await counter.calls(ADA, "propose_cancel", order_id="#W1", reason="too expensive")

    assert told.startswith("Not run")
    assert offers == []


async def test_a_cancelled_order_is_refunded_and_a_gift_card_has_the_money_at_once(counter: Counter) -> None:
    assert await counter.agrees(BEN, "propose_cancel", order_id="W4", reason="ordered by mistake") == Committed()

    changes = await counter.changes()

    assert changes["orders"]["#W4"]["status"] == "cancelled"
    assert changes["orders"]["#W4"]["cancel_reason"] == "ordered by mistake"
    assert changes["orders"]["#W4"]["payment_history"][1:] == [
        {"transaction_type": "refund", "amount": 5.0, "payment_method_id": "gift_card_21"}
    ]
    assert changes["users"][BEN]["payment_methods"]["gift_card_21"]["balance"] == 105.0


async def test_after_a_changed_payment_a_cancel_refunds_only_what_is_still_paid(counter: Counter) -> None:
    assert (
        await counter.agrees(BEN, "propose_order_payment", order_id="#W4", payment_method_id="paypal_22") == Committed()
    )
    assert await counter.agrees(BEN, "propose_cancel", order_id="#W4", reason="no longer needed") == Committed()

    changes = await counter.changes()

    assert changes["users"][BEN]["payment_methods"]["gift_card_21"]["balance"] == 105.0
    moved = changes["orders"]["#W4"]["payment_history"][1:]
    assert [(row["transaction_type"], row["payment_method_id"], row["amount"]) for row in moved] == [
        ("payment", "paypal_22", 5.0),
        ("refund", "gift_card_21", 5.0),
        ("refund", "paypal_22", 5.0),
    ]


async def test_items_are_changed_once_and_then_the_order_stays_as_it_is(counter: Counter) -> None:
    given = {"item_ids": ["101", "201"], "new_item_ids": ["102", "202"], "payment_method_id": "gift_card_11"}
    assert await counter.agrees(ADA, "propose_order_items", order_id="#W1", **given) == Committed()

    changes = await counter.changes()
    order = changes["orders"]["#W1"]
    assert [line["item_id"] for line in order["items"]] == ["102", "202"]
    assert order["status"] == "pending (item modified)"
    assert order["payment_history"][1]["amount"] == 4.5
    assert changes["users"][ADA]["payment_methods"]["gift_card_11"]["balance"] == 5.5

    for tool, more in (
        ("propose_cancel", {"reason": "no longer needed"}),
        ("propose_order_address", HOME),
        ("propose_order_items", {**given, "item_ids": ["102"], "new_item_ids": ["101"]}),
    ):
        told, offers = await counter.calls(ADA, tool, order_id="#W1", **more)
        assert (told["proposed"], offers) == (False, [])


async def test_a_return_and_an_exchange_are_noted_for_the_warehouse(counter: Counter) -> None:
    given = {"item_ids": ["201", "101"], "payment_method_id": "gift_card_11"}
    assert await counter.agrees(ADA, "propose_return", order_id="#W2", **given) == Committed()
    swap = {"item_ids": ["101"], "new_item_ids": ["104"], "payment_method_id": "paypal_22"}
    _, offers = await counter.calls(BEN, "propose_exchange", order_id="#W5", **swap)
    assert "101" in offers[0].offer.summary
    assert "104" in offers[0].offer.summary
    assert "75.10 USD" in offers[0].offer.summary

    assert (await counter.changes())["orders"] == {
        "#W2": {
            "status": "return requested",
            "return_items": ["101", "201"],
            "return_payment_method_id": "gift_card_11",
        }
    }


async def test_what_has_changed_since_the_offer_is_not_done(counter: Counter) -> None:
    _, offers = await counter.calls(ADA, "propose_cancel", order_id="#W1", reason="no longer needed")
    swap = {"item_ids": ["101"], "new_item_ids": ["102"], "payment_method_id": "gift_card_11"}
    assert await counter.agrees(ADA, "propose_order_items", order_id="#W1", **swap) == Committed()
    before = await counter.changes()

    assert isinstance(await counter.settles(ADA, offers[0]), Rejected)
    assert await counter.changes() == before


ON_AN_ORDER: list[tuple[str, dict[str, Any]]] = [
    ("lookup_order", {}),
    ("propose_cancel", {"reason": "no longer needed"}),
    ("propose_order_address", HOME),
    ("propose_order_payment", {"payment_method_id": "paypal_22"}),
    ("propose_order_items", {"item_ids": ["101"], "new_item_ids": ["102"], "payment_method_id": "paypal_22"}),
    ("propose_return", {"item_ids": ["101"], "payment_method_id": "paypal_22"}),
    ("propose_exchange", {"item_ids": ["101"], "new_item_ids": ["102"], "payment_method_id": "paypal_22"}),
]


@pytest.mark.parametrize(("tool", "arguments"), ON_AN_ORDER)
@pytest.mark.parametrize("order", ["#W1", "#W2"])
async def test_somebody_elses_order_answers_like_one_that_does_not_exist(
    counter: Counter, order: str, tool: str, arguments: dict[str, Any]
) -> None:
    theirs, offers = await counter.calls(BEN, tool, order_id=order, **arguments)
    nobodys, _ = await counter.calls(BEN, tool, order_id="#W9", **arguments)

    assert offers == []
    assert json.dumps(theirs).replace(order, "#W9") == json.dumps(nobodys)


async def test_the_profile_is_always_the_askers_own(counter: Counter) -> None:
    told, _ = await counter.calls(BEN, "lookup_customer", user_id=ADA, email="ada.berg@example.com")
    assert told["email"] == "ben.holm@example.com"
    assert "ada" not in json.dumps(told).lower()
