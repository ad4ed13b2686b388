"""Fetches the files of a reply or a ticket update; what cannot be fetched is named in the text instead."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import structlog

from bot.domain.errors import PermanentFailure, TemporaryFailure
from bot.domain.events import File

MOST_FILES = 10

log = structlog.get_logger(__name__)


class FileSource(Protocol):
    """The vendor that has the files."""

    async def download(self, file: File) -> bytes:
        """Return a file's bytes; raises the `RemoteError` family."""


@runtime_checkable
class Describer(Protocol):
    """A vendor that may have told no more of a file than its id."""

    async def described(self, file: File) -> File:
        """Return the file with all that is known of it; raises the `RemoteError` family."""


async def fetched(
    files: Sequence[File], port: FileSource | None, *, patient: bool = True
) -> tuple[tuple[File, ...], list[bytes], str]:
    """Return the files that can be had, their bytes, and lines that name the others with where people open them.

    Args:
        patient: whether one that cannot be had just now is waited for.

    Raises:
        TemporaryFailure: one of them may be had later; how long its vendor wants to wait is not for words to keep.
    """
    kept: list[File] = []
    contents: list[bytes] = []
    lost: list[File] = []
    for file in files:
        known = file
        try:
            known = await _described(file, port)
            contents.append(await _content(known, port, len(kept)))
        except TemporaryFailure as error:
            if patient:
                raise TemporaryFailure(str(error)) from error
            log.warning("file.left_out", file=file.id, code=type(error).__name__)
            lost.append(known)
        except PermanentFailure as error:
            log.warning("file.left_out", file=file.id, code=error.code)
            lost.append(known)
        else:
            kept.append(known)
    return tuple(kept), contents, "\n\n" + "\n".join(map(_named, lost)) if lost else ""


async def _described(file: File, port: FileSource | None) -> File:
    return file if file.is_known or not isinstance(port, Describer) else await port.described(file)


async def _content(file: File, port: FileSource | None, before: int) -> bytes:
    if port is None:
        raise PermanentFailure("this side is not connected", "not_connected")
    if file.is_elsewhere:
        raise PermanentFailure("the vendor has but a link to it", "elsewhere")
    if before >= MOST_FILES:
        raise PermanentFailure("more files than go along", "too_many")
    return await port.download(file)


def _named(file: File) -> str:
    return f"(not attached: {file.name})" + (f" {file.link}" if file.link else "")
