"""The shop's tables, and the only queries its tools may ask.

Every query about an order takes the customer it has to belong to, so that someone else's order and an order that does
not exist are the same empty answer, from the same query.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import JSON, ForeignKey, MetaData, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bot.desk import Clock, Customer
from bot.desk.database import Money

ADDRESS = ("address1", "address2", "city", "state", "country", "zip")

Options = Mapping[str, str]


class Base(DeclarativeBase):
    """The shop's tables; the prefix keeps desks apart that share a database."""


class User(Base):
    """A customer with their default address."""

    __tablename__ = "retail_users"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    address: Mapped[Options] = mapped_column(JSON)
    methods: Mapped[list["Method"]] = relationship(lazy="selectin", order_by="Method.place")


class Method(Base):
    """A way to pay.

    Args:
        source: `gift_card`, `paypal` or `credit_card`.
        balance: what is left on a gift card, None for the others.
    """

    __tablename__ = "retail_payment_methods"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("retail_users.id"), index=True)
    place: Mapped[int]
    source: Mapped[str] = mapped_column(String(32))
    brand: Mapped[str] = mapped_column(String(32), default="")
    last_four: Mapped[str] = mapped_column(String(4), default="")
    balance: Mapped[Decimal | None] = mapped_column(Money)


class Product(Base):
    """A kind of thing the shop sells."""

    __tablename__ = "retail_products"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    variants: Mapped[list["Variant"]] = relationship(lazy="selectin", order_by="Variant.id")


class Variant(Base):
    """A product with certain options; its id is what an order's lines name."""

    __tablename__ = "retail_variants"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("retail_products.id"), index=True)
    options: Mapped[Options] = mapped_column(JSON)
    available: Mapped[bool]
    price: Mapped[Decimal] = mapped_column(Money)


class Order(Base):
    """An order.

    Args:
        status: `pending`, `pending (item modified)`, `processed`, `delivered`, `return requested`,
            `exchange requested` or `cancelled`.
        request: what a return or an exchange asks for, by the names the warehouse knows.
    """

    __tablename__ = "retail_orders"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("retail_users.id"), index=True)
    status: Mapped[str] = mapped_column(String(32))
    address: Mapped[Options] = mapped_column(JSON)
    fulfillments: Mapped[list[Mapping[str, list[str]]]] = mapped_column(JSON)
    cancel_reason: Mapped[str] = mapped_column(String(64), default="")
    request: Mapped[Mapping[str, str | list[str]]] = mapped_column(JSON, default=dict)
    price_difference: Mapped[Decimal | None] = mapped_column(Money)
    lines: Mapped[list["Line"]] = relationship(lazy="selectin", order_by="Line.place")
    payments: Mapped[list["Payment"]] = relationship(lazy="selectin", order_by="Payment.place")


class Line(Base):
    """One item of an order."""

    __tablename__ = "retail_lines"

    order_id: Mapped[str] = mapped_column(ForeignKey("retail_orders.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    product_id: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(String(64))
    price: Mapped[Decimal] = mapped_column(Money)
    options: Mapped[Options] = mapped_column(JSON)


class Payment(Base):
    """Money that was taken or given back for an order.

    Args:
        kind: `payment` or `refund`.
    """

    __tablename__ = "retail_payments"

    order_id: Mapped[str] = mapped_column(ForeignKey("retail_orders.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Decimal] = mapped_column(Money)
    method_id: Mapped[str] = mapped_column(String(64))


metadata: MetaData = Base.metadata


async def seed(session: AsyncSession, clock: Clock) -> None:
    """Add nothing: a shop has its orders before it has a front desk."""


async def customer_by_email(session: AsyncSession, email: str) -> Customer | None:
    """Return the customer with this address."""
    return _customer(await session.scalar(select(User).where(func.lower(User.email) == email.lower())))


async def customer_by_id(session: AsyncSession, customer_id: str) -> Customer | None:
    """Return the customer with this id."""
    return _customer(await session.get(User, customer_id))


async def user_of(session: AsyncSession, customer: Customer) -> User:
    """Return the customer's own record."""
    return await session.get_one(User, customer.id)


async def orders_of(session: AsyncSession, customer: Customer) -> Sequence[Order]:
    """Return the customer's orders."""
    return (await session.scalars(select(Order).where(Order.user_id == customer.id).order_by(Order.id))).all()


async def order_of(session: AsyncSession, customer: Customer, order_id: str) -> Order | None:
    """Return the order if it is this customer's; None otherwise, whether it exists or not."""
    wanted = f"#{order_id.strip().lstrip('#')}".lower()
    query = select(Order).where(func.lower(Order.id) == wanted, Order.user_id == customer.id)
    return await session.scalar(query)


async def products(session: AsyncSession) -> Sequence[Product]:
    """Return everything the shop sells, by name."""
    return (await session.scalars(select(Product).order_by(Product.name))).all()


async def product(session: AsyncSession, product_id: str) -> Product | None:
    """Return a product with its variants."""
    return await session.get(Product, product_id.strip())


async def variants(session: AsyncSession, item_ids: Sequence[str]) -> Mapping[str, Variant]:
    """Return the variants with these ids, by id."""
    found = await session.scalars(select(Variant).where(Variant.id.in_(item_ids)))
    return {variant.id: variant for variant in found}


def _customer(row: User | None) -> Customer | None:
    return Customer(id=row.id, name=f"{row.first_name} {row.last_name}", email=row.email) if row else None
