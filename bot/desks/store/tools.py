"""What the store's specialists can look up, for the verified customer alone; `actions.py` holds what they change."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bot.desk import Clock, Customer, Data, Handover, tool
from bot.desks.store.data import Order, order_of, orders_of, refunded_on, was_reshipped

_DAY = 86_400


@tool
async def lookup_customer(customer: Customer) -> dict[str, Any]:
    """Look up who the customer is: name, plan, since when they are a customer, what they have paid so far."""
    return {
        "name": customer.name,
        "plan": customer.plan,
        "customer_since": customer.since,
        "lifetime_value": customer.lifetime_value,
        "currency": "USD",
        "priority_support": customer.plan == "enterprise",
    }


@tool
async def lookup_orders(customer: Customer, data: Data, clock: Clock) -> dict[str, Any]:
    """List the customer's orders, the latest first, with status, items and total."""
    async with data.session() as session:
        orders = [
            _summary(order, await refunded_on(session, order), clock.now())
            for order in await orders_of(session, customer)
        ]
    return {"orders": orders}


@tool
async def lookup_order(order_id: str, customer: Customer, data: Data, clock: Clock) -> dict[str, Any]:
    """Look up one order of the customer: status, items, total, when it was placed and when it arrives.

    Args:
        order_id: as the customer or this conversation names it, for example ord_1001 or A1001.
    """
    async with data.session() as session:
        order = await order_of(session, customer, order_id)
        refunded = await refunded_on(session, order) if order else Decimal(0)
        again = await was_reshipped(session, order) if order else False
    return not_found(order_id) if order is None else _details(order, refunded, clock.now(), again=again)


@tool
async def track_shipment(order_id: str, customer: Customer, data: Data, clock: Clock) -> dict[str, Any]:
    """Track the parcel of one of the customer's orders: carrier, tracking number, expected day.

    Args:
        order_id: as the customer or this conversation names it, for example ord_1001 or A1001.
    """
    async with data.session() as session:
        order = await order_of(session, customer, order_id)
        if order is None:
            return not_found(order_id)
        refunded = await refunded_on(session, order)
        again = await was_reshipped(session, order)
    return {
        "found": True,
        "order_id": order.id,
        "status": order.status,
        **_given_back(order, refunded),
        **({"currency": "USD"} if refunded else {}),
        **_parcel(order, clock.now(), again=again),
    }


@tool
async def report_bug(steps: str, expected: str, actual: str, error: str, handover: Handover) -> dict[str, Any]:
    """Give a bug report to the technical team, who take over; only once the customer has described the problem.

    Args:
        steps: what the customer did, step by step.
        expected: what should have happened.
        actual: what happened instead.
        error: the exact error text, or "none".
    """
    rows = (("Steps", steps), ("Expected", expected), ("Actual", actual), ("Error", error))
    report = "\n".join(f"  - {name}: {text}" for name, text in rows)
    handover.ask("bug report", topic="technical", issue=f"Bug report: {actual}", facts=f"\n{report}")
    return {"reported": True, "message": "The technical team takes over from here."}


def not_found(order_id: str) -> dict[str, Any]:
    """Return what someone else's order and one that does not exist have in common."""
    return {"found": False, "order_id": order_id, "message": "The customer has no order with this id."}


def _summary(order: Order, refunded: Decimal, now: float) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "status": order.status,
        "items": [item.name for item in order.items],
        "total": order.total,
        "currency": "USD",
        "placed_on": _day(order.placed_at),
        "days_since_placed": int((now - order.placed_at) // _DAY),
        **_given_back(order, refunded),
    }


def _given_back(order: Order, refunded: Decimal) -> dict[str, Any]:
    """Return what was refunded; where nothing was, nothing is said of it."""
    if not refunded:
        return {}
    return {"refunded": refunded, "refund": "in full" if refunded >= order.total else "in part"}


def _details(order: Order, refunded: Decimal, now: float, *, again: bool) -> dict[str, Any]:
    items = [{"name": item.name, "price": item.price} for item in order.items]
    return {"found": True, **_summary(order, refunded, now), "items": items, **_parcel(order, now, again=again)}


def _parcel(order: Order, now: float, *, again: bool) -> dict[str, Any]:
    """Return what is known of the delivery; what is not known is left out, so that nobody can make it up.

    Args:
        again: whether the order was sent a second time.
    """
    if order.status == "cancelled":
        return {}  # nothing arrives, whatever was expected before
    known = {
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "expected_on": _day(order.eta_at) if order.eta_at else "",
        "expected_in_days": round((order.eta_at - now) / _DAY) if order.eta_at else "",
        "delivered_on": _day(order.delivered_at) if order.delivered_at else "",
        "sent_again": "yes, free of charge" if again else "",
    }
    return {name: value for name, value in known.items() if value != ""}


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
