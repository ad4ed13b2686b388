"""What the router learns is learnt once for all test processes, and kept: learning takes seconds of every core."""

import os
from functools import cache
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock

from bot.data_folder import own_folder
from bot.desk.loading.loader import load_desk
from bot.turn.routing.router import router_of

FOLDER = Path(gettempdir()) / f"frontdesk-tests-{os.getuid()}"
"""A file in it is named by what was learnt from and by the code that learns, so that none can be out of date."""


@cache
def learnt(desk: str) -> None:
    """Let a story begin with a router that has learnt; nobody else waits for it."""
    with FileLock(own_folder(FOLDER) / "lock"):
        router_of(load_desk(desk), FOLDER)
