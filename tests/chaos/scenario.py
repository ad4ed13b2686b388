"""What happens to the processes while customers write: deaths, freezes, faults of the vendors."""

import asyncio
import random
import signal
from dataclasses import dataclass, field
from functools import partial

from tests.chaos.crash_points import WEB_STEPS
from tests.chaos.machine import Machine, is_alive, signal_quietly
from tests.conftest import wait_until

LOOK_SECONDS = 0.05
DEAD_STORE_SECONDS = 0.3
FEW = 5

FAULTS = {
    "rules": [
        {"match": "slack:chat.*", "kind": "lost_answer", "probability": 0.02},
        {"match": "slack:chat.*", "kind": "429", "retry_after": 1, "probability": 0.005},
        {"match": "slack:chat.*", "kind": "status", "status": 500, "probability": 0.02},
        {"match": "slack:chat.*", "kind": "reset", "probability": 0.01},
        {"match": "slack:*", "kind": "timeout", "seconds": 5, "probability": 0.005},
        {"match": "slack:conversations.replies", "kind": "status", "status": 500, "probability": 0.05},
        {"match": "zendesk:* /api/v2/tickets*", "kind": "lost_answer", "probability": 0.03},
        {"match": "zendesk:* /api/v2/tickets*", "kind": "html_502", "probability": 0.02},
        {"match": "zendesk:*", "kind": "status", "status": 500, "probability": 0.01},
        {"match": "zendesk:*", "kind": "429", "retry_after": 1, "probability": 0.005},
        {"match": "zendesk:*", "kind": "timeout", "seconds": 5, "probability": 0.005},
    ],
    "deliveries": {"duplicate": 0.15, "reorder": True, "delay": 0.2, "drop": 0.0},
}


@dataclass
class Worker:
    """One place for a process; `is_armed` to die by itself."""

    pid: int = 0
    is_armed: bool = False


@dataclass
class Scenario:
    """Counts what was done."""

    machine: Machine
    dice: random.Random
    web: Worker = field(default_factory=Worker)
    workers: list[Worker] = field(default_factory=lambda: [Worker(), Worker()])
    is_calm: bool = False
    worker_kills: int = 0
    web_kills: int = 0
    store_kills: int = 0
    zombies: int = 0

    def __post_init__(self) -> None:
        self._thawing: set[asyncio.Task[None]] = set()
        self._seen_freezes = 0

    @property
    def unvisited(self) -> list[str]:
        """Points at which nothing has died yet."""
        visited = set(self.machine.deaths())
        return [point for point in self.machine.plan.points if point not in visited]

    @property
    def unstopped(self) -> list[str]:
        """Points at which nothing has frozen yet."""
        stopped = {point for _, point in self.machine.freezes()}
        return [point for point in self.machine.plan.stops if point not in stopped]

    @property
    def has_more(self) -> bool:
        """Whether a point has not been reached yet."""
        return bool(self.unvisited or self.unstopped)

    async def begin(self) -> None:
        """Start the web app and both workers."""
        await self._watch_once()

    async def keep_alive(self) -> None:
        """Replace what has died, until cancelled."""
        while True:
            self._look_for_freezes()
            await self._watch_once()
            await asyncio.sleep(LOOK_SECONDS)

    async def play(self) -> None:
        """Do all that the plan asks for, in random order; return when it is done."""
        plan = self.machine.plan
        deeds = [self._kill_worker] * plan.worker_kills + [self._kill_web] * plan.web_kills
        deeds += [self._kill_store] * plan.store_kills + [self._freeze] * plan.zombies
        self.dice.shuffle(deeds)
        length = plan.lines * plan.pause
        for deed in deeds:
            await asyncio.sleep(self.dice.random() * 2 * length / len(deeds))
            await deed()

    async def calm(self) -> None:
        """Let nothing die any more: every armed process is replaced, every frozen one wakes up."""
        self.is_calm = True
        self._look_for_freezes()
        if self._thawing:
            await asyncio.gather(*self._thawing)
        await self.machine.control("faults", {})
        for place in (self.web, *self.workers):
            if place.is_armed:
                signal_quietly(place.pid, signal.SIGKILL)
                await wait_until(partial(_is_dead, place.pid), what="a death")
        await self._watch_once()
        await wait_until(self.machine.web_answers, what="the web app")

    async def _watch_once(self) -> None:
        if not (self.web.pid and is_alive(self.web.pid)):
            port = self.machine.bot.rpartition(":")[2]
            await self._give_birth(self.web, "web", "--port", port)
        for place in self.workers:
            if not (place.pid and is_alive(place.pid)):
                await self._give_birth(place, "worker", "--concurrency", str(self.machine.plan.concurrency))

    async def _give_birth(self, place: Worker, *argv: str) -> None:
        is_web = place is self.web
        points = {} if self.is_calm else self._lives(is_web=is_web)
        stops = [] if self.is_calm or is_web else self.unstopped[:1]  # who dies at once would never come to a stop
        if stops and self.dice.random() < 0.5:
            points = {}
        place.is_armed = bool(points or stops)
        place.pid = await self.machine.born(*argv, points=points, stops=stops)

    def _lives(self, *, is_web: bool) -> dict[str, int]:
        """Return at which points a new process is to die, and at the how manieth time.

        Only some of those left: who always died at the first step would never come to a later one. What happens but
        once in a conversation is always among them.
        """
        left = [point for point in self.unvisited if (point.split(" ", 1)[1] in WEB_STEPS) is is_web]
        if len(left) <= FEW:
            return dict.fromkeys(left, 1)
        rare = [point for point in left if point.endswith("POST tickets")]
        armed = self.dice.sample(left, (len(left) + 2) // 3)
        return {point: self.dice.choice((1, 1, 2, 3)) for point in armed} | dict.fromkeys(rare, 1)

    async def _kill_worker(self) -> None:
        place = await self._anyone()
        self.worker_kills += 1
        signal_quietly(place.pid, signal.SIGKILL)

    async def _anyone(self) -> Worker:
        """Return the place of one of the workers that live; the place of a frozen one is empty for a moment."""
        await wait_until(lambda: any(place.pid for place in self.workers), what="a worker")
        return self.dice.choice([place for place in self.workers if place.pid])

    async def _kill_web(self) -> None:
        self.web_kills += 1
        signal_quietly(self.web.pid, signal.SIGKILL)

    async def _kill_store(self) -> None:
        self.store_kills += 1
        await self.machine.kill_store()
        await asyncio.sleep(DEAD_STORE_SECONDS)
        await self.machine.start_store()

    async def _freeze(self) -> None:
        """Stop a worker for longer than its lease; another takes its place meanwhile, then there are three."""
        place = await self._anyone()
        signal_quietly(place.pid, signal.SIGSTOP)
        self._replace(place)

    def _look_for_freezes(self) -> None:
        """Take care of who froze by itself."""
        frozen = self.machine.freezes()[self._seen_freezes :]
        self._seen_freezes += len(frozen)
        for pid, _ in frozen:
            for place in self.workers:
                if place.pid == pid:
                    self._replace(place)

    def _replace(self, place: Worker) -> None:
        """Let another worker take the place of a frozen one, which thaws later."""
        self.zombies += 1
        task = asyncio.create_task(self._thaw(place.pid))
        place.pid = 0
        self._thawing.add(task)
        task.add_done_callback(self._thawing.discard)

    async def _thaw(self, pid: int) -> None:
        plan = self.machine.plan
        await asyncio.sleep(max(plan.lease, plan.redelivery) + 1 + self.dice.random())
        signal_quietly(pid, signal.SIGCONT)
        # It may finish what it believes to hold; then it goes, as a third worker is not in the plan.
        await asyncio.sleep(plan.lease)
        signal_quietly(pid, signal.SIGTERM)


def _is_dead(pid: int) -> bool:
    return not is_alive(pid)
