"""Holds the desk in use; everything reads it here, and hot reload replaces it in one step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.policy.policy import Policy
from bot.domain.ports import SpendingLedger
from bot.turn.turn import Turn


@dataclass(frozen=True)
class DeskAtWork:
    """A desk with everything that is made from it.

    Args:
        close: closes what was opened for it; nothing of it may be used afterwards.
    """

    desk: Desk
    data: Database
    turn: Turn
    spending: SpendingLedger
    close: Callable[[], Awaitable[None]]


class AtWork:
    """The desk by which turns are taken, deadlines are counted and tickets are read from now on.

    Nobody keeps a part of it: whoever needs the policy asks here each time.
    """

    def __init__(self, first: DeskAtWork) -> None:
        self._now = first

    @property
    def desk(self) -> Desk:
        """The desk itself."""
        return self._now.desk

    @property
    def policy(self) -> Policy:
        """Its rules."""
        return self._now.desk.policy

    @property
    def data(self) -> Database:
        """Its data."""
        return self._now.data

    @property
    def turn(self) -> Turn:
        """What takes turns with it."""
        return self._now.turn

    @property
    def spending(self) -> SpendingLedger:
        """What counts its costs."""
        return self._now.spending

    def replace(self, desk: DeskAtWork) -> DeskAtWork:
        """Let another desk take its place; return the one before, for whoever closes it."""
        before, self._now = self._now, desk
        return before

    async def close(self) -> None:
        """Close what the desk at work has open."""
        await self._now.close()
