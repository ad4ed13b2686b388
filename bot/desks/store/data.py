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


async def seed(session: AsyncSession, clock: Clock) -> None:
    """Add the example customers and orders, dated relative to now."""
    now = clock.now()
    session.add_all(
        [
            CustomerRow(
                id="cust_001",
                name="Sarah Chen",
                email="sarah.chen@example.com",
                plan="pro",
                since=date(2025, 3, 15),
                lifetime_value=Decimal("2400.00"),
            ),
            CustomerRow(
                id="cust_002",
                name="Marcus Johnson",
                email="marcus.johnson@example.com",
                plan="enterprise",
                since=date(2024, 8, 1),
                lifetime_value=Decimal("18500.00"),
            ),
        ]
    )
    await session.flush()
    session.add_all(
        [
            Order(
                id="ord_1001",
                customer_id="cust_001",
                status="delivered",
                placed_at=now - 30 * _DAY,
                delivered_at=now - 20 * _DAY,
                items=[_item("Pro Plan - Annual", "199.99"), _item("Extra Seat Pack (5)", "99.99")],
            ),
            Order(
                id="ord_1002",
                customer_id="cust_001",
                status="pending",
                placed_at=now - 2 * _DAY,
                items=[_item("API Credits - 10K", "49.99")],
            ),
            Order(
                id="ord_2001",
                customer_id="cust_002",
                status="delivered",
                placed_at=now - 90 * _DAY,
                delivered_at=now - 80 * _DAY,
                items=[_item("Enterprise Plan - Annual", "999.99")],
            ),
            Order(
                id="A1001",
                customer_id="cust_001",
                status="shipped",
                placed_at=now - 3 * _DAY,
                eta_at=now + 2 * _DAY,
                carrier="UPS",
                tracking_number="1Z999AA10123456784",
                items=[_item("Wireless Headset", "89.00")],
            ),
            Order(
                id="A1002",
                customer_id="cust_002",
                status="processing",
                placed_at=now - 1 * _DAY,
                eta_at=now + 5 * _DAY,
                items=[_item("Mechanical Keyboard", "120.00")],
            ),
        ]
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


def _item(name: str, price: str) -> Item:
    return Item(name=name, price=Decimal(price))


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
