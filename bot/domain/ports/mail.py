"""Sending mail, and the limits on the one-time codes that it carries."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """A mail to one person.

    Args:
        id: the same for the same letter, however often it is sent.
    """

    id: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Mail(Protocol):
    """Sends mail. Every method raises the `RemoteError` family."""

    async def send(self, letter: Letter) -> None:
        """Send the letter; one that arrives twice has the same `Message-ID`, so that mailboxes keep one."""

    async def reach(self) -> None:
        """Do all that sending takes but the sending."""


class CodeLimits(Protocol):
    """How many one-time codes may go out and be guessed at, whatever conversation it is in, and which went out."""

    async def allows(self, asker: str, address: str, effect_id: str) -> bool:
        """Count one code that an author wants for an address; a repeated call with the same effect counts once.

        Args:
            address: the address's digest.
        """

    async def may_try(self, asker: str, address: str, message_id: str) -> bool:
        """Count one guess of an author at an address's code; a repeated call with the same message counts once."""

    async def sent(self, effect_id: str) -> None:
        """Note that a code has gone out: before that nothing opens."""

    async def was_sent(self, effect_id: str) -> bool:
        """Return whether it has."""
