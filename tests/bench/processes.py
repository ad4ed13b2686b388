"""Start the processes that are measured, each in an interpreter of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 15.0
_OURS = ("FRONTDESK_", "SLACK_", "ZENDESK_", "OPENAI_", "REDIS_URL", "DATABASE_URL")


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        url: what it printed when it was ready.
    """

    url: str
    pid: int


@asynccontextmanager
async def server(module: str, *arguments: str) -> AsyncIterator[Server]:
    """Run a module that prints its URL when it is ready; end it after the body.

    Raises:
        RuntimeError: it did not start.
    """
    process = await _start(module, *arguments)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            url = (await process.stdout.readline()).decode().strip()
        if not url:
            raise RuntimeError(f"{module} did not start")
        yield Server(url, process.pid)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.communicate(), STOP_SECONDS)
        except TimeoutError:
            process.kill()


async def result(module: str, *arguments: str, seconds: float) -> Any:
    """Run a module that prints one JSON value; return that.

    Raises:
        RuntimeError: it failed, or took longer than `seconds`.
    """
    process = await _start(module, *arguments)
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        raise RuntimeError(f"{module} took longer than {seconds:.0f} s") from None
    if process.returncode:
        raise RuntimeError(f"{module} failed with {process.returncode}")
    return json.loads(out)


async def _start(module: str, *arguments: str) -> asyncio.subprocess.Process:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=bare,
    )
