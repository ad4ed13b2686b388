"""What `frontdesk doctor` looks at in Slack: the form of the settings, the token and its scopes."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import PermanentFailure, SignedOut
from bot.runtime.connectors import CheckResult, Look

CHANNEL = re.compile(r"[CG][A-Z0-9]{6,}")
ANSWERED = "FRONTDESK_CHANNELS"
"""The variable with the channels in which every message is answered."""

SLACK_SCOPES = {
    "app_mentions:read": "mentions in channels",
    "assistant:write": "the agent's own view, sessions, status lines",
    "channels:history": "customers' lines in public channels, reading a thread back",
    "channels:read": "who reads a channel, whether who approves money or sends a draft is in the channel for it",
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


@dataclass(frozen=True)
class ChannelStanding:
    """What Slack says of a channel and us.

    Args:
        is_member: whether the bot is in it.
        is_shared: whether other companies' workspaces read it, or are invited to.
    """

    is_member: bool
    is_shared: bool
    is_archived: bool


class Channels(Protocol):
    """What is asked of Slack about a channel."""

    async def standing(self, channel: str) -> ChannelStanding: ...


def slips_in(
    bot_token: str, app_token: str, channels: Collection[str], colleagues: Mapping[str, str]
) -> Sequence[CheckResult]:
    """Return what is wrong with the settings by themselves.

    Args:
        channels: in which every message is answered.
        colleagues: in which colleagues work, by the variable that names each.
    """
    lines = []
    if bot_token and not bot_token.startswith("xoxb-"):
        lines.append(CheckResult("SLACK_BOT_TOKEN", "is no bot token", "take the one that begins with xoxb-"))
    if app_token and not app_token.startswith("xapp-"):
        lines.append(CheckResult("SLACK_APP_TOKEN", "is no app-level token", "take the one that begins with xapp-"))
    mend = "open the channel's details, copy the id at the end"
    named = [*((ANSWERED, name) for name in sorted(channels)), *colleagues.items()]
    strange = [(variable, name) for variable, name in named if not CHANNEL.fullmatch(name)]
    return [*lines, *(CheckResult(variable, f"{name} is no channel id", mend) for variable, name in strange)]


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


def look_at_channel(slack: Channels, variable: str, channel: str) -> Look:
    """Return the look at a channel in which colleagues work: the bot has to be in it, and nobody else's workspace."""

    async def look() -> Sequence[CheckResult]:
        return await _looked(slack, variable, channel, is_internal=True)

    return look


def look_at_answered(slack: Channels, channels: Sequence[str]) -> Look:
    """Return the look at the channels in which every message is answered: the bot has to be in each."""

    async def look() -> Sequence[CheckResult]:
        named = [channel for channel in channels if CHANNEL.fullmatch(channel)]  # the form of others is a slip
        lines = [await _looked(slack, ANSWERED, channel, is_internal=False) for channel in named]
        return [line for each in lines for line in each]

    return look


async def _looked(slack: Channels, variable: str, channel: str, *, is_internal: bool) -> Sequence[CheckResult]:
    try:
        standing = await slack.standing(channel)
    except SignedOut:
        return []  # the look at the token tells of it
    except PermanentFailure as error:
        if error.code != "channel_not_found":
            raise
        mend = "open the channel's details and copy the id at the end; into a private one invite the app first"
        return [CheckResult(variable, f"there is no channel {channel} that the bot can see", mend)]
    found = list(_standing_problems(variable, channel, standing, is_internal=is_internal))
    return found or [CheckResult(f"{variable}: {channel}")]


def _standing_problems(
    variable: str, channel: str, standing: ChannelStanding, *, is_internal: bool
) -> Iterator[CheckResult]:
    if standing.is_archived:
        yield CheckResult(variable, f"{channel} is archived", "unarchive it, or name another channel")
    elif not standing.is_member:
        yield CheckResult(variable, f"the bot is not in {channel}", "write /invite @frontdesk in that channel")
    if standing.is_shared and is_internal:
        mend = "take an internal channel: what customers wrote, and who may decide, is read there"
        yield CheckResult(variable, f"other companies read {channel}", mend)
