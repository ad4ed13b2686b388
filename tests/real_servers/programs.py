"""Finds the servers' programs on this machine, and starts and ends them; a test that lacks one skips and names it."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

START_SECONDS = 60.0
LOOK_SECONDS = 0.02
NOBODY = "nobody"


def program(*names: str, package: str) -> str:
    """Return the path of the first of these programs; skip where none is installed.

    Args:
        names: on PATH, or a path with wildcards.
        package: that brings it.
    """
    for name in names:
        found = shutil.which(name) or next((str(path) for path in sorted(Path("/").glob(name.lstrip("/")))), None)
        if found:
            return found
    pytest.skip(f"no {names[0]} here (Debian: apt install {package})")


def unprivileged() -> str | None:
    """Return the user that a server which refuses root has to run as, None where we are not root."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", NOBODY) if name in names), NOBODY)


@contextmanager
def folder_of(user: str | None, name: str) -> Iterator[Path]:
    """Yield a folder that belongs to the user, on a path that they can reach; it is gone afterwards."""
    folder = Path(mkdtemp(prefix=f"frontdesk-{name}-"))
    try:
        if user:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(command: Sequence[str], log: Path, user: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the running program; it is killed afterwards."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, user=user, extra_groups=[] if user else None
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(ready: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    """Return once it is ready; errors count as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except Exception:  # noqa: S110  # whatever its client says before it is up
            pass
        if time.monotonic() > end:
            raise AssertionError(f"{what} never came")
        time.sleep(LOOK_SECONDS)
