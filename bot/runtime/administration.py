"""How a vendor's account is set up for us: changes that are shown first, and what an administrator should know."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.runtime.connectors import CheckResult


@dataclass(frozen=True)
class Step:
    """One change of a vendor's account, as it is shown before it is made.

    Args:
        question: asked for this step alone, empty where one question is for all.
        change: the vendor's own; only the vendor's folder reads it.
    """

    verb: str
    kind: str
    name: str
    detail: str = ""
    question: str = ""
    change: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Proposal:
    """What would be changed in a vendor's account.

    Args:
        kept: what is left as it is, each with the reason.
        cautions: what people should know; nothing of it stops the changes.
        unseen: what could not be looked at, and so is not changed.
    """

    steps: Sequence[Step] = ()
    kept: Sequence[str] = ()
    cautions: Sequence[CheckResult] = ()
    unseen: Sequence[str] = ()


class Administration(Protocol):
    """Sets a vendor's account up for us, and takes out again what it put in. Every method raises `RemoteError`s."""

    async def propose(self) -> Proposal:
        """Return what is missing, or was edited."""

    async def propose_removal(self) -> Proposal:
        """Return what is to be taken out."""

    async def take(self, step: Step) -> None:
        """Make the change of a step."""

    def grant(self, step: Step) -> str:
        """Return what to grant where a step is refused."""

    async def trial(self, words: str) -> "Trial":
        """Open a ticket with these words, as a customer would."""

    async def secret(self) -> str:
        """Return the secret that the account signs its deliveries with, empty while it does not deliver to us."""


@dataclass(frozen=True)
class Hop:
    """What is known of one hop of a trial.

    Args:
        what: what has happened.
        problem: empty where it went well.
    """

    what: str
    problem: str = ""
    mend: str = ""


class Trial(Protocol):
    """A ticket that is sent through everything, and taken away again. Every method raises `RemoteError`s."""

    ticket_id: str

    async def delivered(self) -> Hop | None:
        """Return how its webhook went, None while nothing is known."""

    async def answered(self) -> Hop | None:
        """Return what the bot wrote on it, None while it has not."""

    async def remove(self) -> Sequence[Hop]:
        """Take the ticket and its requester away."""
