"""The airline's tables, their first rows, and the only queries that its tools may make."""

import re
from collections.abc import Sequence

from sqlalchemy import ForeignKey, MetaData, String, UniqueConstraint, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.desk import Clock, Customer, Offer, Refused

_SEAT = re.compile(r"0*([1-9]\d?)([A-F])")
_BUSINESS_ROWS = 4
_ROWS = 24


class Base(DeclarativeBase):
    """The airline's tables."""


class Passenger(Base):
    """Somebody who flies."""

    __tablename__ = "airline_passengers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), unique=True)


class Booking(Base):
    """A seat on a flight; the database lets nobody have one that is taken.

    Args:
        status: `booked` or `checked_in`.
    """

    __tablename__ = "airline_bookings"
    __table_args__ = (UniqueConstraint("flight", "seat"),)

    confirmation: Mapped[str] = mapped_column(String(16), primary_key=True)
    passenger_id: Mapped[str] = mapped_column(ForeignKey("airline_passengers.id"), index=True)
    flight: Mapped[str] = mapped_column(String(16))
    seat: Mapped[str] = mapped_column(String(4))
    status: Mapped[str] = mapped_column(String(16), default="booked")


metadata: MetaData = Base.metadata

_PASSENGERS = (
    ("cust_001", "Sarah Chen", "sarah.chen@example.com"),
    ("cust_002", "Marcus Johnson", "marcus.johnson@example.com"),
)
_BOOKINGS = (("LL0EZ6", "cust_001", "FLT-476", "19D"), ("K7QW2P", "cust_002", "FLT-476", "20B"))


async def seed(session: AsyncSession, _clock: Clock) -> None:
    """Add the example passengers and their bookings."""
    session.add_all(Passenger(id=number, name=name, email=email) for number, name, email in _PASSENGERS)
    await session.flush()
    session.add_all(
        Booking(confirmation=confirmation, passenger_id=passenger, flight=flight, seat=seat)
        for confirmation, passenger, flight, seat in _BOOKINGS
    )


async def customer_by_email(session: AsyncSession, email: str) -> Customer | None:
    """Return the passenger with this address."""
    return _customer(await session.scalar(select(Passenger).where(func.lower(Passenger.email) == email.lower())))


async def customer_by_id(session: AsyncSession, customer_id: str) -> Customer | None:
    """Return the passenger with this id."""
    return _customer(await session.get(Passenger, customer_id))


async def bookings_of(session: AsyncSession, customer: Customer) -> Sequence[Booking]:
    """Return the customer's bookings."""
    query = select(Booking).where(Booking.passenger_id.in_(customer.ids)).order_by(Booking.confirmation)
    return (await session.scalars(query)).all()


async def is_taken(session: AsyncSession, flight: str, seat: str) -> bool:
    """Return whether somebody has the seat."""
    return await session.scalar(select(Booking).where(Booking.flight == flight, Booking.seat == seat)) is not None


def seat_of(text: str) -> str:
    """Return the seat as it is printed, `7C`; empty where the plane has none of that name."""
    match = _SEAT.fullmatch(text.strip().upper())
    return f"{match[1]}{match[2]}" if match and int(match[1]) <= _ROWS else ""


def is_business(seat: str) -> bool:
    """Return whether the seat is in the business cabin."""
    return int(seat[:-1]) <= _BUSINESS_ROWS


async def change_seat(session: AsyncSession, offer: Offer, customer: Customer, _clock: Clock) -> None:
    """Give a booking another free seat.

    Raises:
        Refused: the booking has changed, or the seat is taken.
    """
    booking = await session.get(Booking, offer.subject)
    before, after = offer.involves
    if booking is None or booking.passenger_id not in customer.ids or booking.seat != before:
        raise Refused("your booking has changed since")
    if await is_taken(session, booking.flight, after):
        raise Refused(f"seat {after} was taken meanwhile")
    booking.seat = after


def _customer(row: Passenger | None) -> Customer | None:
    return Customer(id=row.id, name=row.name, email=row.email) if row else None
