"""Reads which files a message carries, and what Slack says of each. Pure."""

from dataclasses import replace

from bot.domain.events import File
from integrations.slack.inbound.attachments import is_forwarded
from integrations.slack.inbound.wire import WireFile, WireMessage

_GONE_FILES = frozenset({"tombstone", "hidden_by_limit"})
_MOST_FILES = 10


def files_of(message: WireMessage) -> tuple[File, ...]:
    """Return the files of the message, and those of messages that it forwards."""
    forwarded = [file for part in message.attachments or () if is_forwarded(part) for file in part.files or ()]
    found = {file.id: file for file in (*forwarded, *(message.files or ())) if file.mode not in _GONE_FILES}
    return tuple(_file(file) for file in list(found.values())[:_MOST_FILES])


def _file(file: WireFile) -> File:
    if file.file_access == "check_file_info":  # Slack Connect: all but the id must be asked for
        return File(id=file.id, name=file.name or file.id)
    return file_of(file)


def file_of(file: WireFile) -> File:
    """Return a file as Slack describes it."""
    is_elsewhere = file.mode == "external" or file.is_external is True
    described = File(
        id=file.id,
        name=file.name or file.title or file.id,
        url=file.url_private_download or file.url_private or "",
        mime=file.mimetype or "application/octet-stream",
        size=max(file.size or 0, 0),
        link=file.permalink or "",
    )
    return _elsewhere(described, file) if is_elsewhere else described


def _elsewhere(described: File, file: WireFile) -> File:
    """A file that another service has: Slack has but the link."""
    return replace(described, url="", link=file.url_private or described.link, is_elsewhere=True)
