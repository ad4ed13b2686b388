"""What your specialists can look up; a specialist names a tool under `tools` in its file.

A tool is a function. Its docstring tells the model what it is for; its arguments are the model's, but for those whose
types are put in by code: `Clock` and `BusinessHours` here, `Data` for your database, `Customer` for the customer whose
identity is proven. A tool that takes a `Customer` runs for nobody else, and acts for exactly that person.

For something irreversible write `@action` instead: it returns an `Offer`, the customer says yes, and your function
commits.
"""

from typing import Any

from bot.desk import BusinessHours, Clock, tool


@tool
def opening_hours(hours: BusinessHours, clock: Clock) -> dict[str, Any]:
    """Say when the shop is open, and whether it is open now."""
    return {"hours": str(hours), "open_now": hours.is_open(clock.now())}
