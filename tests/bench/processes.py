"""Start the processes that are measured, each in an interpreter of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 15.0
OURS = ("FRONTDESK_", "SLACK_", "ZENDESK_", "OPENAI_", "REDIS_URL", "DATABASE_URL")


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        url: what it printed when it was ready.
    """

    url: str
    pid: int


@asynccontextmanager
async def printing(module: str, *arguments: str) -> AsyncIterator[Server]:
    """Run a module that prints its URL when it is ready; end it after the body.

    Raises:
        RuntimeError: it did not start.
    """
    async with _running(module, *arguments, env={}, find=str.strip) as server:
        yield server


@asynccontextmanager
async def frontdesk(*arguments: str, env: Mapping[str, str]) -> AsyncIterator[Server]:
    """Run `frontdesk …` until the body is done; its log says where the web app is (`-` where there is none).

    Raises:
        RuntimeError: it did not start.
    """
    async with _running("bot.cli.main", *arguments, env=env, find=_url_in_log) as server:
        yield server


def _url_in_log(line: str) -> str:
    if '"process.started"' in line:
        return "-"
    return str(json.loads(line)["url"]) if '"web.started"' in line else ""


@asynccontextmanager
async def _running(
    module: str, *arguments: str, env: Mapping[str, str], find: Callable[[str], str]
) -> AsyncIterator[Server]:
    process = await _start(module, *arguments, env=env, with_log=True)
    assert process.stdout
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(START_SECONDS):
            url = await _found(process.stdout, find)
        if not url:
            raise RuntimeError(f"{module} did not start")
        reading = asyncio.create_task(_drain(process.stdout))
        yield Server(url, process.pid)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
        if reading:
            await reading


async def _found(output: asyncio.StreamReader, find: Callable[[str], str]) -> str:
    async for line in output:
        if url := find(line.decode()):
            return url
    return ""


async def _drain(output: asyncio.StreamReader) -> None:
    """A process whose output nobody reads would stop when the pipe is full."""
    async for _ in output:
        pass


async def result(module: str, *arguments: str, seconds: float) -> Any:
    """Run a module that prints one JSON value; return that.

    Raises:
        RuntimeError: it failed, or took longer than `seconds`.
    """
    process = await _start(module, *arguments, env={}, with_log=False)
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        raise RuntimeError(f"{module} took longer than {seconds:.0f} s") from None
    if process.returncode:
        raise RuntimeError(f"{module} failed with {process.returncode}")
    return json.loads(out)


async def _start(module: str, *arguments: str, env: Mapping[str, str], with_log: bool) -> asyncio.subprocess.Process:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT if with_log else None,
        cwd=ROOT.anchor,  # away from a developer's .env
        env={**bare, **env, "PYTHONPATH": str(ROOT)},
    )
