"""Writes one variable into an `.env` file that only its owner reads; everything else in it stays as it is."""

import os
import secrets
from pathlib import Path

from bot.domain.errors import ConfigError

OWNER_ONLY = 0o600


def must_be_writable(path: Path) -> None:
    """Return when the file can be written.

    Raises:
        ConfigError: it is a folder, its folder is none, or it belongs to somebody else.
    """
    target = path.resolve()
    if target.is_dir() or not target.parent.is_dir():
        raise ConfigError(f"--env-file: {path} is no file in a folder that exists")
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.R_OK | os.W_OK)):
        raise ConfigError(f"--env-file: {path} cannot be written")


def value_in(path: Path, name: str) -> str:
    """Return a variable's value in the file, empty where it is not set."""
    values = [line.partition("=")[2] for line in _lines(path) if _is_of(line, name)]
    return values[-1].strip().strip("'\"") if values else ""


def write_value(path: Path, name: str, value: str) -> None:
    """Set a variable in the file, at the place where it stands or at the end."""
    lines = _lines(path)
    places = [number for number, line in enumerate(lines) if _is_of(line, name)]
    rest = [line for number, line in enumerate(lines) if number not in places[1:]]
    if places:
        rest[places[0]] = f"{name}={value}"
    else:
        rest.append(f"{name}={value}")
    _replace(path, rest)


def drop_value(path: Path, name: str) -> None:
    """Take a variable out of the file."""
    _replace(path, [line for line in _lines(path) if not _is_of(line, name)])


def _is_of(line: str, name: str) -> bool:
    return line.strip().removeprefix("export ").partition("=")[0].strip() == name


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise ConfigError(f"--env-file: {path} is no UTF-8 text") from None


def _replace(path: Path, lines: list[str]) -> None:
    """Write the file beside itself, readable by its owner alone from the first byte, and take it in its place."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            stream.write("".join(f"{line}\n" for line in lines))
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(OWNER_ONLY)  # whatever the umask says
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
