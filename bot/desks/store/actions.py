"""The store's irreversible actions (refunds, credits, …): proposed here, written by functions of `data.py`."""

from typing import Any

from bot.desk import Amount, Clock, Customer, Data, Limits, Offer, action
from bot.desks.store.data import (
    add_credit,
    add_refund,
    cancel_order,
    change_plan,
    credited_since,
    order_of,
    refunded_on,
    reship_order,
    was_reshipped,
)

_DAY = 86_400
PLANS = ("free", "pro", "enterprise")


@action("refund", commit=add_refund)
async def propose_refund(
    order_id: str, reason: str, customer: Customer, data: Data, amount: Amount | None = None
) -> Offer | dict[str, Any]:
    """Propose to give money back on one of the customer's orders; the customer is then asked for a yes by us.

    Args:
        order_id: as the customer or this conversation names it, for example ord_1001.
        reason: why, in the customer's words.
        amount: in USD; left out it is all that is left of the order.
    """
    async with data.session() as session:
        order = await order_of(session, customer, order_id)
        if order is None:
            return _no(f"The customer has no order {order_id}.", found=False)
        so_far = await refunded_on(session, order)
    left = order.total - so_far
    if left <= 0:
        return _no(f"Order {order.id} is fully refunded already; nothing is left of it.")
    if amount is not None and amount > left:
        return _no(f"Only {left} USD are left of order {order.id}; {so_far} USD were refunded.")
    return Offer(
        subject=order.id,
        summary=f"Refund of {amount or left} USD for order {order.id}",
        amount=amount or left,
        so_far=so_far,
        since=order.placed_at,
        afterwards="The money arrives in 5-7 business days.",
        note=reason,
    )


@action("cancel", commit=cancel_order)
async def propose_cancel(order_id: str, customer: Customer, data: Data) -> Offer | dict[str, Any]:
    """Propose to cancel one of the customer's orders; the customer is then asked for a yes by us.

    Args:
        order_id: as the customer or this conversation names it, for example ord_1002.
    """
    async with data.session() as session:
        order = await order_of(session, customer, order_id)
    if order is None:
        return _no(f"The customer has no order {order_id}.", found=False)
    return Offer(
        subject=order.id,
        summary=f"Cancellation of order {order.id} ({order.total} USD)",
        status=order.status,
        afterwards="It will not be sent.",
    )


@action("plan_change", commit=change_plan)
async def propose_plan_change(new_plan: str, customer: Customer) -> Offer | dict[str, Any]:
    """Propose to move the customer to another plan; the customer is then asked for a yes by us.

    Args:
        new_plan: free, pro or enterprise.
    """
    wanted = new_plan.strip().lower()
    if wanted not in PLANS:
        return _no(f"There is no plan {new_plan}; the plans are {', '.join(PLANS)}.")
    if wanted == customer.plan:
        return _no(f"The customer is on the {wanted} plan already.")
    return Offer(
        subject=f"{customer.id}:plan",
        summary=f"Change of your plan from {customer.plan} to {wanted}",
        involves=(customer.plan, wanted),
    )


@action("credit", commit=add_credit)
async def propose_credit(
    amount: Amount, reason: str, customer: Customer, data: Data, clock: Clock, limits: Limits
) -> Offer:
    """Propose a goodwill credit on the customer's account; the customer is then asked for a yes by us.

    Args:
        amount: in USD.
        reason: why, in the customer's words.
    """
    since = clock.now() - limits.per_days * _DAY if limits.per_days else 0.0
    async with data.session() as session:
        so_far = await credited_since(session, customer, since)
    return Offer(
        subject=f"{customer.id}:credit",
        summary=f"Credit of {amount} USD on your account",
        amount=amount,
        so_far=so_far,
        note=reason,
    )


@action("reship", commit=reship_order)
async def propose_reship(order_id: str, reason: str, customer: Customer, data: Data) -> Offer | dict[str, Any]:
    """Propose to send one of the customer's orders again, where it was lost, damaged or wrong; a human approves it.

    Args:
        order_id: as the customer or this conversation names it, for example A1001.
        reason: what is wrong, in the customer's words.
    """
    async with data.session() as session:
        order = await order_of(session, customer, order_id)
        if order is None:
            return _no(f"The customer has no order {order_id}.", found=False)
        if await was_reshipped(session, order):
            return _no(f"Order {order.id} was sent again already.")
    if order.status not in {"shipped", "delivered"}:
        return _no(f"Order {order.id} is {order.status}; only what was sent can be sent again.")
    return Offer(subject=order.id, summary=f"Sending order {order.id} again, free of charge", note=reason)


def _no(message: str, **more: Any) -> dict[str, Any]:
    return {"proposed": False, "message": message, **more}
