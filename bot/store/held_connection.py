"""One connection of a client that is kept for batches of commands: what is done once for a batch, not per command.

redis-py takes a connection from its pool for every call and gives it back, looks each time whether it still lives, and
watches each write and each answer with a timer of its own, three asyncio tasks in all: 120 µs of a core for one command
over a Unix socket, of which 45 are left here. How to connect, and whom (TLS, passwords, Sentinel), stays redis-py's.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as NoAnswer


class HeldConnection:
    """A connection that its pool opens, and that is never shared with others; used by one at a time.

    Args:
        pool: a client's.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._connection: Any = None
        self._seconds: float | None = None

    async def ask(self, commands: Sequence[bytes], count: int) -> list[Any]:
        """Return the reply of each command, in order; where Redis refused one, its error stands instead.

        On a broken connection all is repeated, as often as the pool is told to.

        Args:
            commands: packed as Redis reads them.
            count: of the commands.

        Raises:
            RedisError: the server is down; some of the commands may have run.
        """
        connection = await self._connected()
        replies: list[Any] = await connection.retry.call_with_retry(partial(self._asked, commands, count), _gone)
        return replies

    async def give_back(self) -> None:
        """Return the connection to its pool."""
        connection, self._connection = self._connection, None
        if connection:
            connection.socket_timeout = self._seconds
            await self._pool.release(connection)

    async def _asked(self, commands: Sequence[bytes], count: int) -> list[Any]:
        connection = await self._connected()
        try:
            async with asyncio.timeout(self._seconds):
                await connection.send_packed_command(commands, check_health=False)
                return [await _reply(connection) for _ in range(count)]
        except BaseException as error:
            # What is still to come would be read as the answer to somebody else's command.
            await connection.disconnect(nowait=True)
            if isinstance(error, TimeoutError):
                raise NoAnswer("no answer in time") from error
            raise

    async def _connected(self) -> Any:
        if self._connection is None:
            self._connection = await self._pool.get_connection()
            self._seconds = self._connection.socket_timeout
        connection = self._connection
        if not connection.is_connected:
            connection.socket_timeout = self._seconds
            await connection.connect()
        connection.socket_timeout = None  # one timer watches the whole batch
        return connection


async def _reply(connection: Any) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


async def _gone(_error: Exception) -> None:
    """Nothing is left to do: who failed has closed the connection."""
