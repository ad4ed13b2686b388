"""Where the webhook's signing secret is kept: in a line of an `.env` file, or in a file of its own (`…_FILE`)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.app.environment import variable
from bot.app.secret_files import SUFFIX, text_in
from bot.cli.env_file import OWNER_ONLY, drop_value, must_be_writable, value_in, write_value
from bot.domain.errors import ConfigError

SECRET = "ZENDESK_WEBHOOK_SECRET"  # noqa: S105  # the variable's name
FILED = f"{SECRET}{SUFFIX}"


class Place(Protocol):
    """One place; there is never a second one that says something else."""

    def kept(self) -> str:
        """Return what stands there, empty for nothing; during a rotation two secrets."""

    def write(self, secret: str) -> Sequence[str]:
        """Put the secret there, for its owner alone; return what a person is told of it."""

    def drop(self) -> Sequence[str]:
        """Take it out; return what a person is told of it."""


@dataclass(frozen=True)
class EnvLine:
    """A line of an `.env` file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def kept(self) -> str:
        return value_in(self.path, SECRET)

    def write(self, secret: str) -> Sequence[str]:
        write_value(self.path, SECRET, secret)
        return ()

    def drop(self) -> Sequence[str]:
        drop_value(self.path, SECRET)
        return [f"{SECRET} was taken out of {self.path}."]


@dataclass(frozen=True)
class OwnFile:
    """A file that holds the secret alone.

    Args:
        env_file: that names it or might hold a second secret beside it, with which nothing would start.
    """

    path: Path
    env_file: Path

    def __str__(self) -> str:
        return str(self.path)

    def kept(self) -> str:
        try:
            return text_in(self.path)
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def write(self, secret: str) -> Sequence[str]:
        """Write it where it is, so that it stays the file of the user who reads it."""
        opened = os.open(self.path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY)
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            self.path.chmod(OWNER_ONLY)  # before it holds anything new
            stream.truncate()
            stream.write(f"{secret}\n")
            stream.flush()
            os.fsync(stream.fileno())
        return self._alone()

    def drop(self) -> Sequence[str]:
        self.path.unlink(missing_ok=True)
        if value_in(self.env_file, FILED):
            drop_value(self.env_file, FILED)
        else:
            return [f"{self.path} was removed; {FILED} still names it: take that out too."]
        return [f"{self.path} was removed, and {FILED} taken out of {self.env_file}."]

    def _alone(self) -> Sequence[str]:
        if not value_in(self.env_file, SECRET):
            return ()
        drop_value(self.env_file, SECRET)
        return [f"{SECRET} was taken out of {self.env_file}: {FILED} is in use."]


def place_in(env_file: Path) -> EnvLine | OwnFile:
    """Return where a setup that was given an `.env` file puts the secret.

    Raises:
        ConfigError: nothing can be written there; it is said before anything is changed.
    """
    must_be_writable(env_file)
    named = value_in(env_file, FILED) or variable(FILED)
    if not named:
        return EnvLine(env_file)
    path = Path(named)
    if not _is_writable(path):
        raise ConfigError(
            f"{FILED}: {path} cannot be written here, and a second secret in {env_file} would keep everything from "
            f"starting; run setup without --env-file, with --show-secret, and put the secret where that file comes from"
        )
    return OwnFile(path, env_file)


def _is_writable(path: Path) -> bool:
    target = path.resolve()
    if target.exists():
        return target.is_file() and os.access(target, os.R_OK | os.W_OK)
    return target.parent.is_dir() and os.access(target.parent, os.W_OK)
