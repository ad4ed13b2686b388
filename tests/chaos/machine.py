"""The processes of one run: Redis, both vendors, a model server, the web app and two workers."""

import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from redis.exceptions import ResponseError

import bot.desks
from bot.store import keys
from bot.store.embedded import find_server
from bot.store.redis import Client, connect
from integrations.sandbox import SandboxOptions
from tests.chaos.crash_points import ASKED_AGAIN, DEATHS, FREEZES
from tests.chaos.moved_clock import MovedClock
from tests.chaos.plan import Plan
from tests.conftest import wait_until
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
CONSOLE_KEY = "chaos-console-key"
START_SECONDS = 180.0
TRIAGE = "C0TRIAGE"
_OURS = ("FRONTDESK_", "SLACK_", "ZENDESK_", "OPENAI_", "REDIS_URL", "DATABASE_URL")


class Machine:
    """Starts, kills and freezes processes; asks the vendors what they hold."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self.page = ""
        self.model = ""
        self.bot = f"http://127.0.0.1:{free_port()}"
        # On a crowded machine a server closes an idle connection with a request on it: nobody would know what arrived.
        self.http = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
        self.store: Client = None
        self._socket = folder / "redis.sock"
        self._dice = random.Random(plan.seed)
        self._redis: asyncio.subprocess.Process | None = None
        self._nursery: asyncio.subprocess.Process | None = None
        self._servers: list[asyncio.subprocess.Process] = []
        self._born: set[int] = set()
        self._birth = asyncio.Lock()
        self._clock_file = folder / "clock"
        self.clock = MovedClock(self._clock_file)
        self.database_url = ""
        self._owed = 0.0

    async def start_store(self) -> None:
        """Start Redis on what it wrote before.

        Its machine never dies here, so nothing has to reach the disk; with `everysec` a busy disk would put off the
        write itself, and a killed server would forget what it had acknowledged.
        """
        self._redis = await asyncio.create_subprocess_exec(
            str(find_server()),
            *("--port", "0", "--unixsocket", str(self._socket), "--dir", str(self.folder)),
            *("--appendonly", "yes", "--appendfsync", "no", "--save", "", "--maxmemory-policy", "noeviction"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            restore_signals=False,  # a file that may not grow is an error to it then, not its end
        )
        if self.store is None:
            self.store = connect(f"unix://{self._socket}")
        await wait_until(self._answers, START_SECONDS, "an answer of Redis")

    async def _answers(self) -> bool:
        with suppress(Exception):
            return bool(await self.store.ping())
        return False

    @property
    def store_pid(self) -> int:
        """The pid of Redis."""
        assert self._redis is not None
        return self._redis.pid

    async def passes(self, seconds: float) -> None:
        """Let time pass: on the clock of the vendors and the product, and in Redis for what is due.

        A Redis that takes no writes is moved on as soon as it does.
        """
        self.clock.move(seconds)
        self._owed += seconds
        with suppress(ResponseError):
            for queue in (keys.DUE, keys.DOUBTS):
                for member in await self.store.zrange(queue, 0, -1):
                    await self.store.zincrby(queue, -self._owed * 1000, member)
            self._owed = 0.0

    async def kill_store(self) -> None:
        """`kill -9` Redis."""
        assert self._redis is not None
        self._redis.kill()
        await self._redis.wait()

    async def start(self) -> None:
        """Start everything but the product's processes."""
        await self.start_store()
        vendors = ("tests.chaos.vendors", str(self._clock_file)) if self.plan.moved else ("integrations.sandbox",)
        self.page = await self._serve(*vendors)
        self.model = await self._serve("tests.chaos.model", str(self.plan.thinking))
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.process_forker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=self._environment(),
        )
        await self.control(
            "config",
            {
                "slack_events_url": f"{self.bot}/slack/events",
                "zendesk_webhook_url": f"{self.bot}/zendesk/webhook",
                "slack_retry_delays": [0.3] * self.plan.gives_up,
                "zendesk_retry_delays": [0.3] * self.plan.gives_up,
            },
        )
        await self.control("limits", {"enabled": False})

    async def born(self, *argv: str, points: Mapping[str, int], stops: Sequence[str], wrong: float = 0.0) -> int:
        """Start one process of the product, to die at one of `points`, to freeze at each of `stops`; return its pid.

        Args:
            wrong: seconds by which its clock is wrong, beside what the plan allows for.
        """
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        log = str(self.folder / f"{argv[0]}.log")
        order = {
            "argv": argv,
            "log": log,
            "points": dict(points),
            "stops": list(stops),
            "folder": str(self.folder),
            "skew": self._dice.uniform(-self.plan.skew, self.plan.skew) + wrong,
            "clock": str(self._clock_file) if self.plan.moved else "",
            "without": list(self.plan.without),
        }
        async with asyncio.timeout(START_SECONDS), self._birth:
            self._nursery.stdin.write(json.dumps(order).encode() + b"\n")
            pid = int(await self._nursery.stdout.readline())
        self._born.add(pid)
        return pid

    def deaths(self) -> list[str]:
        """Return the points at which processes died by themselves so far."""
        return self._written(DEATHS)

    def freezes(self) -> list[tuple[int, str]]:
        """Return which processes froze at which point so far."""
        lines = [line.partition(" ") for line in self._written(FREEZES)]
        return [(int(pid), point) for pid, _, point in lines]

    def asked_again(self) -> int:
        """Return how many journaled steps were missed by a later attempt."""
        return len(self._written(ASKED_AGAIN))

    def _written(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    async def web_answers(self) -> bool:
        """Return whether the web app is up."""
        with suppress(httpx.HTTPError):
            return (await self.http.get(f"{self.bot}/healthz")).status_code == 200
        return False

    async def control(self, path: str, body: Any = None) -> Any:
        """POST to a control route of the vendors."""
        answer = await self.http.post(f"{self.page}/_sandbox/{path}", json=body or {})
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def state(self) -> Any:
        """Return everything both vendors hold."""
        return (await self.http.get(f"{self.page}/_sandbox/state")).json()

    async def thread(self, channel: str, ts: str) -> list[Any]:
        """Return what stands in a Slack thread; nothing when Slack has one of its faults."""
        headers = {"Authorization": f"Bearer {SandboxOptions().slack_token}"}
        asked: dict[str, str | int] = {"channel": channel, "ts": ts, "limit": 200}
        with suppress(httpx.TransportError, ValueError):
            answer = await self.http.get(f"{self.page}/slack/api/conversations.replies", params=asked, headers=headers)
            return list(answer.json().get("messages", ()))
        return []

    def commits(self) -> dict[str, int]:
        """Return how many actions the desk's own books hold, by conversation; none where they are in no file."""
        if self.database_url:
            return {}
        with closing(sqlite3.connect(self.folder / "data" / "desk.db")) as books:
            rows = books.execute("SELECT conversation, count(*) FROM frontdesk_audit GROUP BY conversation")
            return {str(conversation): int(number) for conversation, number in rows}

    async def asked(self) -> Any:
        """Return how many questions the model was asked, and how many of them twice."""
        return (await self.http.get(f"{self.model}/asked")).json()

    async def transcript(self, conversation: str) -> list[Any]:
        """Return the transcript as operators read it, empty where there is none."""
        entries: list[Any] = (await self.conversation(conversation)).get("transcript", [])
        return entries

    async def conversation(self, conversation: str) -> Any:
        """Return a conversation as operators read it, nothing where there is none, or nobody answers."""
        headers = {"Authorization": f"Bearer {CONSOLE_KEY}"}
        answer = await self.http.get(f"{self.bot}/conversation/{conversation}", headers=headers)
        return answer.json() if answer.status_code == 200 else {}

    async def close(self) -> None:
        """End all processes."""
        for pid in self._born:
            signal_quietly(pid, signal.SIGKILL)
        for server in (*self._servers, self._nursery, self._redis):
            if server and server.returncode is None:
                server.kill()
                await server.wait()
        if self.store is not None:
            await self.store.aclose(close_connection_pool=True)
        await self.http.aclose()

    async def _serve(self, module: str, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        self._servers.append(process)
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await process.stdout.readline()).decode()
        assert line, f"{module} did not start"
        return line.split()[1]

    def _environment(self) -> dict[str, str]:
        options = SandboxOptions()
        bare = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        database = {"DATABASE_URL": self.database_url} if self.database_url else {}
        return (
            bare
            | database
            | {
                "REDIS_URL": f"unix://{self._socket}",
                "FRONTDESK_DATA_DIR": str(self.folder / "data"),
                "FRONTDESK_METRICS_PORT": "0",
                "FRONTDESK_DESK": str(_patient_desk(self.folder, self.plan)),
                "FRONTDESK_TRIAGE_CHANNEL": TRIAGE if self.plan.drafts else "",
                "FRONTDESK_CHANNELS": "all",
                "FRONTDESK_API_KEYS": f"chaos:{CONSOLE_KEY}:console",
                "FRONTDESK_RATE_PER_MINUTE": "100000",
                "FRONTDESK_DEBOUNCE_SECONDS": "0.1",
                "FRONTDESK_LEASE_SECONDS": str(self.plan.lease),
                "FRONTDESK_REDELIVERY_SECONDS": str(self.plan.redelivery),
                "FRONTDESK_MODEL": "stand-in",
                "FRONTDESK_MODEL_API": "chat_completions",
                "OPENAI_API_KEY": "none",
                "OPENAI_BASE_URL": f"{self.model}/v1",
                "OPENAI_AGENTS_DISABLE_TRACING": "1",
                "SLACK_BOT_TOKEN": options.slack_token,
                "SLACK_SIGNING_SECRET": options.slack_signing_secret,
                "SLACK_API_URL": f"{self.page}/slack/api/",
                "ZENDESK_URL": self.page,
                "ZENDESK_CLIENT_ID": options.zendesk_client_id,
                "ZENDESK_CLIENT_SECRET": options.zendesk_client_secret,
                "ZENDESK_WEBHOOK_SECRET": options.zendesk_webhook_secret,
            }
        )


@asynccontextmanager
async def machine(folder: Path, plan: Plan, made: Machine | None = None) -> AsyncIterator[Machine]:
    """Yield a machine on which everything but the product runs; end all of it afterwards."""
    made = made or Machine(folder, plan)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


def signal_quietly(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone, or that is not there yet: 0 would be this process and all of its."""
    if pid <= 0:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def is_alive(pid: int) -> bool:
    """Return whether the process exists."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _patient_desk(folder: Path, plan: Plan) -> Path:
    """The store desk without its own reasons to call for a person: each rule has a test elsewhere."""
    target = folder / "store"
    shutil.copytree(Path(bot.desks.__path__[0]) / "store", target, ignore=shutil.ignore_patterns("__pycache__"))
    rules = yaml.load((target / "desk.yml").read_text(), yaml.BaseLoader)  # noqa: S506  # nothing but text
    rules["escalation"] = {"unresolved_turns": 1_000_000, "rules": []}
    rules["reply_cap"] = {"replies": 1_000_000, "minutes": 10}
    rules |= {"autonomy": {"otherwise": "draft"}} if plan.drafts else {}
    rules |= {"model": {"patience": plan.model_patience}} if plan.model_patience else {}
    (target / "desk.yml").write_text(yaml.safe_dump(rules))
    return target


def names(values: Sequence[str]) -> str:
    """Return names for a table, `none` where there are none."""
    return ", ".join(values) or "none"
