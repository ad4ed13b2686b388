"""The files that travel with words: what can be had goes along, the rest is named."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from bot.domain.errors import PermanentFailure
from bot.domain.messages import File

MOST_FILES = 10

log = structlog.get_logger(__name__)


class Keeper(Protocol):
    """The vendor that has the files."""

    async def download(self, file: File) -> bytes:
        """Return a file's bytes; raises the `RemoteError` family."""


async def fetched(files: Sequence[File], port: Keeper | None) -> tuple[tuple[File, ...], list[bytes], str]:
    """Return the files that can be had, their bytes, and a line that names the others: words go without them.

    Raises:
        TemporaryFailure: one of them may be had later.
    """
    kept: list[File] = []
    contents: list[bytes] = []
    for file in files[:MOST_FILES]:
        try:
            if port is None:
                raise PermanentFailure("this side is not connected", "not_connected")
            contents.append(await port.download(file))
        except PermanentFailure as error:
            log.warning("file.left_out", file=file.id, code=error.code)
        else:
            kept.append(file)
    lost = [file.name for file in files if file not in kept]
    return tuple(kept), contents, f"\n\n(not attached: {', '.join(lost)})" if lost else ""
