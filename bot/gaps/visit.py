"""Asks the store of gaps once, on a connection of its own."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.desk.database import Database
from bot.domain.errors import ConfigError, TemporaryFailure
from bot.gaps.store import GapStore

_T = TypeVar("_T")


async def visit(url: str, ask: Callable[[GapStore], Awaitable[_T]]) -> _T:
    """Return what the store answers.

    Args:
        url: of the database.

    Raises:
        TemporaryFailure: it does not answer.
    """
    try:
        data = await Database.reached(url)
    except ConfigError as error:  # it answered when this process began
        raise TemporaryFailure("the database does not answer") from error
    try:
        return await ask(GapStore(data))
    except (SQLAlchemyError, OSError) as error:
        raise TemporaryFailure(f"database: {type(error).__name__}") from error
    finally:
        await data.close()
