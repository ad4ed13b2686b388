"""Runs the web app and the worker in one process until a signal, then drains both."""

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext, suppress
from ctypes import CDLL
from typing import TYPE_CHECKING, Any

import structlog

from bot.late_package import absent

if TYPE_CHECKING:
    from bot.runtime.worker import Worker

GRACE_SECONDS = 10
_M_ARENA_MAX = -8

log = structlog.get_logger(__name__)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a server's main coroutine on the fastest event loop that is installed: uvloop, where the platform has it."""
    _share_pools()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main)


def _share_pools() -> None:
    """Let all threads take memory from two pools, in the place of one each that is never given back.

    Measured: a worker holds 12 MB less after its first turns. https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    with suppress(AttributeError, OSError, TypeError):  # other systems have no such thing
        CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


@asynccontextmanager
async def serving(app: Any, host: str, port: int) -> AsyncIterator[str]:
    """Serve an ASGI app while the body runs; yield its base URL.

    Args:
        port: 0 for any free one.

    Raises:
        OSError: nobody can listen there; `why_not` has the words.
    """
    with absent("watchfiles"):  # a worker alone needs no web server, and nobody its reloading
        import uvicorn

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="auto",
    )
    listener = _listen(host, port)
    server = uvicorn.Server(config)
    # The process decides in which order things stop.
    server.capture_signals = nullcontext  # type: ignore[assignment,method-assign]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110  # uvicorn offers no event to wait for
            await asyncio.sleep(0.01)
        if task.done():
            await task
        yield f"http://{host if ':' not in host else f'[{host}]'}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def why_not(host: str, port: int, error: OSError) -> str:
    """Return why nobody can listen at an address, and what to do about it."""
    match error:
        case OSError(errno=errno.EADDRINUSE):
            return f"--port: {host}:{port} is not free: another process listens there; stop it, or name another port"
        case PermissionError():
            return f"--port: this user may not listen on port {port}; name one above 1023"
        case OSError(errno=errno.EADDRNOTAVAIL) | socket.gaierror():
            return f"--host: {host} is no address of this machine; 127.0.0.1 is for this machine alone, 0.0.0.0 for all"
        case _:
            return f"--host: nobody can listen at {host}:{port} ({error.strerror})"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's delay off; without it each keep-alive answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def working(worker: "Worker") -> AsyncIterator[None]:
    """Let the worker work while the body runs; afterwards let its turns finish."""
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


def keep_what_is_loaded() -> None:
    """Take what exists by now out of the garbage collector's sight.

    Each full collection walked through all modules and stopped every turn for 100 ms and more.
    """
    gc.collect()
    gc.freeze()


async def until_signalled() -> None:
    """Return at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    try:
        await stop.wait()
        log.info("process.stopping")
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
