"""Reads the articles that were added to a built-in desk, whose own folder is the package's: under the data folder."""

import asyncio
from pathlib import Path

import structlog

from bot import desks
from bot.app.settings import Settings
from bot.desk.knowledge.documents import read_knowledge
from bot.desk.loading.desk import Desk
from bot.desk.loading.yaml_source import Mistake

EVERY_SECONDS = 20.0
KNOWLEDGE = "knowledge"
_ADDED = "added"

log = structlog.get_logger(__name__)


def is_built_in(desk: Desk) -> bool:
    """Return whether the desk's folder is part of the package."""
    return desk.folder.parent == Path(desks.__path__[0]).resolve()


def knowledge_folder(settings: Settings, desk: Desk) -> Path:
    """Return where an article is added to a desk."""
    home = settings.frontdesk_data_dir.absolute() if is_built_in(desk) else desk.folder
    return home / KNOWLEDGE


async def read_added(settings: Settings, desk: Desk) -> None:
    """Let what stands there now be part of the desk's knowledge; what is wrong with it is told in the log."""
    mistakes: list[Mistake] = []
    passages = await asyncio.to_thread(read_knowledge, settings.frontdesk_data_dir.absolute(), mistakes)
    for mistake in mistakes:
        log.warning("desk.mistake", mistake=str(mistake))
    desk.knowledge.replace(_ADDED, passages)
