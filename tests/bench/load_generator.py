"""The people who write: so many threads at once, each going on when it is answered, or so many lines per second."""

import asyncio
from dataclasses import dataclass
from time import perf_counter, time
from urllib.parse import urlsplit

from tests.bench.lines import Lines
from tests.bench.slack_client import Connection
from tests.bench.slack_lines import signed_line

CONNECTIONS = 32
PATIENCE_SECONDS = 60.0
_ASKED = "where is my order {mark}? It should have been here two days ago."


@dataclass(frozen=True)
class Plan:
    """What people do.

    Args:
        bot: the URL that events go to.
        threads: conversations at once, each in a channel of its own.
        lines: lines of a thread before its author opens the next one; 0 for no end.
        rate: lines per second whatever the answers do; 0 for one line per thread at a time, the next when it is
            answered.
        seconds: how long lines are sent.
        think: seconds until the model's first words.
        gap: seconds between its words.
    """

    bot: str
    threads: int
    seconds: float
    lines: int = 10
    rate: float = 0.0
    think: float = 0.0
    gap: float = 0.0


class Crowd:
    """Writes by the plan."""

    def __init__(self, plan: Plan, lines: Lines) -> None:
        self._plan = plan
        self._lines = lines
        url = urlsplit(plan.bot)
        self._address = (url.hostname or "", url.port or 80)
        self._host = url.netloc
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        self._threads = [Thread(number, plan.lines) for number in range(plan.threads)]

    async def write(self) -> None:
        """Write until the time is over and all is answered.

        Raises:
            TimeoutError: not all was answered.
        """
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(Connection, *self._address)
            self._free.put_nowait(connection)
        async with asyncio.timeout(self._plan.seconds + PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            if self._plan.rate:
                await self._steadily(group)
            else:
                end = perf_counter() + self._plan.seconds
                for thread in self._threads:
                    group.create_task(self._by_turns(thread, end))
        while not self._free.empty():
            self._free.get_nowait().close()

    async def _steadily(self, group: asyncio.TaskGroup) -> None:
        start = perf_counter()
        for number in range(int(self._plan.rate * self._plan.seconds)):
            due = start + number / self._plan.rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            group.create_task(self._ask(self._threads[number % len(self._threads)], due))

    async def _by_turns(self, thread: "Thread", end: float) -> None:
        while perf_counter() < end:
            await self._ask(thread, perf_counter())

    async def _ask(self, thread: "Thread", due: float) -> None:
        ts, thread_ts = thread.next()
        number, mark = self._lines.sent(f"{thread.channel}:{thread_ts or ts}", due)
        text = _ASKED.format(mark=mark)
        request = signed_line(number, thread.channel, thread.user, ts, thread_ts, text, self._host)
        connection = await self._free.get()
        status = await connection.send(request)
        self._free.put_nowait(connection)
        if status != 200:
            raise RuntimeError(f"an event was answered with {status}")
        await self._lines.answered(mark)


class Thread:
    """One person in one channel.

    Args:
        lines: of a thread before the next one is opened; 0 for no end.
    """

    def __init__(self, number: int, lines: int) -> None:
        self.channel = f"C{number:05d}"
        self.user = f"U{number:05d}"
        self._lines = lines
        self._written = 0
        self._opened = ""

    def next(self) -> tuple[str, str]:
        """Return the next line's `ts`, and its `thread_ts`, empty where it opens a thread."""
        ts = f"{time():.6f}"
        is_first = not self._opened or (self._lines and self._written >= self._lines)
        if is_first:
            self._opened, self._written = ts, 1
            return ts, ""
        self._written += 1
        return ts, self._opened
