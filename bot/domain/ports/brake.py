"""The brake: one switch for all workers that holds every public answer back."""

from typing import Protocol

from bot.domain.autonomy import Mode


class Brake(Protocol):
    """Tells whether somebody has pulled the brake; what it says is a few seconds old at most."""

    async def mode(self) -> Mode | None:
        """Return what becomes of public answers, None while the brake is off.

        Raises:
            TemporaryFailure: the store is down, and it is not known.
        """
