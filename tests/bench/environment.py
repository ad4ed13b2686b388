"""Everything a bot needs around it for one measurement: a Redis, the stand-in, the bots, each a process of its own."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

import bot.desks
from bot.store.embedded import EmbeddedRedis
from bot.store.redis import Client, connect
from tests.bench.lines import Line
from tests.bench.machine import cpu_seconds
from tests.bench.processes import Server, frontdesk, printing
from tests.bench.slack_lines import SECRET

PATIENCE_SECONDS = 240.0


@dataclass(frozen=True)
class Bot:
    """One bot under measurement.

    Args:
        url: where events go.
        parts: its processes by what they do, for their processor time.
    """

    name: str
    url: str
    parts: dict[str, Server]


@dataclass(frozen=True)
class Outcome:
    """What one run of the crowd led to.

    Args:
        cpu: processor seconds by process.
    """

    lines: Sequence[Line]
    cpu: dict[str, float]
    most_thinking: int
    slack_calls: int
    model_calls: int

    @property
    def rate(self) -> float:
        """Answers per second, while the bot had enough to do."""
        start, end = min(line.sent for line in self.lines), max(line.sent for line in self.lines)
        warm = start + (end - start) * 0.2
        return sum(warm < line.done <= end for line in self.lines) / (end - warm)

    @property
    def lasted(self) -> float:
        """Seconds from the first line to the last answer."""
        return max(line.done for line in self.lines) - min(line.sent for line in self.lines)

    @property
    def overheads(self) -> list[float]:
        """Seconds from each line to its answer without the model's own."""
        return [line.done - line.sent - (line.ended - line.asked) for line in self.lines]


@dataclass
class Environment:
    """A stand-in, a Redis, and what is being measured between them."""

    folder: Path
    world: Server
    redis: EmbeddedRedis
    client: Client
    http: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=PATIENCE_SECONDS))

    @asynccontextmanager
    async def baseline_bot(self) -> AsyncIterator[Bot]:
        """Run the baseline."""
        async with printing("tests.bench.baseline_bot", self.world.url, self.redis.url) as server:
            yield Bot("afternoon bot", server.url, {"bot": server})

    @asynccontextmanager
    async def ours(
        self, workers: int = 1, *, concurrency: int = 200, desk: str = "", **environment: str
    ) -> AsyncIterator[Bot]:
        """Run `frontdesk web` and so many `frontdesk worker`.

        Args:
            desk: a folder; empty for the store desk without its own reasons to call a person.
        """
        env = self._environment(desk or str(patient_desk(self.folder))) | environment
        async with AsyncExitStack() as stack:
            web = await stack.enter_async_context(frontdesk("web", "--port", "0", env=env))
            parts = {"web": web}
            for number in range(1, workers + 1):
                worker = frontdesk("worker", "--concurrency", str(concurrency), env=env)
                parts[f"worker {number}"] = await stack.enter_async_context(worker)
            yield Bot(f"Frontdesk, {workers} worker{'s' if workers > 1 else ''}", web.url, parts)

    async def write(self, bot: Bot, **plan: Any) -> Outcome:
        """Let the crowd write to a bot."""
        parts = {**bot.parts, "stand-in": self.world}
        parts["Redis"] = Server(self.redis.url, int((await self.client.info("server"))["process_id"]))
        before = {name: cpu_seconds(server.pid) for name, server in parts.items()}
        answer = (await self.http.post(f"{self.world.url}/go", json={"bot": bot.url, **plan})).json()
        cpu = {name: cpu_seconds(server.pid) - before[name] for name, server in parts.items()}
        lines = [Line(**line) for line in answer["lines"]]
        if lost := sum(line.answers != 1 for line in lines):
            raise RuntimeError(f"{bot.name}: {lost} of {len(lines)} lines were not answered exactly once")
        return Outcome(
            lines,
            cpu,
            answer["most_thinking"],
            answer["slack_calls"],
            answer["model_calls"],
        )

    async def thinking(self) -> int:
        """Return how many questions the model is thinking about."""
        return int((await self.http.get(f"{self.world.url}/thinking")).text)

    def _environment(self, desk: str) -> dict[str, str]:
        return {
            "REDIS_URL": self.redis.url,
            "FRONTDESK_DATA_DIR": f"{self.folder}/data",
            "FRONTDESK_METRICS_PORT": "0",
            "FRONTDESK_DESK": desk,
            "FRONTDESK_CHANNELS": "all",
            "FRONTDESK_RATE_PER_MINUTE": "100000",
            "FRONTDESK_DEBOUNCE_SECONDS": "0",
            "FRONTDESK_MODEL": "stand-in",
            "OPENAI_API_KEY": "none",
            "OPENAI_BASE_URL": f"{self.world.url}/v1",
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self.world.url}/slack/api/",
        }


@asynccontextmanager
async def environment() -> AsyncIterator[Environment]:
    """Yield it with no bot in it yet."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        redis = EmbeddedRedis(Path(folder) / "data")
        try:
            redis.start()
            async with AsyncExitStack() as stack:
                world = await stack.enter_async_context(printing("tests.bench.fake_vendors"))
                made = Environment(Path(folder), world, redis, connect(redis.url))
                stack.push_async_callback(made.client.aclose)
                stack.push_async_callback(made.http.aclose)
                yield made
        finally:
            redis.close()


def patient_desk(folder: Path) -> Path:
    """Return the store desk without its own reasons to call for a person, written once."""
    target = folder / "store"
    if not target.exists():
        source = Path(bot.desks.__path__[0]) / "store"
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        rules = yaml.load((target / "desk.yml").read_text(), yaml.BaseLoader)  # noqa: S506  # nothing but text
        rules["escalation"] = {**rules["escalation"], "unresolved_turns": 1_000_000, "repeated_question": 0}
        rules["reply_cap"] = {"replies": 1_000_000, "minutes": 10}
        (target / "desk.yml").write_text(yaml.safe_dump(rules))
    return target
