"""The checks of `frontdesk doctor`, one function each; every finding says how to fix it.

It reads and changes nothing but what a first start would make (the embedded Redis and the desk's tables).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from bot.app.settings import Settings, broken_lines, strangers
from bot.domain.errors import ConfigError, FrontdeskError, PermanentFailure
from bot.store.redis import Client, check

LOOK_SECONDS = 30.0
LONGER = {"Model calls": 180.0}
"""A server on this machine may load its model first."""
MODEL_SECONDS = 10.0
OPENAI = "https://api.openai.com/v1"
WEBHOOK_PATH = "/zendesk/webhook"
CHANNEL = re.compile(r"[CG][A-Z0-9]{6,}")

SLACK_SCOPES = {
    "app_mentions:read": "mentions in channels",
    "assistant:write": "the agent's own view, status lines",
    "channels:history": "customers' lines in public channels, reading a thread back",
    "channels:read": "who reads a channel, whether who approves money is in the approvals channel",
    "chat:write": "answers",
    "files:read": "customers' files",
    "files:write": "human agents' files",
    "groups:history": "customers' lines in private channels",
    "groups:read": "who reads a private channel",
    "im:history": "direct messages",
    "im:write": "going on in a direct message where other companies read along",
    "mpim:history": "direct messages of several people",
    "mpim:read": "who reads those",
    "users:read": "customers' names",
    "users:read.email": "knowing full members by their address",
}
"""What `manifest.yml` asks for, and why."""


@dataclass(frozen=True)
class CheckResult:
    """One line of the report.

    Args:
        what: what was looked at, with what was found where all is well.
        problem: empty when all is well.
        mend: what to do about the problem.
    """

    what: str
    problem: str = ""
    mend: str = ""

    def __str__(self) -> str:
        if not self.problem:
            return f"ok    {self.what}"
        return f"FIX   {self.what}: {self.problem}" + (f"\n      → {self.mend}" if self.mend else "")


Look = Callable[[], Awaitable[Sequence[CheckResult]]]


class SlackIdentity(Protocol):
    """Who a Slack token belongs to, and what it may do (empty when Slack did not say)."""

    @property
    def team_name(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> frozenset[str]: ...


class Slack(Protocol):
    """What is asked of Slack."""

    async def whoami(self) -> SlackIdentity: ...


class ZendeskUser(Protocol):
    """The user whom Zendesk's credentials act as."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...


class ZendeskTrigger(Protocol):
    """A trigger that would mail the requester of a ticket that began in Slack."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...


class Zendesk(Protocol):
    """What is asked of Zendesk."""

    async def whoami(self) -> ZendeskUser: ...
    async def group_id(self, name: str) -> str: ...
    async def triggers(self) -> Sequence[ZendeskTrigger]: ...
    async def webhooks(self) -> Sequence[str]: ...
    async def fields_to_solve(self) -> Sequence[str]: ...


async def examine(looks: Sequence[tuple[str, Look]]) -> AsyncIterator[CheckResult]:
    """Yield the lines of each look, in order; one that fails or takes too long is a finding itself."""
    for name, look in looks:
        try:
            async with asyncio.timeout(LONGER.get(name, LOOK_SECONDS)):
                lines = await look()
        except ConfigError as error:
            lines = [CheckResult(name, part) for part in str(error).splitlines()]
        except FrontdeskError as error:
            lines = [
                CheckResult(name, str(error) or type(error).__name__, "see that it is reachable and the token is valid")
            ]
        except Exception as error:
            lines = [CheckResult(name, type(error).__name__, "see that it is reachable from this machine")]
        for line in lines:
            yield line


def look_at_settings(settings: Settings) -> Look:
    """Return the look at what the environment says by itself; whole sets of variables were checked when it was read."""

    async def look() -> Sequence[CheckResult]:
        lines = (
            []
            if settings.frontdesk_api_keys
            else [CheckResult("/chat and /console: off (FRONTDESK_API_KEYS is not set)")]
        )
        token, app_token = settings.slack_bot_token.get_secret_value(), settings.slack_app_token.get_secret_value()
        if token and not token.startswith("xoxb-"):
            lines.append(CheckResult("SLACK_BOT_TOKEN", "is no bot token", "take the one that begins with xoxb-"))
        if app_token and not app_token.startswith("xapp-"):
            lines.append(CheckResult("SLACK_APP_TOKEN", "is no app-level token", "take the one that begins with xapp-"))
        lines += [
            CheckResult(
                "FRONTDESK_CHANNELS", f"{name} is no channel id", "open the channel's details, copy the id at the end"
            )
            for name in sorted(settings.answered_channels)
            if not CHANNEL.fullmatch(name)
        ]
        return lines or [CheckResult("Environment")]

    return look


def look_at_names(known: Callable[[], Collection[str]]) -> Look:
    """Return the look at what stands in the environment or in `.env` and is not read.

    Args:
        known: returns names of further variables, which the desk reads.
    """

    async def look() -> Sequence[CheckResult]:
        lines = [CheckResult(name, "is not read", mend) for name, mend in strangers(known())]
        return lines + [
            CheckResult(f".env, line {number}", "is no NAME=VALUE, and is not read") for number in broken_lines()
        ]

    return look


def look_at_mail(reach: Callable[[], Awaitable[None]]) -> Look:
    """Return the look at the server that takes the one-time codes; nothing is sent."""

    async def look() -> Sequence[CheckResult]:
        await reach()
        return [CheckResult("Mail for one-time codes")]

    return look


def look_at_redis(client: Client) -> Look:
    """Return the look at the store."""

    async def look() -> Sequence[CheckResult]:
        findings = await check(client)
        return [CheckResult("Redis", finding.problem, finding.mend) for finding in findings] or [CheckResult("Redis")]

    return look


def look_at_database(ping: Callable[[], Awaitable[None]]) -> Look:
    """Return the look at the desk's business data."""

    async def look() -> Sequence[CheckResult]:
        await ping()
        return [CheckResult("Database")]

    return look


def look_at_model(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> Look:
    """Return the look at the model server: whether it takes the key and knows the models.

    Args:
        transport: the tests' own.
    """
    names = sorted({settings.frontdesk_model, settings.frontdesk_router_model} - {"", "offline"})

    async def look() -> Sequence[CheckResult]:
        if not names:
            return [CheckResult("Model: the offline rule model (no AI)")]
        headers = {"Authorization": f"Bearer {settings.openai_api_key.get_secret_value()}"}
        base = (settings.openai_base_url or OPENAI).rstrip("/")
        async with httpx.AsyncClient(timeout=MODEL_SECONDS, transport=transport) as server:
            answer = await server.get(f"{base}/models", headers=headers)
        if answer.status_code in {401, 403}:
            return [
                CheckResult("Model", "the server refuses the key", "set OPENAI_API_KEY to a valid key of that server")
            ]
        if answer.status_code != 200:
            return [CheckResult(f"Model: {', '.join(names)} (the server does not list its models)")]
        known = {model.get("id") for model in answer.json().get("data", [])}
        return [
            CheckResult(f"Model: {name}")
            if name in known
            else CheckResult(
                "Model", f"the server does not know {name}", f"choose another; it knows {len(known)} models"
            )
            for name in names
        ]

    return look


def look_at_slack(slack: Slack) -> Look:
    """Return the look at the token and its scopes."""

    async def look() -> Sequence[CheckResult]:
        me = await slack.whoami()
        who = CheckResult(f"Slack: {me.name or 'the bot'} in {me.team_name or 'the workspace'}")
        missing = [] if not me.scopes else sorted(SLACK_SCOPES.keys() - me.scopes)
        mend = "add it under OAuth & Permissions, or take manifest.yml as it is; then install the app again"
        found = [CheckResult("Slack scopes", f"{scope} is missing ({SLACK_SCOPES[scope]})", mend) for scope in missing]
        return [who, *(found or [CheckResult("Slack scopes")])]

    return look


def look_at_zendesk(zendesk: Zendesk, groups_of: Callable[[], Sequence[str]]) -> Sequence[tuple[str, Look]]:
    """Return the looks at the token and its user, the desk's groups, the webhook and the triggers.

    Args:
        groups_of: returns the names of the groups the desk needs, once it was loaded.
    """

    async def user() -> Sequence[CheckResult]:
        me = await zendesk.whoami()
        return [CheckResult(f"Zendesk: {me.name or 'the bot'} ({me.role})")]

    async def desk_groups() -> Sequence[CheckResult]:
        groups = groups_of()
        missing = [name for name in groups if not await zendesk.group_id(name)]
        mend = "make it under Admin Center > People > Groups, or change `groups` in desk.yml"
        return [CheckResult("Zendesk groups", f"there is no group {name}", mend) for name in missing] or [
            CheckResult(f"Zendesk groups: {', '.join(groups) or 'none needed'}")
        ]

    async def webhook() -> Sequence[CheckResult]:
        try:
            ours = [url for url in await zendesk.webhooks() if urlsplit(url).path == WEBHOOK_PATH]
        except PermanentFailure:
            mend = "look yourself under Admin Center > Apps and integrations > Webhooks, or use an admin's credentials"
            return [CheckResult("Zendesk webhook", "only admins may list webhooks", mend)]
        mend = f"make one under Admin Center > Apps and integrations > Webhooks, to https://YOUR-ADDRESS{WEBHOOK_PATH}"
        return [CheckResult(f"Zendesk webhook: {url}") for url in ours] or [
            CheckResult("Zendesk webhook", "no active webhook sends to Frontdesk", mend)
        ]

    async def triggers() -> Sequence[CheckResult]:
        mend = "add the condition: Tags contains none of frontdesk_slack (the customer reads the answer in Slack)"
        return [
            CheckResult("Zendesk triggers", f"“{found.title}” ({found.id}) mails customers of Slack-born tickets", mend)
            for found in await zendesk.triggers()
        ] or [CheckResult("Zendesk triggers: none mails customers of Slack-born tickets")]

    async def fields() -> Sequence[CheckResult]:
        try:
            names = await zendesk.fields_to_solve()
        except PermanentFailure:
            return [CheckResult("Zendesk fields: these credentials may not read which are required")]
        mend = "tickets that are thanked for stay pending: give it a default, or take “Required to solve” off"
        return [
            CheckResult(
                "Zendesk fields", f"“{name}” is required to solve a ticket, and Frontdesk does not fill it in", mend
            )
            for name in names
        ] or [CheckResult("Zendesk fields: none is required to solve a ticket")]

    return [
        ("Zendesk", user),
        ("Zendesk groups", desk_groups),
        ("Zendesk webhook", webhook),
        ("Zendesk triggers", triggers),
        ("Zendesk fields", fields),
    ]
