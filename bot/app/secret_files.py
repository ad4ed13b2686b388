"""Reads secrets from the files that `NAME_FILE` names, and reads a file anew once it has changed.

Docker and Kubernetes put secrets into files, and change them there while a process runs. Whoever asks for a secret when
it is needed, and does not keep a copy, goes by the new one without a restart.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

import structlog
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

T = TypeVar("T")
Stamp = tuple[int, int, int]
"""Of a file's content: when it was written, which file it is, and its size."""

SUFFIX = "_FILE"
ADDRESSES = ("redis_url", "database_url")
"""They hold passwords; a process opens its stores once."""
SECRETS = (
    *("slack_bot_token", "slack_signing_secret", "slack_client_secret", "slack_app_token", "frontdesk_secret_key"),
    *("zendesk_client_secret", "zendesk_api_token", "zendesk_webhook_secret"),
    *("openai_api_key", "frontdesk_api_keys", "frontdesk_smtp_url"),
)
FILED = (*ADDRESSES, *SECRETS)
"""Settings that may stand in a file."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Slip:
    """Why a setting has no value although its file is named.

    Args:
        is_twice: because it is set beside the file.
    """

    why: str
    is_twice: bool = False


class SecretFile(SecretStr):
    """A secret in a file: whoever asks for its value gets what stands there now.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it holds no text.
    """

    def __init__(self, variable: str, path: Path) -> None:
        self._variable = variable
        self._path = path
        self._seen = _stamp(path)
        super().__init__(text_in(path))

    def get_secret_value(self) -> str:
        """Return the secret; while the file is away, empty or no text, the one that was read before."""
        if (stamp := _stamp(self._path)) and stamp != self._seen:
            self._seen = stamp  # taken before the content: what is written meanwhile has another one
            self._read()
        return super().get_secret_value()

    def _read(self) -> None:
        try:
            text = text_in(self._path)
        except (OSError, UnicodeDecodeError) as error:
            log.warning("secret.kept", variable=self._variable, error=type(error).__name__)
            return
        if text:  # whoever writes a file in place has emptied it for a moment
            self._secret_value = text
            log.info("secret.read_anew", variable=self._variable)


class Current(Sequence[T]):
    """What a secret says now, taken apart anew when its file has changed.

    Args:
        parse: raises ValueError for a text that says nothing; the values before stay.
    """

    def __init__(self, secret: SecretStr, parse: Callable[[str], Sequence[T]]) -> None:
        self._secret = secret
        self._parse = parse
        self._text = secret.get_secret_value()
        self._values = parse(self._text)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        return self._now()[place]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[T]:
        return iter(self._now())

    def _now(self) -> Sequence[T]:
        text = self._secret.get_secret_value()
        if text != self._text:
            self._text = text
            try:
                self._values = self._parse(text) or self._values
            except ValueError as error:
                log.warning("secret.not_understood", error=type(error).__name__)
        return self._values


class FileSource(PydanticBaseSettingsSource):
    """Gives the settings what stands in the files that the environment, or `.env`, names.

    Args:
        sources: the variables of `.env` and of the environment, the stronger ones last.
    """

    def __init__(self, settings: type[BaseSettings], sources: Sequence[PydanticBaseSettingsSource]) -> None:
        super().__init__(settings)
        self._given: dict[str, str | None] = {}
        for source in sources:
            self._given |= source.env_vars if isinstance(source, EnvSettingsSource) else {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Return one setting's value, None where no file is named."""
        path = self._given.get(f"{field_name}{SUFFIX.lower()}") if field_name in FILED else None
        return (self._value(field_name, path) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all that stand in files."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, field_name: str, path: str) -> Any:
        variable = field_name.upper()
        if self._given.get(field_name):
            return Slip(twice(variable), is_twice=True)
        try:
            secret = SecretFile(variable, Path(path))
        except (OSError, UnicodeDecodeError):
            return Slip(nowhere(variable))
        if not (text := secret.get_secret_value()):
            return Slip(empty(variable))
        return text if field_name in ADDRESSES else secret


def twice(variable: str) -> str:
    """Return what is said where nobody can tell which of two values is meant."""
    return f"{variable}{SUFFIX} is set too; keep one of them"


def nowhere(variable: str) -> str:
    """Return what is said of a file that is none; what the variable holds may be the secret itself."""
    return f"{variable}{SUFFIX} names no file that can be read"


def empty(variable: str) -> str:
    """Return what is said of an empty file: as "not set" it would start an own store, or leave a vendor off."""
    return f"{variable}{SUFFIX} names an empty file"


def text_in(path: Path) -> str:
    """Return a secret without the line's end that editors leave behind it."""
    return path.read_text(encoding="utf-8-sig").strip()


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
