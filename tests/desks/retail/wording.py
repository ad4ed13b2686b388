"""How the shop words its offers: pure."""

from collections.abc import Sequence

from tests.desks.retail.data import Method, Options
from tests.desks.retail.rules import Swap, difference


def swapped(changed: Sequence[Swap]) -> str:
    """What becomes of which item."""
    return ", ".join(
        f"{swap.name} {swap.before} becomes {swap.after} ({', '.join(swap.options.values())})" for swap in changed
    )


def settled(changed: Sequence[Swap], method: Method) -> str:
    """Who pays the difference, or gets it."""
    total = difference(changed)
    if total == 0:
        return f"no price difference ({named(method)})"
    return f"{total} USD are paid by {named(method)}" if total > 0 else f"{-total} USD go back to {named(method)}"


def named(method: Method) -> str:
    """A payment method as a customer knows it."""
    return f"{method.source.replace('_', ' ')} {method.last_four or method.id.rpartition('_')[2]}"


def arrival(methods: Sequence[Method]) -> str:
    """When a refund is there: at once on a gift card."""
    later = [method for method in methods if method.source != "gift_card"]
    return "The refund arrives in 5 to 7 business days." if later else "The refund is on the gift card."


def one_line(address: Options) -> str:
    """An address in one line."""
    return ", ".join(part for part in address.values() if part)
