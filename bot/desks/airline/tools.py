"""What the airline's specialists can look up and change, each for the verified customer alone."""

from typing import Any

from bot.desk import Customer, Data, Offer, action, tool
from bot.desks.airline.context import Trip, talk_about
from bot.desks.airline.data import bookings_of, change_seat, is_business, is_taken, seat_of


@tool
async def lookup_booking(
    customer: Customer, data: Data, trip: Trip, confirmation_number: str | None = None
) -> dict[str, Any]:
    """Look up the customer's bookings: confirmation number, flight, seat, and whether they have checked in.

    Args:
        confirmation_number: of the one it is about, where the customer has named it.
    """
    async with data.session() as session:
        bookings = await bookings_of(session, customer)
    for booking in bookings:
        if booking.confirmation == (confirmation_number or "").strip().upper():
            talk_about(trip, booking)
    return {
        "bookings": [
            {
                "confirmation_number": booking.confirmation,
                "flight_number": booking.flight,
                "seat": booking.seat,
                "status": booking.status,
            }
            for booking in bookings
        ]
    }


@action("seat_change", commit=change_seat)
async def propose_seat_change(
    confirmation_number: str, new_seat: str, customer: Customer, data: Data
) -> Offer | dict[str, Any]:
    """Propose another seat on one of the customer's bookings; the customer is then asked for a yes by us.

    Args:
        confirmation_number: of the booking; who has a single one means that.
        new_seat: row and letter, for example 12C.
    """
    async with data.session() as session:
        bookings = await bookings_of(session, customer)
        named = [booking for booking in bookings if booking.confirmation == confirmation_number.strip().upper()]
        # Whoever has one booking means it; another number, somebody else's too, leads nowhere else.
        found = named or (bookings if len(bookings) == 1 else [])
        seat = seat_of(new_seat)
        if not found:
            return _no("The customer has no booking with this number.")
        booking = found[0]
        if not seat:
            return _no(f"The plane has no seat {new_seat}.")
        if seat == booking.seat:
            return _no(f"The customer already has seat {seat}.")
        if is_business(seat) != is_business(booking.seat):
            return _no("Another cabin is another fare; only a colleague can arrange that.")
        if await is_taken(session, booking.flight, seat):
            return _no(f"Seat {seat} is taken.")
    return Offer(
        subject=booking.confirmation,
        summary=f"Change of seat from {booking.seat} to {seat} on flight {booking.flight} "
        f"(booking {booking.confirmation})",
        status=booking.status,
        involves=(booking.seat, seat),
    )


def _no(message: str) -> dict[str, Any]:
    return {"proposed": False, "message": message}
