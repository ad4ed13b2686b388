"""The version before and this one on one Redis, under load: nothing lost, nothing twice, and back again."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "94bd85e"
"""The last commit before tables had versions."""

KEY = "0123456789abcdef"
CUSTOMER = "user"
SPEAKERS = {CUSTOMER, "assistant"}
LINES = 4
NAMES = [f"session-{number}" for number in range(12)]
QUESTIONS = (
    "Where is my order A1001?",
    "How long does shipping take?",
    "Do you take PayPal?",
    "How do I reset my password?",
)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the version before; skip where the history does not reach so far."""
    packed = subprocess.run(
        ["git", "archive", BEFORE, "bot", "integrations"], capture_output=True, check=False, cwd=ROOT
    )
    if packed.returncode:
        pytest.skip(f"commit {BEFORE} is not in this history")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@dataclass
class Town:
    """Processes of two versions on one store.

    Args:
        environment: of all of them.
        port: of the web app.
    """

    environment: Mapping[str, str]
    folder: Path
    port: int = field(default_factory=free_port)

    @asynccontextmanager
    async def runs(self, source: Path, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run a command of the version whose source is there; it is killed at the end."""
        name = f"{source.name}-{command[0]}.log"
        with (self.folder / name).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.cli.main", *command),
                cwd=source,
                env=self.environment,
                stderr=log,
                stdout=log,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def started(self, source: Path, command: str, times: int = 1) -> None:
        """Return once that process has said that it started, as often."""
        file = self.folder / f"{source.name}-{command}.log"
        await wait_until(
            lambda: file.read_bytes().count(b"process.started") >= times, what=f"{command} of {source.name}"
        )

    def turns(self, source: Path) -> int:
        """Return how many turns that worker has taken."""
        return (self.folder / f"{source.name}-worker.log").read_bytes().count(b"turn.taken")

    @property
    def http(self) -> httpx.AsyncClient:
        """A caller's client."""
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=PATIENCE_SECONDS)


async def converse(http: httpx.AsyncClient, name: str, lines: int) -> list[str]:
    """Say so many lines one after the other; return the answers."""
    answers = []
    for number in range(lines):
        body = {"session_id": name, "message": QUESTIONS[number]}
        answer = await _post(http, body, f"{name}-{number}-{lines}")
        assert answer.status_code == 200, answer.text
        answers.append(answer.json()["response"])
    return answers


async def _post(http: httpx.AsyncClient, body: Mapping[str, str], key: str) -> httpx.Response:
    """Post it until somebody answers: a caller does so while a lone web process makes room for another."""

    async def answered() -> httpx.Response | None:
        with suppress(httpx.TransportError):
            return await http.post("/chat", json=body, headers={"Idempotency-Key": key})
        return None

    answer: httpx.Response = await wait_until(answered, what=f"an answer to {key}")
    return answer


async def spoken(http: httpx.AsyncClient, name: str) -> list[tuple[str, str]]:
    """Return what customer and bot said, in order."""
    entries = (await http.get(f"/conversation/{name}")).json()["transcript"]
    return [(entry["role"], entry["text"]) for entry in entries if entry["role"] in SPEAKERS]


async def all_say(http: httpx.AsyncClient, lines: int) -> list[str]:
    """In every session somebody says so many lines; return all answers."""
    answers = await asyncio.gather(*(converse(http, name, lines) for name in NAMES))
    return [answer for each in answers for answer in each]


async def all_spoken(http: httpx.AsyncClient) -> list[list[tuple[str, str]]]:
    """Return what was said in each session."""
    return [await spoken(http, name) for name in NAMES]


async def test_two_versions_work_side_by_side_and_the_older_one_goes_on_alone(
    before: Path, redis_url: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "REDIS_URL": redis_url,
        "FRONTDESK_DATA_DIR": str(tmp_path / "data"),
        "FRONTDESK_API_KEYS": f"shop:{KEY}:chat",
        "FRONTDESK_MODEL": "offline",
        "FRONTDESK_DEBOUNCE_SECONDS": "0",
        "FRONTDESK_RATE_PER_MINUTE": "1000",
        "FRONTDESK_METRICS_PORT": "0",
        "FRONTDESK_REDELIVERY_SECONDS": "2",
        "FRONTDESK_LEASE_SECONDS": "4",
    }
    town = Town(environment, tmp_path)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(town.runs(before, "worker"))
        await town.started(before, "worker")
        newer = await stack.enter_async_context(town.runs(ROOT, "worker"))
        web = await stack.enter_async_context(town.runs(ROOT, "web", "--port", str(town.port)))
        await town.started(ROOT, "worker")
        await town.started(ROOT, "web")
        http = await stack.enter_async_context(town.http)

        together = await all_say(http, LINES)
        taken = town.turns(ROOT)
        going_on = asyncio.create_task(all_say(http, LINES - 1))
        await wait_until(lambda: town.turns(ROOT) > taken or going_on.done(), what="a turn of the newer one")
        newer.kill()  # in the middle of its turns: the upgrade is taken back
        web.terminate()
        await web.wait()
        await stack.enter_async_context(town.runs(before, "web", "--port", str(town.port)))
        alone = await going_on
        last = await all_say(http, 1)
        told = await all_spoken(http)

    assert town.turns(before) > 0
    assert "" not in [*together, *alone, *last]
    assert_in_order(told)


def assert_in_order(told: Sequence[Sequence[tuple[str, str]]]) -> None:
    """Each line stands there once, in order, and each was answered once."""
    for said in told:
        lines = [text for role, text in said if role == CUSTOMER]
        assert lines == [*QUESTIONS[:LINES], *QUESTIONS[: LINES - 1], QUESTIONS[0]]
        assert len(said) == 2 * len(lines)
