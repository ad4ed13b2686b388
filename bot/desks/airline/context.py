"""What the airline keeps of a passenger during a conversation: which booking it is about."""

from bot.desk import Context, Customer, Data, before
from bot.desks.airline.data import Booking, bookings_of


class Trip(Context):
    """The booking that is talked about, as its rows are now."""

    confirmation_number: str = ""
    flight_number: str = ""
    seat: str = ""


def talk_about(trip: Trip, booking: Booking) -> None:
    """Let the conversation be about this booking."""
    trip.confirmation_number = booking.confirmation
    trip.flight_number = booking.flight
    trip.seat = booking.seat


@before("seats")
async def find_booking(customer: Customer, data: Data, trip: Trip) -> None:
    """Know the booking before the seats specialist speaks: the one talked about, or the only one."""
    async with data.session() as session:
        bookings = await bookings_of(session, customer)
    same = [booking for booking in bookings if booking.confirmation == trip.confirmation_number]
    if len(found := same or bookings) == 1:
        talk_about(trip, found[0])
