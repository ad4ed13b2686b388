"""Writes the draft of an article about a gap: into the Help Center, or as a file among the desk's own articles."""

from pathlib import Path

from bot.app.added_articles import knowledge_folder
from bot.app.connectors import open_sides
from bot.app.settings import Settings
from bot.app.store import WallClock
from bot.desk.loading.desk import Desk
from bot.domain.errors import ConfigError, PermanentFailure
from bot.gaps.article import file_name, help_center_draft, markdown
from bot.gaps.entries import Gap


async def write_draft(settings: Settings, desk: Desk, gap: Gap) -> tuple[str, str]:
    """Return where the draft stands, and why it does not stand in the Help Center, empty where it does.

    Raises:
        RemoteError: the Help Center does not answer at the moment, or knows the credentials no more.
        ConfigError: the file cannot be written.
    """
    sides = open_sides(settings, WallClock())
    try:
        writer = next((side.writes_articles for side in sides if side.writes_articles), None)
        if writer is None:
            return str(_write_file(settings, desk, gap)), "no Help Center is connected"
        if not desk.policy.help_center:
            return str(_write_file(settings, desk, gap)), "`help_center` is not on in desk.yml"
        return await writer.draft_article(help_center_draft(gap)), ""
    except PermanentFailure as error:  # no Help Center, or nobody who may write in it: a file can be copied there
        return str(_write_file(settings, desk, gap)), str(error)
    finally:
        await sides.close()


def _write_file(settings: Settings, desk: Desk, gap: Gap) -> Path:
    """Write the file, unless it is there already: somebody may have changed it."""
    file = knowledge_folder(settings, desk) / file_name(gap)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(markdown(gap), "utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written ({error.strerror})") from error
    return file
