"""What the shop's policy allows: pure checks on rows, each raising `Refused` with the reason in words for the customer.

In which state an order has to be for an action stands in `desk.yml`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.desk import Refused
from tests.desks.retail.data import Line, Method, Options, Order, User, Variant

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Swap:
    """One line of an order becomes another variant of the same product.

    Args:
        place: the line's, in the order.
    """

    place: int
    name: str
    before: str
    after: str
    options: Options
    price: Decimal
    difference: Decimal


def own_method(user: User, method_id: str) -> Method:
    """Return the customer's payment method with this id.

    Raises:
        Refused: they have none.
    """
    found = next((method for method in user.methods if method.id == method_id.strip()), None)
    if found is None:
        raise Refused(f"there is no payment method {method_id} on your account")
    return found


def covered(method: Method, amount: Decimal) -> None:
    """A gift card has to hold what is paid with it.

    Raises:
        Refused: it does not.
    """
    if method.balance is not None and method.balance < amount:
        raise Refused(f"gift card {method.id} holds {method.balance} USD, and {amount} USD are to be paid")


def refundable(order: Order, method: Method) -> None:
    """A return is refunded to what the order was paid with, or to a gift card.

    Raises:
        Refused: it is neither.
    """
    if method.source != "gift_card" and method.id != order.payments[0].method_id:
        raise Refused("a return is refunded to the original payment method or to a gift card")


def single_payment(order: Order, method: Method) -> Decimal:
    """Return what a changed payment moves to the other method: what was paid at first, as long as nothing followed.

    Raises:
        Refused: the payment was changed before, or it is the same method.
    """
    first = order.payments[0]
    if len(order.payments) > 1:
        raise Refused("its payment was changed before")
    if first.method_id == method.id:
        raise Refused(f"it is paid by {method.id} already; another payment method has to be chosen")
    return first.amount


def paid_by(order: Order) -> Mapping[str, Decimal]:
    """Return what each payment method has paid for the order, less what it got back."""
    paid: dict[str, Decimal] = {}
    for payment in order.payments:
        sign = 1 if payment.kind == "payment" else -1
        paid[payment.method_id] = paid.get(payment.method_id, NOTHING) + sign * payment.amount
    return {method: amount for method, amount in paid.items() if amount > 0}


def chosen(order: Order, item_ids: Sequence[str]) -> list[Line]:
    """Return the order's lines with these items, each as often as it is named.

    Raises:
        Refused: none is named, or one more often than the order has it.
    """
    if not item_ids:
        raise Refused("no item was named")
    wanted = Counter(item_id.strip() for item_id in item_ids)
    had = Counter(line.item_id for line in order.lines)
    if missing := [item for item, count in wanted.items() if count > had[item]]:
        raise Refused(f"order {order.id} does not have item {', '.join(missing)}")
    left = list(order.lines)
    lines = []
    for item_id in item_ids:
        line = next(line for line in left if line.item_id == item_id.strip())
        left.remove(line)
        lines.append(line)
    return lines


def swaps(
    order: Order, item_ids: Sequence[str], new_item_ids: Sequence[str], variants: Mapping[str, Variant]
) -> tuple[Swap, ...]:
    """Return what becomes of each named item: an available variant of the same product with other options.

    Args:
        new_item_ids: in the order of `item_ids`.
        variants: of the new items, by id.

    Raises:
        Refused: an item cannot become the one that was named for it.
    """
    lines = chosen(order, item_ids)
    if len(lines) != len(new_item_ids):
        raise Refused("every item needs exactly one new item")
    return tuple(_swap(line, new.strip(), variants) for line, new in zip(lines, new_item_ids, strict=True))


def difference(changed: Sequence[Swap]) -> Decimal:
    """Return what the customer pays for the swaps; below zero they get it back."""
    return sum((swap.difference for swap in changed), NOTHING)


def _swap(line: Line, new: str, variants: Mapping[str, Variant]) -> Swap:
    variant = variants.get(new)
    if variant is None or variant.product_id != line.product_id:
        raise Refused(f"item {new} is not another version of the {line.name}; the product cannot be changed")
    if new == line.item_id or variant.options == line.options:
        raise Refused(f"item {new} has the same options as the {line.name} that was ordered; it has to be another one")
    if not variant.available:
        raise Refused(f"item {new} ({line.name}) is not available")
    return Swap(line.place, line.name, line.item_id, new, variant.options, variant.price, variant.price - line.price)
