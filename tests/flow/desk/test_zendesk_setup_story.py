"""`frontdesk zendesk setup` at a whole simulated account: what it makes, shows, repairs, and takes out again."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app.account_settings import SetupSettings
from bot.app.server import serving
from bot.app.settings import settings_of
from bot.cli.zendesk_setup import Wish, run_setup
from bot.domain.errors import ConfigError
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from tests.flow.harness.checks import misunderstood

OPTIONS = SandboxOptions(random_seed=7)
URL = "https://support.example.com"
YES = Wish(yes=True)
UNDO = Wish(yes=True, remove=True)
KINDS = ("webhooks", "triggers", "macros", "views", "groups", "ticket_fields", "brands", "custom_statuses")


class Account:
    """The account as its administrator sees and changes it."""

    def __init__(self, page: str) -> None:
        credentials = (f"{OPTIONS.zendesk_email}/token", OPTIONS.zendesk_api_token)
        self._api = httpx.AsyncClient(base_url=f"{page}/api/v2", auth=credentials)
        self._control = httpx.AsyncClient(base_url=f"{page}/_sandbox")

    async def close(self) -> None:
        await self._api.aclose()
        await self._control.aclose()

    async def all(self, kind: str) -> Any:
        params = {"exclude_deleted": "true"} if kind == "groups" else {}
        return (await self._api.get(f"/{kind}", params=params)).json()[kind]

    async def one(self, kind: str, title: str) -> Any:
        found = await self.all(kind)
        return next(each for each in found if title in (each.get("title"), each.get("name")))

    async def put(self, kind: str, number: object, fields: Any) -> None:
        body = {kind.removesuffix("s"): fields}
        (await self._api.put(f"/{kind}/{number}", json=body)).raise_for_status()

    async def post(self, kind: str, fields: Any) -> None:
        (await self._api.post(f"/{kind}", json={kind.removesuffix("s"): fields})).raise_for_status()

    async def change(self, path: str = "zendesk/account", **fields: Any) -> Any:
        answer = await self._control.post(f"/{path}", json=fields)
        answer.raise_for_status()
        return answer.json()

    async def mails(self) -> Any:
        return (await self._control.get("/zendesk/mails")).json()["mails"]

    async def secret(self, webhook: str) -> str:
        return str((await self._api.get(f"/webhooks/{webhook}/signing_secret")).json()["signing_secret"]["secret"])

    async def whole(self) -> str:
        """Everything in it, to the byte; only when something was last changed is Zendesk's own."""
        lists = {kind: await self.all(kind) for kind in KINDS}
        for each in (each for records in lists.values() for each in records):
            each.pop("updated_at", None)
        return json.dumps(lists)


@pytest.fixture
async def page() -> AsyncIterator[str]:
    async with serving(create_sandbox(OPTIONS), "127.0.0.1", 0) as url:
        yield url
        async with httpx.AsyncClient(base_url=url) as control:
            requests = (await control.get("/_sandbox/requests")).json()["requests"]
        assert misunderstood([each for each in requests if each["status"] < 400]) == []


@pytest.fixture
async def account(page: str) -> AsyncIterator[Account]:
    opened = Account(page)
    yield opened
    await opened.close()


@pytest.fixture
def settings(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetupSettings:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    return settings_of(
        SetupSettings,
        zendesk_url=page,
        zendesk_client_id=OPTIONS.zendesk_client_id,
        zendesk_client_secret=OPTIONS.zendesk_client_secret,
        frontdesk_public_url=URL,
        frontdesk_data_dir=tmp_path,
        _env_file=None,
    )


async def test_a_removal_leaves_the_account_as_it_was_to_the_byte(
    settings: SetupSettings, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    await account.put("triggers", 9001, {"description": "Every new account has it."})
    before = await account.whole()

    assert await run_setup(settings, YES)
    during = await account.whole()
    assert await run_setup(settings, UNDO)

    assert during != before
    assert await account.whole() == before
    assert "0 failed" in capsys.readouterr().out


async def test_a_dry_run_shows_every_change_and_makes_none(
    settings: SetupSettings, account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await account.whole()
    file = tmp_path / "secret.env"

    assert await run_setup(settings, Wish(dry_run=True, yes=True, env_file=file))

    shown = capsys.readouterr().out
    assert await account.whole() == before
    assert not file.exists()
    assert f"write   file    {file}: ZENDESK_WEBHOOK_SECRET" in shown
    assert [line.split()[:2] for line in shown.splitlines() if line.startswith(("make", "change"))] == [
        ["make", "webhook"],
        *[["make", "macro"]] * 4,
        *[["make", "view"]] * 2,
        *[["change", "trigger"]] * 2,
    ]


async def test_twice_is_once(settings: SetupSettings, account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    await run_setup(settings, YES)
    after = await account.whole()
    capsys.readouterr()

    assert await run_setup(settings, YES)

    assert capsys.readouterr().out.startswith("Nothing is to be changed.")
    assert await account.whole() == after


async def test_nobody_to_ask_means_nothing_made(
    settings: SetupSettings, account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await account.whole()

    assert not await run_setup(settings, Wish(env_file=tmp_path / "secret.env"))

    assert await account.whole() == before
    assert not (tmp_path / "secret.env").exists()
    assert "--yes" in capsys.readouterr().out


async def test_a_person_is_asked_for_groups_by_themselves_and_once_for_the_rest(
    settings: SetupSettings, account: Account
) -> None:
    billing = await account.one("groups", "Billing")
    await account.put("groups", billing["id"], {"name": "Money"})
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return "group" not in question

    assert await run_setup(settings, Wish(), answer)

    assert asked == ["Make the group “Billing”?", "Make 9 changes?"]
    assert "Billing" not in [group["name"] for group in await account.all("groups")]
    assert len(await account.all("macros")) == 4


async def test_a_webhook_that_sends_elsewhere_is_asked_for_by_itself(
    settings: SetupSettings, account: Account, tmp_path: Path
) -> None:
    await run_setup(settings, YES)
    webhook = await account.one("webhooks", "Frontdesk")
    production = "https://production.example.com/zendesk/webhook"
    await account.put("webhooks", webhook["id"], {"endpoint": production})
    asked: list[str] = []

    def declined(question: str) -> bool:
        asked.append(question)
        return False

    file = tmp_path / "secret.env"
    await run_setup(settings, Wish(env_file=file), declined)

    assert [production in question for question in asked] == [True]
    assert (await account.one("webhooks", "Frontdesk"))["endpoint"] == production
    assert not file.exists()
    assert await run_setup(settings, YES)
    assert (await account.one("webhooks", "Frontdesk"))["endpoint"] == f"{URL}/zendesk/webhook"


async def test_what_somebody_edited_is_repaired(settings: SetupSettings, account: Account) -> None:
    await run_setup(settings, YES)
    good = await account.whole()
    macro = await account.one("macros", "Frontdesk::Send draft")
    await account.put("macros", macro["id"], {"actions": [{"field": "current_tags", "value": "typo"}]})
    view = await account.one("views", "Frontdesk: drafts")
    await account.put("views", view["id"], {"title": "Drafts", "active": False})
    webhook = await account.one("webhooks", "Frontdesk")
    await account.put("webhooks", webhook["id"], {"status": "inactive"})
    await account.put("triggers", 9002, {"conditions": {"all": [], "any": []}})

    assert await run_setup(settings, YES)

    [trigger] = [each for each in await account.all("triggers") if each["id"] == 9002]
    assert [condition["value"] for condition in trigger["conditions"]["all"]] == ["frontdesk_slack", "frontdesk_setup"]
    await account.put("triggers", 9002, {"conditions": json.loads(good)["triggers"][1]["conditions"]})
    assert await account.whole() == good


async def test_a_removal_names_and_leaves_what_was_changed_and_groups_that_hold_tickets(
    settings: SetupSettings, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Billing", "Technical"):
        group = await account.one("groups", name)
        await account.put("groups", group["id"], {"name": f"Old {name}"})
    await run_setup(settings, YES)
    macro = await account.one("macros", "Frontdesk::Send draft")
    await account.put("macros", macro["id"], {"title": "Send it"})
    group = await account.one("groups", "Billing")
    await account.change("zendesk/ticket", requester=2001, subject="s", body="b", group_id=group["id"])
    capsys.readouterr()

    assert await run_setup(settings, UNDO)

    shown = capsys.readouterr().out
    assert "stays   macro “Send it”: changed since: title" in shown
    assert "stays   group “Billing”: it holds tickets" in shown
    assert [each["title"] for each in await account.all("macros")] == ["Send it"]
    names = [each["name"] for each in await account.all("groups")]
    assert "Billing" in names
    assert "Technical" not in names


async def test_the_secret_goes_to_its_file_and_never_to_the_screen(
    settings: SetupSettings, account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKEN=xoxb\n", encoding="utf-8")

    await run_setup(settings, Wish(yes=True, env_file=file))

    secret = await account.secret((await account.one("webhooks", "Frontdesk"))["id"])
    assert file.read_text(encoding="utf-8") == f"SLACK_BOT_TOKEN=xoxb\nZENDESK_WEBHOOK_SECRET={secret}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in "".join(capsys.readouterr())

    await run_setup(settings, Wish(yes=True, show_secret=True))
    assert f"ZENDESK_WEBHOOK_SECRET={secret}" in capsys.readouterr().out

    await run_setup(settings, Wish(yes=True, remove=True, env_file=file))
    assert file.read_text(encoding="utf-8") == "SLACK_BOT_TOKEN=xoxb\n"


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ZENDESK_WEBHOOK_SECRET_FILE names it; nobody has written it yet."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "webhook-secret"
    monkeypatch.setenv("ZENDESK_WEBHOOK_SECRET_FILE", str(file))
    return file


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    file.chmod(0o640)


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def gone(file: Path) -> bool:
    return not file.exists()


def is_owners_alone(file: Path) -> bool:
    return stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("before", [None, "", "old\n"])
async def test_a_secret_in_a_file_of_its_own_is_written_there_and_nowhere_else(
    before: str | None, settings: SetupSettings, account: Account, own_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = own_file.with_name(".env")
    env.write_text("SLACK_BOT_TOKEN=xoxb\nZENDESK_WEBHOOK_SECRET=older\n", encoding="utf-8")
    if before is not None:
        write(own_file, before)

    await run_setup(settings, Wish(yes=True, env_file=env))

    secret = await account.secret((await account.one("webhooks", "Frontdesk"))["id"])
    assert read(own_file) == f"{secret}\n"
    assert is_owners_alone(own_file)
    assert env.read_text(encoding="utf-8") == "SLACK_BOT_TOKEN=xoxb\n"
    shown = "".join(capsys.readouterr())
    assert secret not in shown
    assert [line for line in ("write   file", f"stands in {own_file} (mode 0600)") if line not in shown] == []


async def test_a_rotation_and_a_removal_keep_to_the_file_of_the_secret(
    settings: SetupSettings, account: Account, own_file: Path
) -> None:
    env = own_file.with_name(".env")
    env.write_text(f"ZENDESK_WEBHOOK_SECRET_FILE={own_file}\nOTHER=1\n", encoding="utf-8")
    wish = Wish(yes=True, env_file=env)
    await run_setup(settings, wish)
    secret = read(own_file).strip()
    write(own_file, f"{secret},old")

    await run_setup(settings, wish)
    assert read(own_file) == f"{secret},old\n"
    write(own_file, secret)
    await run_setup(settings, Wish(yes=True, remove=True, env_file=env))

    assert gone(own_file)
    assert env.read_text(encoding="utf-8") == "OTHER=1\n"


async def test_a_file_that_only_the_platform_writes_is_told_before_anything_is_made(
    settings: SetupSettings, account: Account, own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENDESK_WEBHOOK_SECRET_FILE", str(own_file.parent / "secrets" / "of-the-platform"))
    before, env = await account.whole(), own_file.with_name(".env")

    with pytest.raises(ConfigError, match=r"ZENDESK_WEBHOOK_SECRET_FILE: .*--show-secret"):
        await run_setup(settings, Wish(yes=True, env_file=env))

    assert await account.whole() == before
    assert not env.exists()


@pytest.mark.parametrize("content", [None, "", "old"])
def test_a_setup_reads_settings_whose_secret_it_is_to_bring(
    content: str | None, own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        own_file.write_text(content, encoding="utf-8")
    for name, value in {"URL": "https://acme.zendesk.com", "CLIENT_ID": "id", "CLIENT_SECRET": "key"}.items():
        monkeypatch.setenv(f"ZENDESK_{name}", value)

    read = settings_of(SetupSettings, frontdesk_public_url=URL)
    monkeypatch.setenv("ZENDESK_WEBHOOK_SECRET", "second")

    assert read.zendesk_webhook_secret.get_secret_value() == (content or "")
    with pytest.raises(ConfigError, match="keep one of them"):
        settings_of(SetupSettings, frontdesk_public_url=URL)


async def test_customers_in_slack_get_no_mail_after_it_and_those_who_mail_do(
    settings: SetupSettings, account: Account
) -> None:
    await run_setup(settings, YES)

    await account.change("zendesk/ticket", requester=2001, subject="s", body="b", tags=["frontdesk_slack"])
    assert await account.mails() == []
    await account.change("zendesk/ticket", requester=2001, subject="s", body="b")
    assert len(await account.mails()) == 1


async def test_what_a_token_may_not_do_is_said_and_the_rest_is_done(
    settings: SetupSettings, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    await account.change(role="agent", permissions={"macro_access": "full", "manage_triggers": True})

    assert await run_setup(settings, Wish(dry_run=True))
    warned = capsys.readouterr().out
    assert not await run_setup(settings, YES)

    shown = capsys.readouterr().out
    assert "WARN  Zendesk webhook: these credentials may neither see nor make webhooks" in warned
    assert "permission to manage shared views" in warned
    assert "permission to manage shared macros" not in warned
    assert shown.count("FAILED") == 2
    assert shown.count("→ use an administrator's credentials, or a role that may manage shared views") == 2
    assert len(await account.all("macros")) == 4
    assert await account.all("views") == []


async def test_everything_an_administrator_should_know_is_said(
    settings: SetupSettings, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    await account.post("ticket_fields", {"type": "tagger", "title": "Region", "required": True})
    await account.change(brand="Acme Pro", for_bot=False)
    await account.change(status="Waiting for parts")
    await account.put("triggers", 9002, {"active": False})

    assert await run_setup(settings, Wish(dry_run=True))

    warned = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WARN")]
    assert [line.partition(":")[0] for line in warned] == [
        "WARN  Zendesk fields",
        "WARN  Zendesk brands",
        "WARN  Zendesk statuses",
        "WARN  Zendesk replies",
    ]
