"""What the router learns is learnt once for all test processes, and kept: learning takes seconds of every core."""

import asyncio
import os
from functools import cache
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock

from bot.app.sentences import open_sentences
from bot.app.settings import Settings
from bot.data_folder import own_folder
from bot.desk.loading.loader import load_desk
from bot.turn.input_checks.signs import SURE, lesson_of_sign
from bot.turn.routing import learning
from bot.turn.routing.learning import router_of
from bot.turn.routing.router import Router
from tests.doubles.clock import ManualClock

FOLDER = Path(gettempdir()) / f"frontdesk-tests-{os.getuid()}"
"""A file in it is named by what was learnt from and by the code that learns, so that none can be out of date."""


@cache
def learnt(desk: str) -> Router | None:
    """Let a story begin with a router that has learnt; nobody else waits for it."""
    with FileLock(own_folder(FOLDER) / "lock"):
        return asyncio.run(_learnt(desk))


@cache
def learnt_words(desk: str) -> Router | None:
    """Return the same router where there is no sentence model."""
    with FileLock(own_folder(FOLDER) / "lock"):
        return asyncio.run(router_of(load_desk(desk), FOLDER))


async def _learnt(name: str) -> Router | None:
    desk = load_desk(name)
    words = await router_of(desk, FOLDER)
    async with open_sentences(Settings(_env_file=None), desk.policy, ManualClock()) as sentences:
        if sentences is None:
            return words
        for sign in SURE:
            await learning.learnt(lesson_of_sign(sign, desk), FOLDER, sentences)
        return await router_of(desk, FOLDER, sentences)
