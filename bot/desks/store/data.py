"""The store's tables, its first rows, and the only queries its tools may ask.

Every query about an order takes the customer it has to belong to, so that someone else's order and an order that
does not exist are the same empty answer, from the same query.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, MetaData, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bot.desk import Clock, Customer
from bot.desk.data import Money

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
    """Return the customer's orders, the latest first."""
    query = select(Order).where(Order.customer_id == customer.id).order_by(Order.placed_at.desc(), Order.id)
    return (await session.scalars(query)).all()


async def order_of(session: AsyncSession, customer: Customer, order_id: str) -> Order | None:
    """Return the order if it is this customer's; None otherwise, whether it exists or not."""
    wanted = order_id.strip().lstrip("#").lower()
    query = select(Order).where(func.lower(Order.id) == wanted, Order.customer_id == customer.id)
    return await session.scalar(query)


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
