"""What the shop does for a customer: proposed here by the shop's rules, written by a function of `changes`."""

from collections.abc import Sequence
from typing import Literal

from bot.desk import Customer, Data, Offer, Refused, Session, action
from tests.desks.retail.changes import (
    address_of,
    ask_exchange,
    ask_return,
    cancel,
    change_items,
    change_payment,
    move_home,
    move_order,
)
from tests.desks.retail.data import Method, Order, order_of, user_of, variants
from tests.desks.retail.rules import (
    NOTHING,
    Swap,
    chosen,
    covered,
    difference,
    own_method,
    paid_by,
    refundable,
    single_payment,
    swaps,
)
from tests.desks.retail.wording import arrival, named, one_line, settled, swapped


@action("cancel", commit=cancel)
async def propose_cancel(
    order_id: str, reason: Literal["no longer needed", "ordered by mistake"], customer: Customer, data: Data
) -> Offer:
    """Propose to cancel one of the customer's pending orders; the customer is then asked for a yes by us.

    Args:
        order_id: as the customer or this conversation names it.
        reason: the customer's; no other one counts.
    """
    async with data.session() as session:
        order = await _order(session, customer, order_id)
        methods = {method.id: method for method in (await user_of(session, customer)).methods}
    refunds = paid_by(order)
    back = ", ".join(f"{amount} USD to {named(methods[method_id])}" for method_id, amount in refunds.items())
    return Offer(
        subject=order.id,
        summary=f"Cancellation of order {order.id} ({reason}), refund of {back}",
        amount=sum(refunds.values(), NOTHING),
        status=order.status,
        afterwards=arrival([methods[method_id] for method_id in refunds]),
        change=(reason, refunds),
    )


@action("order_address", commit=move_order)
async def propose_order_address(
    order_id: str,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip_code: str,
    customer: Customer,
    data: Data,
) -> Offer:
    """Propose to send one of the customer's pending orders to another address; the customer is asked for a yes by us.

    Args:
        order_id: as the customer or this conversation names it.
        address1: street and number.
        address2: suite or apartment, empty for none.
    """
    address = address_of(address1=address1, address2=address2, city=city, state=state, country=country, zip=zip_code)
    async with data.session() as session:
        order = await _order(session, customer, order_id)
    return Offer(
        subject=order.id,
        summary=f"Order {order.id} goes to {one_line(address)}",
        status=order.status,
        change=address,
    )


@action("order_payment", commit=change_payment)
async def propose_order_payment(order_id: str, payment_method_id: str, customer: Customer, data: Data) -> Offer:
    """Propose another payment method for one of the customer's pending orders; the customer is asked for a yes by us.

    Args:
        order_id: as the customer or this conversation names it.
        payment_method_id: one of the customer's own, as their profile names it.
    """
    async with data.session() as session:
        order = await _order(session, customer, order_id)
        user = await user_of(session, customer)
    method = own_method(user, payment_method_id)
    amount = single_payment(order, method)
    covered(method, amount)
    before = own_method(user, order.payments[0].method_id)
    return Offer(
        subject=order.id,
        summary=f"Order {order.id} is paid by {named(method)}: {amount} USD, refunded to {named(before)}",
        amount=amount,
        status=order.status,
        afterwards=arrival([before]),
        change=(method.id, before.id),
    )


@action("order_items", commit=change_items)
async def propose_order_items(
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
    customer: Customer,
    data: Data,
) -> Offer:
    """Propose other versions of items in one of the customer's pending orders; the customer is asked for a yes by us.

    It can be done once per order, which cannot be changed or cancelled afterwards: name all items at once.

    Args:
        order_id: as the customer or this conversation names it.
        item_ids: of the items to be changed, each as often as it is meant.
        new_item_ids: for each of them, in the same order, an available item of the same product.
        payment_method_id: one of the customer's own; it pays the price difference, or gets it back.
    """
    order, changed, method = await _swapped(order_id, item_ids, new_item_ids, payment_method_id, customer, data)
    return Offer(
        subject=order.id,
        summary=f"Change in order {order.id}: {swapped(changed)}; {settled(changed, method)}",
        amount=abs(difference(changed)),
        status=order.status,
        afterwards="The order cannot be changed or cancelled any more.",
        change=(changed, method.id),
    )


@action("return", commit=ask_return)
async def propose_return(
    order_id: str, item_ids: list[str], payment_method_id: str, customer: Customer, data: Data
) -> Offer:
    """Propose that the customer returns items of a delivered order; the customer is then asked for a yes by us.

    Args:
        order_id: as the customer or this conversation names it.
        item_ids: of all items that come back, each as often as it is meant.
        payment_method_id: the order's original one, or a gift card of the customer's; it gets the refund.
    """
    async with data.session() as session:
        order = await _order(session, customer, order_id)
        method = own_method(await user_of(session, customer), payment_method_id)
    refundable(order, method)
    lines = chosen(order, item_ids)
    amount = sum((line.price for line in lines), NOTHING)
    items = ", ".join(f"{line.name} {line.item_id}" for line in lines)
    return Offer(
        subject=order.id,
        summary=f"Return from order {order.id}: {items}; refund of {amount} USD to {named(method)}",
        amount=amount,
        status=order.status,
        afterwards="You will get an e-mail about how to send it back.",
        change=(tuple(line.item_id for line in lines), method.id),
    )


@action("exchange", commit=ask_exchange)
async def propose_exchange(
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
    customer: Customer,
    data: Data,
) -> Offer:
    """Propose that the customer exchanges items of a delivered order; the customer is then asked for a yes by us.

    It can be done once per order: name all items at once.

    Args:
        order_id: as the customer or this conversation names it.
        item_ids: of the items to be exchanged, each as often as it is meant.
        new_item_ids: for each of them, in the same order, an available item of the same product.
        payment_method_id: one of the customer's own; it pays the price difference, or gets it back.
    """
    order, changed, method = await _swapped(order_id, item_ids, new_item_ids, payment_method_id, customer, data)
    return Offer(
        subject=order.id,
        summary=f"Exchange from order {order.id}: {swapped(changed)}; {settled(changed, method)}",
        amount=abs(difference(changed)),
        status=order.status,
        afterwards="You will get an e-mail about how to send it back; no new order is needed.",
        change=(changed, method.id),
    )


@action("profile", commit=move_home)
async def propose_address(
    address1: str, address2: str, city: str, state: str, country: str, zip_code: str, customer: Customer, data: Data
) -> Offer:
    """Propose another default address for the customer, who is then asked for a yes by us; no order changes by it.

    Args:
        address1: street and number.
        address2: suite or apartment, empty for none.
    """
    address = address_of(address1=address1, address2=address2, city=city, state=state, country=country, zip=zip_code)
    async with data.session() as session:
        user = await user_of(session, customer)
    if user.address == address:
        raise Refused("that is your address already")
    return Offer(subject=f"{user.id}:address", summary=f"Your default address is {one_line(address)}", change=address)


async def _order(session: Session, customer: Customer, order_id: str) -> Order:
    order = await order_of(session, customer, order_id)
    if order is None:
        raise Refused(f"there is no order {order_id} on your account")
    return order


async def _swapped(
    order_id: str,
    item_ids: Sequence[str],
    new_item_ids: Sequence[str],
    payment_method_id: str,
    customer: Customer,
    data: Data,
) -> tuple[Order, tuple[Swap, ...], Method]:
    async with data.session() as session:
        order = await _order(session, customer, order_id)
        method = own_method(await user_of(session, customer), payment_method_id)
        wanted = await variants(session, [item_id.strip() for item_id in new_item_ids])
    changed = swaps(order, item_ids, new_item_ids, wanted)
    covered(method, difference(changed))
    return order, changed, method
