"""The process's environment and its `.env`, as text; `os.environ` is read here and nowhere else."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from bot.app.secret_files import SUFFIX, empty, nowhere, text_in, twice
from bot.domain.errors import ConfigError

ENV_FILE = ".env"


def names() -> set[str]:
    """Return every variable that is set, in the environment or in `.env`."""
    return {*os.environ, *[binding.key for binding in _bindings() if binding.key]}


def broken_lines() -> list[int]:
    """Return the numbers of the lines of `.env` that are no `NAME=VALUE`, and so are not read."""
    wrong = [part.original for part in _bindings() if part.error or (part.key and part.value is None)]
    # The text before a line belongs to it, empty lines too.
    blank = [text.string[: len(text.string) - len(text.string.lstrip())].count("\n") for text in wrong]
    return [text.line + lines for text, lines in zip(wrong, blank, strict=True)]


def _bindings() -> list[Binding]:
    try:
        with Path(ENV_FILE).open(encoding="utf-8") as stream:
            return list(parse_stream(stream))
    except (OSError, UnicodeDecodeError):
        return []


def hand_on(prefix: str) -> None:
    """Put what `.env` says into the environment, for a library that reads its own variables there, and only there.

    Args:
        prefix: of the names of its variables.
    """
    for binding in _bindings():
        if binding.key and binding.value and binding.key.startswith(prefix):
            os.environ.setdefault(binding.key, binding.value)


def variable(name: str) -> str | None:
    """Return a variable of the environment or of `.env` that is no setting of ours, None where it is not set."""
    return variables([name]).get(name) or None


def variables(names: Sequence[str]) -> dict[str, str]:
    """Return variables of the environment or of `.env` that a desk names, those that are set, in a file too.

    Raises:
        ConfigError: a file cannot be read or is empty, or the variable is set beside it.
    """
    written = {binding.key: binding.value for binding in _bindings() if binding.key and binding.value is not None}
    known = written | os.environ
    return {name: value for name in names if (value := _value(name, known)) is not None}


def _value(name: str, known: Mapping[str, str]) -> str | None:
    path = known.get(f"{name}{SUFFIX}")
    if not path:
        return known.get(name)
    if known.get(name):
        raise ConfigError(f"{name}: {twice(name)}")
    try:
        text = text_in(Path(path))
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{name}: {nowhere(name)}") from None
    if not text:
        raise ConfigError(f"{name}: {empty(name)}")
    return text
