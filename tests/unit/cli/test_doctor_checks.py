"""The doctor: each finding, and what mends it."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.app.connectors import open_sides
from bot.app.settings import Settings, load_settings
from bot.cli import causes, doctor_checks
from bot.cli.doctor import looks_of, next_step
from bot.cli.doctor_checks import examine
from bot.domain.errors import ConfigError, PermanentFailure, TemporaryFailure
from bot.runtime.connectors import CheckResult, Look, Way
from bot.store.redis import Client
from integrations.slack.checks import SLACK_SCOPES, look_at_slack
from integrations.zendesk.checks import look_at_zendesk
from tests.doubles.clock import ManualClock

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Named:
    """A user, a trigger or the bot."""

    name: str = "Frontdesk"
    team_name: str = "Acme"
    scopes: frozenset[str] = frozenset(SLACK_SCOPES)
    role: str = "agent"
    id: str = "9"
    title: str = "Notify requester of comment update"


@dataclass
class Workspace:
    """Slack as the doctor asks it."""

    me: Named = field(default_factory=Named)

    async def whoami(self) -> Named:
        return self.me


@dataclass
class Account:
    """Zendesk as the doctor asks it."""

    me: Named = field(default_factory=Named)
    groups: tuple[str, ...] = ("Support", "Billing")
    mailing: tuple[Named, ...] = ()
    addresses: tuple[str, ...] = ("https://support.example.com/zendesk/webhook",)
    error: Exception | None = None
    required: tuple[str, ...] = ()

    async def fields_to_solve(self) -> Sequence[str]:
        if self.error:
            raise self.error
        return self.required

    async def whoami(self) -> Named:
        return self.me

    async def group_id(self, name: str) -> str:
        return "5" if name in self.groups else ""

    async def triggers(self) -> Sequence[Named]:
        return self.mailing

    async def webhooks(self) -> Sequence[str]:
        if self.error:
            raise self.error
        return self.addresses


def settings(**fields: Any) -> Settings:
    return load_settings(_env_file=None, **fields)


def slips(given: Settings) -> list[CheckResult]:
    return [line for side in open_sides(given, ManualClock()) for line in side.slips()]


async def report(*looks: tuple[str, Look]) -> list[CheckResult]:
    return [line async for line in examine(looks)]


async def findings(*looks: tuple[str, Look]) -> list[str]:
    return [str(line) for line in await report(*looks) if line.problem]


async def test_a_mail_server_is_reached_and_one_that_is_away_is_a_finding() -> None:
    async def away() -> None:
        raise TemporaryFailure("mail: SMTPConnectError")

    async def here() -> None:
        return None

    lines = [
        line
        async for line in examine(
            [("Mail", doctor_checks.look_at_mail(here)), ("Mail", doctor_checks.look_at_mail(away))]
        )
    ]
    assert [bool(line.problem) for line in lines] == [False, True]


async def test_a_line_says_ok_or_the_finding_with_its_mend() -> None:
    assert str(CheckResult("Redis")) == "ok    Redis"
    assert str(CheckResult("Redis", "evicts", "CONFIG SET")) == "FIX   Redis: evicts\n      → CONFIG SET"


async def test_a_look_that_fails_is_a_finding_and_the_next_ones_are_taken() -> None:
    async def wrong() -> Sequence[CheckResult]:
        raise ConfigError("A: wrong\nB: missing")

    async def down() -> Sequence[CheckResult]:
        raise TemporaryFailure("auth.test: 503")

    async def broken() -> Sequence[CheckResult]:
        raise ValueError("token xoxb-1")

    async def well() -> Sequence[CheckResult]:
        return [CheckResult("last")]

    lines = await report(("one", wrong), ("two", down), ("three", broken), ("four", well))

    assert [line.what for line in lines] == ["one", "one", "two", "three", "last"]
    assert [line.problem for line in lines] == ["A: wrong", "B: missing", "auth.test: 503", "ValueError", ""]


async def test_a_look_that_hangs_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_checks, "LOOK_SECONDS", 0.05)

    async def hang() -> Sequence[CheckResult]:
        await asyncio.Event().wait()
        return []

    assert [line.problem for line in await report(("slack", hang))] == ["TimeoutError"]


async def test_what_lies_behind_a_door_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causes, "DOOR_SECONDS", 0.05)

    async def hang() -> Sequence[CheckResult]:
        await asyncio.Event().wait()
        return []

    way = Way("https://vendor.example", "VENDOR_URL", "VENDOR_TOKEN")
    lines = await report(*causes.behind([("Vendor", hang), ("Vendor groups", hang), ("Vendor hook", hang)], way))

    assert [str(line).splitlines()[0] for line in lines] == [
        "FIX   Vendor: https://vendor.example does not answer (TimeoutError)",
        "--    Vendor: groups, hook: not looked at until then",
    ]


@pytest.mark.parametrize(
    ("values", "findings", "said"),
    [
        ({}, 0, "`frontdesk demo` plays all of it"),
        ({"frontdesk_api_keys": "web:s3cret:chat"}, 0, "`frontdesk serve`, and beside it post to `/chat`"),
        ({"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "frontdesk_model": "offline"}, 0, "direct message"),
        ({}, 2, "mend what says FIX"),
    ],
)
def test_it_ends_with_what_to_do_next(values: dict[str, str], findings: int, said: str) -> None:
    assert said in next_step(settings(**values), findings)


async def test_the_environment_is_looked_at_for_what_is_set_wrongly() -> None:
    wrong = settings(
        slack_bot_token="xoxp-1",
        slack_signing_secret="s",
        slack_app_token="xoxb-2",
        frontdesk_model="offline",
        frontdesk_channels="C0123456789,general",
    )

    found = await findings(("Environment", doctor_checks.look_at_settings(slips(wrong))))

    assert [line.splitlines()[0] for line in found] == [
        "FIX   SLACK_BOT_TOKEN: is no bot token",
        "FIX   SLACK_APP_TOKEN: is no app-level token",
        "FIX   FRONTDESK_CHANNELS: general is no channel id",
    ]
    assert "xoxp-1" not in "".join(found)


async def test_redis_is_looked_at(redis: Client) -> None:
    assert await report(("Redis", doctor_checks.look_at_redis(redis))) == [CheckResult("Redis")]

    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        found = await findings(("Redis", doctor_checks.look_at_redis(redis)))
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")

    assert found == ["FIX   Redis: maxmemory-policy is allkeys-lru\n      → CONFIG SET maxmemory-policy noeviction"]


def server(status: int, *models: str) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer k"
        assert str(request.url) == "https://models.example.com/v1/models"
        return httpx.Response(status, json={"data": [{"id": name} for name in models]})

    return httpx.MockTransport(answer)


async def test_the_model_server_is_asked_for_key_and_models() -> None:
    own = settings(
        frontdesk_model="big",
        frontdesk_router_model="small",
        openai_api_key="k",
        openai_base_url="https://models.example.com/v1/",
    )

    well = await report(("Model", doctor_checks.look_at_model(own, server(200, "big", "small"))))
    unknown = await findings(("Model", doctor_checks.look_at_model(own, server(200, "big"))))
    refused = await findings(("Model", doctor_checks.look_at_model(own, server(401))))
    listless = await findings(("Model", doctor_checks.look_at_model(own, server(404))))

    assert [str(line) for line in well] == ["ok    Model: big", "ok    Model: small"]
    assert "https://models.example.com/v1 does not know small" in unknown[0]
    assert "set FRONTDESK_ROUTER_MODEL to one that it has: big" in unknown[0]
    assert "OPENAI_API_KEY" in refused[0]
    assert listless == []


async def test_the_rule_model_needs_no_server_and_is_called_what_it_is() -> None:
    lines = await report(("Model", doctor_checks.look_at_model(settings(frontdesk_model="offline"))))

    assert lines == [CheckResult("Model: the offline rule model (no AI)")]


async def test_every_missing_scope_is_named_with_what_it_is_for() -> None:
    short = Workspace(Named(scopes=frozenset(SLACK_SCOPES) - {"chat:write", "users:read.email"}))

    assert await findings(("Slack", look_at_slack(Workspace()))) == []
    found = await findings(("Slack", look_at_slack(short)))

    assert [line.partition(" → ")[0].strip() for line in found] == [
        "FIX   Slack scopes: chat:write is missing (answers)",
        "FIX   Slack scopes: users:read.email is missing (knowing full members by their address)",
    ]


async def test_scopes_that_slack_does_not_tell_are_no_finding() -> None:
    assert await findings(("Slack", look_at_slack(Workspace(Named(scopes=frozenset()))))) == []


def test_the_scopes_looked_for_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())

    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SLACK_SCOPES)


async def test_a_well_connected_account_has_no_findings() -> None:
    looks = look_at_zendesk(Account(), lambda: ("Support", "Billing"))

    assert await findings(*looks) == []


async def test_missing_groups_webhook_and_mailing_triggers_are_found() -> None:
    account = Account(groups=("Support",), mailing=(Named(),), addresses=("https://other.example.com/hook",))

    found = await findings(*look_at_zendesk(account, lambda: ("Support", "Escalations")))

    assert [line.partition(":")[0] for line in found] == [
        "FIX   Zendesk groups",
        "FIX   Zendesk webhook",
        "FIX   Zendesk triggers",
    ]
    assert "Escalations" in found[0]
    assert "“Notify requester of comment update” (9)" in found[2]
    assert "frontdesk_slack" in found[2]


async def test_who_may_not_list_webhooks_is_told_where_to_look() -> None:
    account = Account(error=PermanentFailure("webhooks: 403", "http_403"))

    found = await findings(*look_at_zendesk(account, lambda: ()))

    assert len(found) == 1
    assert "Admin Center" in found[0]


async def test_fields_that_are_required_to_solve_a_ticket_are_named() -> None:
    found = await findings(*look_at_zendesk(Account(required=("Type of request", "Region")), lambda: ()))
    unknown = await report(*look_at_zendesk(Account(error=PermanentFailure("403")), lambda: ()))

    assert ["“Type of request”" in found[0], "“Region”" in found[1]] == [True, True]
    assert "pending" in found[0]
    assert "may not read" in unknown[-1].what


@pytest.mark.parametrize(
    ("entry", "channel", "is_told"),
    [
        ({"FRONTDESK_API_KEYS": "web:s3cret:chat"}, {}, True),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s3cret", "FRONTDESK_MODEL": "offline"}, {}, True),
        ({"FRONTDESK_API_KEYS": "web:s3cret:chat"}, {"FRONTDESK_TRIAGE_CHANNEL": "C1"}, False),
        ({}, {}, False),
    ],
)
async def test_the_doctor_warns_where_nobody_would_hear_of_a_hand_over(
    entry: dict[str, str], channel: dict[str, str], is_told: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**entry, **channel}.items():
        monkeypatch.setenv(name, value)
    async with AsyncExitStack() as stack:
        looks = dict(looks_of(load_settings(), stack))
        results = await looks["People"]()

    assert [result.warns for result in results] == [True] * is_told
