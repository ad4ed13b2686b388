"""The store's tables, their first rows, and the only queries that its tools may make.

Every query about an order takes the customer it has to belong to, so that someone else's order and an order that
does not exist are the same empty answer, from the same query.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, MetaData, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bot.desk import Clock, Customer, Offer, Refused
from bot.desk.database import Money

_DAY = 86_400


class Base(DeclarativeBase):
    """The store's tables; the prefix keeps desks apart that share a database."""


class CustomerRow(Base):
    """A customer as the shop's books have them."""

    __tablename__ = "store_customers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    plan: Mapped[str] = mapped_column(String(32))
    since: Mapped[date]
    lifetime_value: Mapped[Decimal] = mapped_column(Money)


class Order(Base):
    """An order; times are Unix seconds, 0 where the thing has not happened.

    Args:
        status: `pending`, `processing`, `shipped`, `delivered` or `cancelled`.
        eta_at: when it is expected to arrive.
    """

    __tablename__ = "store_orders"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("store_customers.id"), index=True)
    status: Mapped[str] = mapped_column(String(32))
    placed_at: Mapped[float]
    delivered_at: Mapped[float] = mapped_column(default=0.0)
    eta_at: Mapped[float] = mapped_column(default=0.0)
    carrier: Mapped[str] = mapped_column(String(64), default="")
    tracking_number: Mapped[str] = mapped_column(String(64), default="")
    items: Mapped[list["Item"]] = relationship(lazy="selectin", order_by="Item.id")

    @property
    def total(self) -> Decimal:
        """What the customer paid for the whole order."""
        return sum((item.price for item in self.items), Decimal("0.00"))


class Item(Base):
    """One line of an order."""

    __tablename__ = "store_items"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("store_orders.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    price: Mapped[Decimal] = mapped_column(Money)


class Refunds(Base):
    """What has been given back on an order; the database itself keeps it below what was paid."""

    __tablename__ = "store_refunds"
    __table_args__ = (CheckConstraint("refunded >= 0 AND refunded <= paid", "store_refunds_at_most_paid"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("store_orders.id"), primary_key=True)
    paid: Mapped[Decimal] = mapped_column(Money)
    refunded: Mapped[Decimal] = mapped_column(Money)


class Credit(Base):
    """A goodwill credit on a customer's account."""

    __tablename__ = "store_credits"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("store_customers.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Money)
    at: Mapped[float]


class Reshipment(Base):
    """An order that is sent once more; once is enough."""

    __tablename__ = "store_reshipments"

    order_id: Mapped[str] = mapped_column(ForeignKey("store_orders.id"), primary_key=True)
    at: Mapped[float]


metadata: MetaData = Base.metadata


_CUSTOMERS = (
    ("cust_001", "Sarah Chen", "sarah.chen@example.com", "pro", date(2025, 3, 15), "2400.00"),
    ("cust_002", "Marcus Johnson", "marcus.johnson@example.com", "enterprise", date(2024, 8, 1), "18500.00"),
)
# Days: placed so long ago, delivered so long ago, expected in so many; 0 where it has not happened.
_ORDERS: tuple[tuple[str, str, str, int, int, int, tuple[tuple[str, str], ...]], ...] = (
    (
        "ord_1001",
        "cust_001",
        "delivered",
        30,
        20,
        0,
        (("Pro Plan - Annual", "199.99"), ("Extra Seat Pack (5)", "99.99")),
    ),
    ("ord_1002", "cust_001", "pending", 2, 0, 0, (("API Credits - 10K", "49.99"),)),
    ("ord_2001", "cust_002", "delivered", 90, 80, 0, (("Enterprise Plan - Annual", "999.99"),)),
    ("A1001", "cust_001", "shipped", 3, 0, 2, (("Wireless Headset", "89.00"),)),
    ("A1002", "cust_002", "processing", 1, 0, 5, (("Mechanical Keyboard", "120.00"),)),
)
_PARCELS = {"A1001": ("UPS", "1Z999AA10123456784")}


async def seed(session: AsyncSession, clock: Clock) -> None:
    """Add the example customers and orders, dated relative to now."""
    now = clock.now()
    for customer_id, name, email, plan, since, value in _CUSTOMERS:
        row = CustomerRow(id=customer_id, name=name, email=email, plan=plan, since=since, lifetime_value=Decimal(value))
        session.add(row)
    await session.flush()
    for order_id, customer_id, status, placed, delivered, expected, items in _ORDERS:
        carrier, number = _PARCELS.get(order_id, ("", ""))
        session.add(
            Order(
                id=order_id,
                customer_id=customer_id,
                status=status,
                placed_at=now - placed * _DAY,
                delivered_at=now - delivered * _DAY if delivered else 0.0,
                eta_at=now + expected * _DAY if expected else 0.0,
                carrier=carrier,
                tracking_number=number,
                items=[Item(name=item, price=Decimal(price)) for item, price in items],
            )
        )


async def customer_by_email(session: AsyncSession, email: str) -> Customer | None:
    """Return the customer with this address."""
    row = await session.scalar(select(CustomerRow).where(func.lower(CustomerRow.email) == email.lower()))
    return _customer(row)


async def customer_by_id(session: AsyncSession, customer_id: str) -> Customer | None:
    """Return the customer with this id."""
    return _customer(await session.get(CustomerRow, customer_id))


async def orders_of(session: AsyncSession, customer: Customer) -> Sequence[Order]:
    """Return the orders of the customer and their organisation, the latest first."""
    query = select(Order).where(Order.customer_id.in_(customer.ids)).order_by(Order.placed_at.desc(), Order.id)
    return (await session.scalars(query)).all()


async def order_of(session: AsyncSession, customer: Customer, order_id: str) -> Order | None:
    """Return the order if it is this customer's or their organisation's; None otherwise, whether it exists or not."""
    wanted = order_id.strip().lstrip("#").lower()
    query = select(Order).where(func.lower(Order.id) == wanted, Order.customer_id.in_(customer.ids))
    return await session.scalar(query)


async def refunded_on(session: AsyncSession, order: Order) -> Decimal:
    """Return what has been given back on the order so far."""
    row = await session.get(Refunds, order.id)
    return row.refunded if row else Decimal("0.00")


async def credited_since(session: AsyncSession, customer: Customer, since: float) -> Decimal:
    """Return the credits the customer got after `since` (Unix seconds)."""
    query = select(Credit.amount).where(Credit.customer_id == customer.id, Credit.at > since)
    return sum((await session.scalars(query)).all(), Decimal("0.00"))


async def was_reshipped(session: AsyncSession, order: Order) -> bool:
    """Return whether the order was sent once more already."""
    return await session.get(Reshipment, order.id) is not None


async def add_refund(session: AsyncSession, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Give money back on an order, never more than was paid for it.

    Raises:
        Refused: more than is left, or the order is not the customer's.
    """
    order = await _ordered(session, offer, customer)
    amount = offer.amount or Decimal(0)
    row = await session.get(Refunds, order.id)
    if row is None:
        row = Refunds(order_id=order.id, paid=order.total, refunded=Decimal("0.00"))
        session.add(row)
    if row.refunded + amount > row.paid:
        raise Refused(f"that is more than is left of what was paid for order {order.id}")
    row.refunded += amount
    await session.flush()


async def add_credit(session: AsyncSession, offer: Offer, customer: Customer, clock: Clock) -> None:
    """Put a credit on the customer's account."""
    session.add(Credit(customer_id=customer.id, amount=offer.amount or Decimal(0), at=clock.now()))


async def change_plan(session: AsyncSession, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Move the customer from the first plan the offer involves to the second.

    Raises:
        Refused: the customer is not on the first plan any more.
    """
    row = await session.get(CustomerRow, customer.id)
    before, after = offer.involves
    if row is None or row.plan != before:
        raise Refused(f"you are not on the {before} plan any more")
    row.plan = after


async def cancel_order(session: AsyncSession, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Cancel an order.

    Raises:
        Refused: the order is not the customer's.
    """
    order = await _ordered(session, offer, customer)
    order.status = "cancelled"


async def reship_order(session: AsyncSession, offer: Offer, customer: Customer, clock: Clock) -> None:
    """Send an order once more.

    Raises:
        Refused: it was sent again already, or is not the customer's.
    """
    order = await _ordered(session, offer, customer)
    if await was_reshipped(session, order):
        raise Refused(f"order {order.id} was sent again already")
    session.add(Reshipment(order_id=order.id, at=clock.now()))


async def _ordered(session: AsyncSession, offer: Offer, customer: Customer) -> Order:
    order = await order_of(session, customer, offer.subject)
    if order is None:
        raise Refused("it is not on your account")
    return order


def _customer(row: CustomerRow | None) -> Customer | None:
    if row is None:
        return None
    return Customer(
        id=row.id,
        name=row.name,
        email=row.email,
        plan=row.plan,
        since=row.since,
        lifetime_value=row.lifetime_value,
    )
