"""Reads every environment variable of the product once, typed, and reports all mistakes together.

`os.environ` is read here and nowhere else.
"""

import os
import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv.parser import Binding, parse_stream
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.errors import ConfigError

SLACK_API = "https://slack.com/api/"
ENV_FILE = ".env"
_PREFIXES = ("FRONTDESK_", "SLACK_", "ZENDESK_")
_FROM_KUBERNETES = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)$")
"""What Kubernetes sets for every Service, ours too: https://kubernetes.io/docs/concepts/services-networking/service/."""


class ApiKey(BaseModel):
    """One caller of the HTTP API: `name:secret:scope`."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    secret: SecretStr
    scope: Literal["chat", "console"]


class Settings(BaseSettings):
    """Everything the environment can say; business rules stand in the desk's `desk.yml` instead."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    redis_url: str = ""
    database_url: str = ""
    frontdesk_data_dir: Path = Path(".frontdesk")

    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_api_url: str = SLACK_API
    frontdesk_approvals_channel: str = ""
    frontdesk_channels: str = "mentions"

    zendesk_url: str = ""
    zendesk_client_id: str = ""
    zendesk_client_secret: SecretStr = SecretStr("")
    zendesk_email: str = ""
    zendesk_api_token: SecretStr = SecretStr("")
    zendesk_webhook_secret: SecretStr = SecretStr("")
    frontdesk_zendesk_mode: Literal["auto", "draft", "off"] = "auto"

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = ""
    frontdesk_model: str = ""
    frontdesk_router_model: str = ""
    frontdesk_model_api: Literal["responses", "chat_completions"] = "responses"

    frontdesk_desk: str = "store"
    frontdesk_api_keys: Annotated[tuple[ApiKey, ...], NoDecode] = ()

    frontdesk_smtp_url: SecretStr = SecretStr("")
    frontdesk_mail_from: str = ""

    frontdesk_debounce_seconds: float = Field(0.5, ge=0, le=60)
    frontdesk_lease_seconds: float = Field(20, ge=1, le=600)
    frontdesk_redelivery_seconds: float = Field(30, ge=1, le=900)
    frontdesk_session_days: float = Field(30, gt=0, le=3650)
    frontdesk_max_message_chars: int = Field(4000, ge=1, le=100_000)
    frontdesk_rate_per_minute: int = Field(20, ge=1, le=100_000)

    @field_validator("frontdesk_api_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        keys = [part.strip().split(":") for part in value.split(",") if part.strip()]
        if any(len(key) != 3 or not all(key) for key in keys):
            raise ValueError("each entry is name:secret:scope, scope is chat or console")
        return tuple({"name": name, "secret": secret, "scope": scope} for name, secret, scope in keys)

    @field_validator("slack_api_url")
    @classmethod
    def _api_base(cls, value: str) -> str:
        if not value.endswith("/api/"):
            raise ValueError("ends in /api/, for example https://slack.com/api/")
        return value

    @field_validator("frontdesk_zendesk_mode")
    @classmethod
    def _built(cls, value: str) -> str:
        if value == "draft":
            raise ValueError("there are no drafts yet, so every answer would go out in public; take auto or off")
        return value

    @field_validator("zendesk_url")
    @classmethod
    def _safe_base(cls, value: str) -> str:
        url = urlsplit(value)
        if value and url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname or "")):
            raise ValueError("is https://YOURS.zendesk.com (http:// only for loopback)")
        return value.rstrip("/")

    @field_validator("frontdesk_smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr) -> SecretStr:
        url = urlsplit(value.get_secret_value())
        if value.get_secret_value() and not (url.scheme in {"smtp", "smtps"} and url.hostname):
            raise ValueError("is smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465")
        return value

    @model_validator(mode="after")
    def _whole_sets(self) -> Self:
        missing: list[str] = []
        if self.has_slack and not self.slack_app_token.get_secret_value():
            missing += [] if self.signing_secrets else ["SLACK_SIGNING_SECRET"]
        if self.signing_secrets and not (self.has_slack or self.slack_client_id):
            missing.append("SLACK_BOT_TOKEN")
        missing += self._missing_zendesk()
        if self.frontdesk_smtp_url.get_secret_value() and "@" not in self.frontdesk_mail_from:
            missing.append("FRONTDESK_MAIL_FROM (the sender of one-time codes)")
        if (self.has_slack or self.zendesk_url) and not self.frontdesk_model:
            missing.append("FRONTDESK_MODEL (a model's name, or offline for the built-in rule model)")
        if self.frontdesk_model not in {"", "offline"} and not self.openai_api_key.get_secret_value():
            missing.append("OPENAI_API_KEY (any text for servers that need none)")
        if missing:
            raise ValueError("missing: " + ", ".join(missing))
        return self

    def _missing_zendesk(self) -> list[str]:
        oauth = (self.zendesk_client_id, self.zendesk_client_secret.get_secret_value())
        token = (self.zendesk_email, self.zendesk_api_token.get_secret_value())
        names = []
        if not self.zendesk_url:
            return ["ZENDESK_URL"] if any(oauth) or any(token) or self.webhook_secrets else []
        if any(oauth) and not all(oauth):
            names += ["ZENDESK_CLIENT_SECRET" if oauth[0] else "ZENDESK_CLIENT_ID"]
        elif not any(oauth):
            if not any(token):
                names += ["ZENDESK_CLIENT_ID", "ZENDESK_CLIENT_SECRET"]
            elif not all(token):
                names += ["ZENDESK_API_TOKEN" if token[0] else "ZENDESK_EMAIL"]
        return names if self.webhook_secrets else [*names, "ZENDESK_WEBHOOK_SECRET"]

    @property
    def has_slack(self) -> bool:
        """Whether a Slack workspace is connected."""
        return bool(self.slack_bot_token.get_secret_value())

    @property
    def has_zendesk(self) -> bool:
        """Whether a Zendesk account is connected and not switched off."""
        return bool(self.zendesk_url) and self.frontdesk_zendesk_mode != "off"

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """Slack's signing secrets, two during rotation."""
        return _split(self.slack_signing_secret)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Zendesk's webhook secrets, two during rotation."""
        return _split(self.zendesk_webhook_secret)

    @property
    def call_seconds(self) -> float:
        """Longest time for one vendor call: half the lease, so that none outlives it unnoticed."""
        return self.frontdesk_lease_seconds / 2

    @property
    def session_seconds(self) -> int:
        """How long an idle conversation is kept."""
        return int(self.frontdesk_session_days * 86_400)

    @property
    def answered_channels(self) -> frozenset[str]:
        """Channel ids in which every message is answered; empty for `mentions` and `all`."""
        if self.frontdesk_channels in {"mentions", "all"}:
            return frozenset()
        return frozenset(part.strip() for part in self.frontdesk_channels.split(",") if part.strip())


def load_settings(**overrides: Any) -> Settings:
    """Return the environment's settings.

    Raises:
        ConfigError: naming every variable that is missing or wrong, all at once.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = error.errors()
    except UnicodeDecodeError:
        raise ConfigError(f"{ENV_FILE}: is no UTF-8 text; save it as such") from None
    wrong = {str(problem["loc"][0]) for problem in problems if problem["loc"]}
    if wrong:  # what is missing beside them is looked for with the defaults in their place
        defaults = {name: Settings.model_fields[name].get_default() for name in wrong}
        try:
            Settings(**overrides | defaults)
        except ValidationError as error:
            problems += error.errors()
    told = [(str(problem["loc"][0]).upper() if problem["loc"] else "", _reason(problem)) for problem in problems]
    told += [(name, f"is not read; {mend}") for name, mend in strangers()]
    raise ConfigError("\n".join(f"{name}: {reason}" if name else reason for name, reason in told))


def strangers(known: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return variables that look like ours, in the environment or in `.env`, and are not; each with a mend.

    Args:
        known: others that somebody reads.
    """
    ours = [name.upper() for name in Settings.model_fields]
    written = {binding.key for binding in _bindings() if binding.key}
    found = sorted(name for name in {*os.environ, *written} if name.upper().startswith(_PREFIXES))
    foreign = [name for name in found if name.upper() not in {*ours, *known} and not _FROM_KUBERNETES.search(name)]
    return [(name, _meant(name.upper(), ours)) for name in foreign]


def _meant(name: str, ours: Sequence[str]) -> str:
    close = get_close_matches(name, ours, n=1, cutoff=0.8)
    return f"did you mean {close[0]}?" if close else "remove it, or look up its name"


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


def variable(name: str) -> str | None:
    """Return a variable of the environment or of `.env` that is no setting of ours, None where it is not set."""
    written = {binding.key: binding.value for binding in _bindings() if binding.key}
    return os.environ.get(name) or written.get(name) or None


def variables(names: Sequence[str]) -> dict[str, str]:
    """Return environment variables that a desk names, those that are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


def _reason(problem: Any) -> str:
    return str(problem["msg"]).removeprefix("Value error, ")


def _split(secret: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in secret.get_secret_value().split(",") if part.strip())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
