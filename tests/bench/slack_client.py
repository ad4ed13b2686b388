"""Slack's side of the ingest measurement, in a process of its own: send signed events, time each until its 200.

Closed loop: so many connections, each sends its next event when the last is answered. Open loop: an event is due
every `1 / rate` seconds whatever the answers do, and its time counts from when it was due, not from when it was sent.
Prints one JSON object.
"""

import asyncio
import json
from argparse import ArgumentParser
from collections import deque
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httptools
import uvloop

from tests.bench.slack_lines import signed_requests

PATIENCE_SECONDS = 10.0


class Connection(asyncio.Protocol):
    """A kept-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: Any = None
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """The parser has a whole answer."""
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            answer.set_result(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    async def send(self, request: bytes) -> int:
        """Return the status that the request was answered with."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def closed_loop(connections: list[Connection], requests: list[bytes]) -> dict[str, Any]:
    """Send all requests, as many at once as there are connections."""
    waiting = deque(requests)
    times: list[float] = []
    refused: list[int] = []

    async def send_on(connection: Connection) -> None:
        while waiting:
            request = waiting.popleft()
            start = perf_counter()
            status = await connection.send(request)
            times.append(perf_counter() - start)
            if status != 200:
                refused.append(status)

    start = perf_counter()
    await asyncio.gather(*(send_on(connection) for connection in connections))
    return {"seconds": perf_counter() - start, "times": times, "refused": refused}


async def open_loop(connections: list[Connection], requests: list[bytes], rate: float) -> dict[str, Any]:
    """Send a request every `1 / rate` seconds."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)
    times: list[float] = []
    refused: list[int] = []

    async def send_one(request: bytes, due: float) -> None:
        connection = await free.get()
        status = await connection.send(request)
        times.append(perf_counter() - due)
        free.put_nowait(connection)
        if status != 200:
            refused.append(status)

    start = perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            group.create_task(send_one(request, due))
    return {"seconds": perf_counter() - start, "times": times, "refused": refused}


async def main() -> None:
    """Take the arguments, send, print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--kind", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--series", type=int, required=True)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, default=0.0)
    options = parser.parse_args()
    address = urlsplit(options.url)
    requests = list(signed_requests(options.kind, options.count, options.series, address.netloc))
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(Connection, address.hostname, address.port) for _ in range(options.connections)
    ]
    connections = [protocol for _, protocol in opened]
    async with asyncio.timeout(PATIENCE_SECONDS + options.count / (options.rate or 200.0)):
        if options.rate:
            outcome = await open_loop(connections, requests, options.rate)
        else:
            outcome = await closed_loop(connections, requests)
    for connection in connections:
        connection.close()
    print(json.dumps(outcome))


if __name__ == "__main__":
    uvloop.run(main())
