"""What your specialists can look up; a specialist names a tool under `tools` in its file.

A tool that takes a `Customer` runs only for customers whose identity is proven, and acts for exactly that person. For
something irreversible write `@action` instead: it returns an `Offer`, the customer says yes, and your function commits.
"""

from datetime import UTC, datetime
from typing import Any

from bot.desk import Clock, tool


@tool
def opening_hours(clock: Clock) -> dict[str, Any]:
    """Say when the shop is open, and whether it is open now."""
    now = datetime.fromtimestamp(clock.now(), UTC)
    is_open = now.weekday() < 5 and 9 <= now.hour < 17
    return {"hours": "Monday to Friday, 09:00-17:00 UTC", "open_now": is_open}
