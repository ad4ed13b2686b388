"""What the shop's actions write, each in the transaction of its commit."""

from decimal import Decimal

from bot.desk import Clock, Customer, Offer, Refused, Session
from tests.desks.retail.data import Method, Options, Order, Payment, order_of, user_of
from tests.desks.retail.rules import difference


async def cancel(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Cancel an order and give back what was paid; a change is the reason and the refund per payment method."""
    reason, refunds = offer.change
    order = await _ordered(session, offer, customer)
    order.status, order.cancel_reason = "cancelled", reason
    for method_id, amount in refunds.items():
        await _pay(session, order, method_id, -amount)


async def move_order(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Send an order to another address; the change is the address."""
    order = await _ordered(session, offer, customer)
    order.address = offer.change


async def move_home(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Give the customer another default address; the change is the address."""
    user, address = await user_of(session, customer), offer.change
    user.address = address


async def change_payment(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Let another method pay for an order; the change is its id, and the id of the one that gets its money back."""
    after, before = offer.change
    amount = offer.amount or Decimal(0)
    order = await _ordered(session, offer, customer)
    await _pay(session, order, after, amount)
    await _pay(session, order, before, -amount)


async def change_items(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Put other variants into a pending order; the change is the swaps and the method that pays the difference."""
    swaps, method_id = offer.change
    order = await _ordered(session, offer, customer)
    await _pay(session, order, method_id, difference(swaps))
    lines = {line.place: line for line in order.lines}
    for swap in swaps:
        line = lines[swap.place]
        line.item_id, line.options, line.price = swap.after, swap.options, swap.price
    order.status = "pending (item modified)"


async def ask_return(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Note that items come back; the change is their ids and the method that gets the money then."""
    items, method_id = offer.change
    order = await _ordered(session, offer, customer)
    order.status = "return requested"
    order.request = {"return_items": sorted(items), "return_payment_method_id": method_id}


async def ask_exchange(session: Session, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Note that items are exchanged; the change is the swaps and the method that settles the difference then."""
    swaps, method_id = offer.change
    order = await _ordered(session, offer, customer)
    order.status = "exchange requested"
    order.request = {
        "exchange_items": sorted(swap.before for swap in swaps),
        "exchange_new_items": sorted(swap.after for swap in swaps),
        "exchange_payment_method_id": method_id,
    }
    order.price_difference = difference(swaps)


def address_of(**parts: str) -> Options:
    """Return an address as the tables keep it."""
    return {name: text.strip() for name, text in parts.items()}


async def _pay(session: Session, order: Order, method_id: str, amount: Decimal) -> None:
    """Take an amount by a payment method; below zero give it back, to a gift card at once."""
    kind = "payment" if amount > 0 else "refund"
    order.payments.append(
        Payment(order_id=order.id, place=len(order.payments), kind=kind, amount=abs(amount), method_id=method_id)
    )
    method = await session.get_one(Method, method_id)
    if method.balance is not None:
        if method.balance < amount:
            raise Refused(f"gift card {method_id} does not hold {amount} USD any more")
        method.balance -= amount


async def _ordered(session: Session, offer: Offer, customer: Customer) -> Order:
    order = await order_of(session, customer, offer.subject)
    if order is None:
        raise Refused("it is not on your account")
    return order
