"""Secrets in files: read at the start, refused where nobody can tell what is meant, and read anew when they change."""

import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from bot.app.environment import variables
from bot.app.secret_files import ADDRESSES, FILED, SECRETS
from bot.app.settings import Settings, load_settings, strangers
from bot.domain.errors import ConfigError
from integrations.models.server_key import given
from integrations.slack.api.tokens import OneToken
from integrations.zendesk.api.auth import ApiToken

SLACK = {"SLACK_SIGNING_SECRET": "s3cret", "FRONTDESK_MODEL": "offline"}
VALUES = {
    "frontdesk_api_keys": "web:s3cret-of-web:chat",
    "frontdesk_smtp_url": "smtp://bot:s3cret@mail.example:587",
    "frontdesk_secret_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "redis_url": "redis://:s3cret@cache.example:6379/1",
    "database_url": "postgresql+asyncpg://desk:s3cret@db.example/desk",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class AnySettings(Settings):
    """A setting is looked at by itself: what else has to be there is another story."""

    def _missing(self) -> Any:
        return iter(())


TICKS = count(1)
"""Two writes may fall into one tick of the file system's clock; here each has its own time."""


def write(name: str, text: str) -> Path:
    path = Path.cwd() / name
    path.write_text(text, "utf-8")
    os.utime(path, (next(TICKS), next(TICKS)))
    return path


def plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def refused() -> str:
    with pytest.raises(ConfigError) as error:
        load_settings()
    return str(error.value)


def test_every_secret_may_stand_in_a_file() -> None:
    secrets = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}

    assert secrets | {"frontdesk_api_keys"} == set(SECRETS)
    assert set(FILED) == {*SECRETS, *ADDRESSES}


@pytest.mark.parametrize("name", FILED)
def test_a_file_says_what_the_variable_would(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value = VALUES.get(name, "s3cret-1")
    monkeypatch.setenv(name.upper(), value)
    by_variable = AnySettings()
    monkeypatch.delenv(name.upper())
    monkeypatch.setenv(f"{name.upper()}_FILE", str(write("secret", f"{value}\n")))

    by_file = AnySettings()

    assert plain(getattr(by_file, name)) or name == "frontdesk_api_keys"
    assert list(by_file.frontdesk_api_keys) == list(by_variable.frontdesk_api_keys)
    assert name == "frontdesk_api_keys" or plain(getattr(by_file, name)) == plain(getattr(by_variable, name))
    assert "s3cret" not in repr(by_file.model_dump(exclude=set(ADDRESSES)))


def test_env_may_name_the_file(folder: Path) -> None:
    write("secret", "xoxb-1")
    lines = [f"{name}={value}" for name, value in SLACK.items()]
    (folder / ".env").write_text("\n".join([*lines, "SLACK_BOT_TOKEN_FILE=secret"]), "utf-8")

    assert load_settings().slack_bot_token.get_secret_value() == "xoxb-1"


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "REDIS_URL", "FRONTDESK_API_KEYS", "DATABASE_URL"])
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_variable_beside_its_file_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    monkeypatch.setenv(f"{name}_FILE", str(write("secret", "a:s3cret:chat")))
    if place == "file":
        (folder / ".env").write_text(f"{name}=b:s3cret:chat\n", "utf-8")
    else:
        monkeypatch.setenv(name, "b:s3cret:chat")

    told = refused()

    assert f"{name}: {name}_FILE is set too; keep one of them" in told
    assert "s3cret" not in told


@pytest.mark.parametrize("wrong", ["nowhere/secret", ".", "xoxb-s3cret-itself", "binary"])
def test_no_such_file_is_refused_and_what_the_variable_holds_is_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    (folder / "binary").write_bytes(b"\xff\xfe\x80s3cret")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", wrong)
    monkeypatch.setenv("REDIS_URL_FILE", wrong)

    told = refused()

    assert "SLACK_BOT_TOKEN_FILE names no file that can be read" in told
    assert "REDIS_URL_FILE names no file that can be read" in told
    assert "s3cret" not in told


@pytest.mark.parametrize("text", ["", "\n", "\ufeff \r\n"])
@pytest.mark.parametrize("name", FILED)
def test_an_empty_file_is_refused_and_not_taken_for_not_set(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"{name.upper()}_FILE", str(write("secret", text)))

    assert f"{name.upper()}_FILE names an empty file" in refused()


def test_what_is_wrong_in_a_file_is_refused_as_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_API_KEYS_FILE", str(write("keys", "web:s3cret")))
    monkeypatch.setenv("FRONTDESK_SECRET_KEY_FILE", str(write("key", "s3cret")))

    told = refused()

    assert "FRONTDESK_API_KEYS: each entry is name:secret:scope" in told
    assert "FRONTDESK_SECRET_KEY: is 32 bytes" in told
    assert "s3cret" not in told


def test_an_empty_name_of_a_file_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", "")

    assert not load_settings().has_slack


def test_a_misspelt_file_and_one_of_what_is_no_secret_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRT_FILE", "a")
    monkeypatch.setenv("FRONTDESK_MODEL_FILE", "a")
    monkeypatch.setenv("ZENDESK_API_TOKEN_FILE", "a")

    told = dict(strangers())

    assert told["SLACK_SIGNING_SECRT_FILE"] == "did you mean SLACK_SIGNING_SECRET_FILE?"
    assert "FRONTDESK_MODEL_FILE" in told
    assert "ZENDESK_API_TOKEN_FILE" not in told


def test_what_a_desk_names_may_stand_in_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN_FILE", str(write("crm", "t0ken\n")))
    assert variables(["CRM_TOKEN", "OTHER"]) == {"CRM_TOKEN": "t0ken"}

    monkeypatch.setenv("CRM_TOKEN", "another")
    with pytest.raises(ConfigError, match="CRM_TOKEN_FILE is set too"):
        variables(["CRM_TOKEN"])

    monkeypatch.setenv("CRM_TOKEN", "")
    monkeypatch.setenv("CRM_TOKEN_FILE", "nowhere")
    with pytest.raises(ConfigError, match="CRM_TOKEN_FILE names no file"):
        variables(["CRM_TOKEN"])

    monkeypatch.setenv("CRM_TOKEN_FILE", str(write("crm", " \n")))
    with pytest.raises(ConfigError, match="CRM_TOKEN_FILE names an empty file"):
        variables(["CRM_TOKEN"])


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Every secret that can be changed while we run, in a file named like its setting."""
    for name in ("slack_signing_secret", "zendesk_webhook_secret", "slack_bot_token", "openai_api_key"):
        monkeypatch.setenv(f"{name.upper()}_FILE", str(write(name, "old")))
    monkeypatch.setenv("FRONTDESK_API_KEYS_FILE", str(write("frontdesk_api_keys", "web:old:chat")))
    return AnySettings()


def test_signing_secrets_are_those_that_stand_in_the_file_now(settings: Settings) -> None:
    slack, zendesk = settings.signing_secrets, settings.webhook_secrets

    write("slack_signing_secret", "new, old")
    write("zendesk_webhook_secret", "new")

    assert list(slack) == ["new", "old"]
    assert (list(zendesk), zendesk[0], len(zendesk)) == (["new"], "new", 1)


def test_api_keys_are_those_that_stand_in_the_file_now(settings: Settings) -> None:
    keys = settings.frontdesk_api_keys

    write("frontdesk_api_keys", "web:new:chat,ops:newer:console")

    assert [(key.name, key.secret.get_secret_value()) for key in keys] == [("web", "new"), ("ops", "newer")]


@pytest.mark.parametrize("half", ["", "  \n", "web:no-scope", ","])
def test_while_a_file_is_half_written_the_keys_before_stay(settings: Settings, half: str) -> None:
    keys = settings.frontdesk_api_keys

    write("frontdesk_api_keys", half)

    assert [key.secret.get_secret_value() for key in keys] == ["old"]


def test_a_file_that_goes_and_comes_again_is_read_anew(settings: Settings, folder: Path) -> None:
    secrets = settings.signing_secrets
    (folder / "slack_signing_secret").unlink()
    assert list(secrets) == ["old"]

    write("slack_signing_secret", "new")
    assert list(secrets) == ["new"]


def test_a_mounted_folder_that_is_exchanged_as_kubernetes_does_it_is_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://kubernetes.io/docs/concepts/configuration/secret/#mounted-secrets-are-updated-automatically"""
    for version in ("1", "2"):
        (folder / version).mkdir()
        (folder / version / "secret").write_text(f"v{version}", "utf-8")
    (folder / "..data").symlink_to("1")
    (folder / "secret").symlink_to("..data/secret")
    monkeypatch.setenv("ZENDESK_WEBHOOK_SECRET_FILE", str(folder / "secret"))
    secrets = AnySettings().webhook_secrets

    (folder / "..data_tmp").symlink_to("2")
    (folder / "..data_tmp").rename(folder / "..data")

    assert list(secrets) == ["v2"]


async def test_slacks_token_is_another_one_where_the_file_has_changed(settings: Settings) -> None:
    token = OneToken(lambda: settings.current_secret("slack_bot_token"))
    assert not await token.renewed("old")

    write("slack_bot_token", "new")

    assert await token.renewed("old")
    assert await token.current() == "new"


async def test_the_model_server_is_called_with_the_key_of_now(settings: Settings) -> None:
    key = given(settings.model_key)
    assert not isinstance(key, str)

    write("openai_api_key", "new")

    assert await key() == "new"


def test_a_refused_api_token_of_zendesk_is_tried_again_where_it_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENDESK_API_TOKEN_FILE", str(write("token", "old")))
    settings = AnySettings()
    signs = ApiToken("bot@acme.example", lambda: settings.current_secret("zendesk_api_token"))
    before = str(signs(requests.Request("GET", "https://acme.zendesk.com").prepare()).headers["Authorization"])
    assert not signs.renew(before)

    write("token", "new")

    assert signs.renew(before)
    assert signs(requests.Request("GET", "https://acme.zendesk.com").prepare()).headers["Authorization"] != before
