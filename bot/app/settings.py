"""Reads every environment variable of the product once, typed, and reports all mistakes together."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.app.addresses import is_safe
from bot.app.api_keys import ApiKey, keys_in, parts_of, parts_of_keys
from bot.app.environment import ENV_FILE, names
from bot.app.secret_files import FILED, SUFFIX, Current, FileSource, SecretFile, Slip
from bot.domain.errors import ConfigError
from bot.domain.secret_keys import is_key

SLACK_API = "https://slack.com/api/"
METRICS_PORT = 9464
"""Where exporters are looked for: https://github.com/prometheus/prometheus/wiki/Default-port-allocations."""
_PREFIXES = ("FRONTDESK_", "SLACK_", "ZENDESK_")
_FROM_KUBERNETES = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)$")
"""What Kubernetes sets for every Service, ours too: https://kubernetes.io/docs/concepts/services-networking/service/."""


class Settings(BaseSettings):
    """Everything the environment can say; business rules stand in the desk's `desk.yml` instead."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    brought: ClassVar[frozenset[str]] = frozenset()
    """Secrets whose files may be away or empty yet: what reads these settings writes them."""

    redis_url: str = ""
    database_url: str = ""
    frontdesk_data_dir: Path = Path(".frontdesk")

    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    frontdesk_secret_key: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_api_url: str = SLACK_API
    frontdesk_approvals_channel: str = ""
    frontdesk_triage_channel: str = ""
    frontdesk_channels: str = "mentions"

    zendesk_url: str = ""
    zendesk_client_id: str = ""
    zendesk_client_secret: SecretStr = SecretStr("")
    zendesk_email: str = ""
    zendesk_api_token: SecretStr = SecretStr("")
    zendesk_webhook_secret: SecretStr = SecretStr("")
    frontdesk_zendesk_mode: Literal["auto", "draft", "off"] = "auto"
    frontdesk_public_url: str = ""

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = ""
    frontdesk_model: str = ""
    frontdesk_router_model: str = ""
    frontdesk_model_api: Literal["responses", "chat_completions"] = "responses"

    frontdesk_desk: str = "store"
    frontdesk_api_keys: Annotated[Sequence[ApiKey], NoDecode] = ()

    frontdesk_smtp_url: SecretStr = SecretStr("")
    frontdesk_mail_from: str = ""

    frontdesk_debounce_seconds: float = Field(0.5, ge=0, le=60)
    frontdesk_lease_seconds: float = Field(20, ge=1, le=600)
    frontdesk_redelivery_seconds: float = Field(30, ge=1, le=900)
    frontdesk_session_days: float = Field(30, gt=0, le=3650)
    frontdesk_retention_days: float = Field(90, gt=0, le=3650)
    frontdesk_max_message_chars: int = Field(4000, ge=1, le=100_000)
    frontdesk_rate_per_minute: int = Field(20, ge=1, le=100_000)
    frontdesk_metrics_port: int = Field(METRICS_PORT, ge=0, le=65_535)

    @field_validator("frontdesk_metrics_port", mode="before")
    @classmethod
    def _not_of_a_service(cls, value: Any) -> Any:
        """A Service named `frontdesk-metrics` sets this name to its address: Kubernetes means that one, and not us."""
        return METRICS_PORT if isinstance(value, str) and value.startswith(("tcp://", "udp://")) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # a folder of files, which we do not offer
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read files first: a variable that is set beside its file is found, and refused."""
        files = FileSource(settings_cls, (dotenv_settings, env_settings))
        return init_settings, files, env_settings, dotenv_settings

    @field_validator("frontdesk_api_keys", mode="wrap")
    @classmethod
    def _split_keys(cls, value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        if not isinstance(value, str | SecretFile):
            return read(value)
        text = value if isinstance(value, str) else value.get_secret_value()
        keys = read(parts_of_keys(text))
        return Current(value, keys_in) if isinstance(value, SecretFile) else keys

    @field_validator("slack_api_url")
    @classmethod
    def _api_base(cls, value: str) -> str:
        if not value.endswith("/api/"):
            raise ValueError("ends in /api/, for example https://slack.com/api/")
        return value

    @field_validator("zendesk_url")
    @classmethod
    def _safe_base(cls, value: str) -> str:
        if value and not is_safe(value):
            raise ValueError("is https://YOURS.zendesk.com (http:// only for loopback)")
        return value.rstrip("/")

    @field_validator("frontdesk_public_url")
    @classmethod
    def _our_address(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (not is_safe(value) or url.query or url.fragment):
            raise ValueError("is our address as others reach it, https://… (http:// only for loopback)")
        return value.rstrip("/")

    @field_validator("frontdesk_secret_key")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        if not all(is_key(part) for part in _split(value)):
            raise ValueError("is 32 bytes in base64 (two, comma-separated, during rotation): frontdesk secret new")
        return value

    @field_validator("frontdesk_smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr) -> SecretStr:
        url = urlsplit(value.get_secret_value())
        if value.get_secret_value() and not (url.scheme in {"smtp", "smtps"} and url.hostname):
            raise ValueError("is smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465")
        return value

    @field_validator(*FILED, mode="before")  # the last one is asked first
    @classmethod
    def _in_files(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, Slip):
            if info.field_name in cls.brought and not value.is_twice:
                return SecretStr("")
            raise ValueError(value.why)  # pydantic takes it as a finding about this variable
        return value

    @model_validator(mode="after")
    def _whole_sets(self) -> Self:
        if missing := list(self._missing()):
            raise ValueError("missing: " + ", ".join(missing))
        return self

    def _missing(self) -> Iterator[str]:
        yield from (*self._missing_slack(), *self._missing_zendesk(), *self._missing_mail(), *self._missing_model())

    def _missing_slack(self) -> Iterator[str]:
        """Yield what Slack needs: events come signed by HTTP, or over the app token's socket."""
        comes_by_http = (self.has_slack or self.installs_many) and not self.slack_app_token.get_secret_value()
        if comes_by_http and not self.signing_secrets:
            yield "SLACK_SIGNING_SECRET"
        if self.signing_secrets and not (self.has_slack or self.slack_client_id):
            yield "SLACK_BOT_TOKEN"

    def _missing_mail(self) -> Iterator[str]:
        if self.frontdesk_smtp_url.get_secret_value() and "@" not in self.frontdesk_mail_from:
            yield "FRONTDESK_MAIL_FROM (the sender of one-time codes)"

    def _missing_model(self) -> Iterator[str]:
        if (self.has_slack or self.installs_many or self.zendesk_url) and not self.frontdesk_model:
            yield "FRONTDESK_MODEL (a model's name, or offline for the built-in rule model)"
        if self.frontdesk_model not in {"", "offline"} and not self.openai_api_key.get_secret_value():
            yield "OPENAI_API_KEY (any text for servers that need none)"

    def _missing_zendesk(self) -> Iterator[str]:
        """Yield what a Zendesk account needs: its address, one whole pair of credentials, the webhook's secret."""
        if self.zendesk_url:
            yield from self.missing_credentials()
            if not self.webhook_secrets:
                yield "ZENDESK_WEBHOOK_SECRET (frontdesk zendesk setup --env-file .env makes the webhook and writes it)"
        elif any((*self._client.values(), *self._token.values(), self.webhook_secrets)):
            yield "ZENDESK_URL"

    def missing_credentials(self) -> Iterator[str]:
        """Yield what is missing of a Zendesk account's one pair of credentials: a client's, unless a token is begun."""
        used = self._token if any(self._token.values()) and not any(self._client.values()) else self._client
        yield from (name for name, value in used.items() if not value)

    @property
    def _client(self) -> Mapping[str, str]:
        return {
            "ZENDESK_CLIENT_ID": self.zendesk_client_id,
            "ZENDESK_CLIENT_SECRET": self.zendesk_client_secret.get_secret_value(),
        }

    @property
    def _token(self) -> Mapping[str, str]:
        return {
            "ZENDESK_EMAIL": self.zendesk_email,
            "ZENDESK_API_TOKEN": self.zendesk_api_token.get_secret_value(),
        }

    @property
    def has_slack(self) -> bool:
        """Whether a Slack workspace is connected."""
        return bool(self.slack_bot_token.get_secret_value())

    @property
    def installs_many(self) -> bool:
        """Whether several Slack workspaces may install the app through `/slack/install`."""
        secrets = (self.slack_client_secret, self.frontdesk_secret_key)
        return bool(self.slack_client_id) and all(secret.get_secret_value() for secret in secrets)

    @property
    def secret_keys(self) -> Sequence[str]:
        """What stored tokens are encrypted with, two during rotation, the new one first."""
        return _split(self.frontdesk_secret_key)

    @property
    def has_zendesk(self) -> bool:
        """Whether a Zendesk account is connected and not switched off."""
        return bool(self.zendesk_url) and self.frontdesk_zendesk_mode != "off"

    @property
    def signing_secrets(self) -> Sequence[str]:
        """Slack's signing secrets, two during rotation."""
        return _split(self.slack_signing_secret)

    @property
    def webhook_secrets(self) -> Sequence[str]:
        """Zendesk's webhook secrets, two during rotation."""
        return _split(self.zendesk_webhook_secret)

    @property
    def current_secret(self) -> Callable[[str], str]:
        """What returns a secret by its setting's name as it is now: one in a file may be another than at the start."""
        return self._current_secret

    def _current_secret(self, name: str) -> str:
        secret: SecretStr = getattr(self, name)
        return secret.get_secret_value()

    @property
    def model_key(self) -> str | Callable[[], str]:
        """What the model server is called with; what returns it, where it may be changed while we run."""
        key = self.openai_api_key
        return key.get_secret_value if isinstance(key, SecretFile) else key.get_secret_value()

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


S = TypeVar("S", bound=Settings)

_STAND_INS = dict.fromkeys(("zendesk_url", "frontdesk_public_url"), "https://stand-in.example")
"""What others are looked for beside; with their default, none, what is written wrong would be called missing too."""


def load_settings(**overrides: Any) -> Settings:
    """Return the environment's settings.

    Raises:
        ConfigError: naming every variable that is missing or wrong, all at once.
    """
    return settings_of(Settings, **overrides)


def settings_of(kind: type[S], **overrides: Any) -> S:
    """Return the environment's settings for a purpose of its own; `load_settings` for all others."""
    try:
        return kind(**overrides)
    except ValidationError as error:
        problems = [*error.errors(), *_problems_beside(kind, error, overrides)]
    except UnicodeDecodeError:
        raise ConfigError(f"{ENV_FILE}: is no UTF-8 text; save it as such") from None

    told = [_told(problem) for problem in problems]
    told += [f"{name}: is not read; {mend}" for name, mend in strangers()]
    raise ConfigError("\n".join(told))


def _problems_beside(kind: type[Settings], error: ValidationError, overrides: Mapping[str, Any]) -> Sequence[Any]:
    """Return what is missing beside what is wrong: looked for with the defaults in the wrong ones' place."""
    wrong = {_variable_of(problem) for problem in error.errors()} - {""}
    if not wrong:
        return ()
    defaults = {name: _STAND_INS.get(name, Settings.model_fields[name].get_default()) for name in wrong}
    try:
        kind(**{**overrides, **defaults})
    except ValidationError as missing:
        return missing.errors()
    return ()


def _variable_of(problem: Any) -> str:
    """Return the setting that a problem is about, empty where it is about several."""
    return str(problem["loc"][0]) if problem["loc"] else ""


def _told(problem: Any) -> str:
    reason = str(problem["msg"]).removeprefix("Value error, ")
    name = _variable_of(problem).upper()
    return f"{name}: {reason}" if name else reason


def strangers(known: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return variables that look like ours, in the environment or in `.env`, and are not; each with a mend.

    Args:
        known: others that somebody reads.
    """
    ours = [name.upper() for name in Settings.model_fields]
    ours += [f"{name.upper()}{SUFFIX}" for name in FILED]
    known = {*known, *(f"{name}{SUFFIX}" for name in known)}
    found = sorted(name for name in names() if name.upper().startswith(_PREFIXES))
    foreign = [name for name in found if name.upper() not in {*ours, *known} and not _FROM_KUBERNETES.search(name)]
    return [(name, _meant(name.upper(), ours)) for name in foreign]


def _meant(name: str, ours: Sequence[str]) -> str:
    close = get_close_matches(name, ours, n=1, cutoff=0.8)
    return f"did you mean {close[0]}?" if close else "remove it, or look up its name"


def _split(secret: SecretStr) -> Sequence[str]:
    return Current(secret, parts_of) if isinstance(secret, SecretFile) else parts_of(secret.get_secret_value())
