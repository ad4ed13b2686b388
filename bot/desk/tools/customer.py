"""The verified customer: who they are, and how a model is told."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Customer:
    """A person the desk knows and whose identity is proven.

    A tool that takes a `Customer` acts for exactly this person; no id in a text or in a model's arguments
    ever stands for them.

    Args:
        id: the desk's own id.
        email: the address on file, where one-time codes go.
        plan: the desk's word for what they pay for; empty where there are no plans.
        since: first day as a customer.
        lifetime_value: what they have paid so far, in the desk's currency.
        organisation: the company they share orders with, empty for none.
        colleagues: ids of the others who share them.
    """

    id: str
    name: str
    email: str
    plan: str = ""
    since: date | None = None
    lifetime_value: Decimal | None = None
    organisation: str = ""
    colleagues: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Whose things are theirs: their own and those of their organisation."""
        return (self.id, *self.colleagues)

    @property
    def first_name(self) -> str:
        """The name to greet with."""
        return self.name.split(" ")[0]


def introduce(customer: Customer | None, author_name: str = "") -> str:
    """Return the one line that tells a model whom it answers; it stands last in the instructions."""
    if customer is None:
        return f"The customer is {author_name or 'unknown by name'}, not verified."
    parts = [f"The customer is {customer.name}, verified"]
    if customer.plan:
        parts.append(f"on the {customer.plan} plan")
    if customer.since:
        parts.append(f"a customer since {customer.since.isoformat()}")
    return ", ".join(parts) + "."
