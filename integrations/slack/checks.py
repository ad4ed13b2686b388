"""What `frontdesk doctor` looks at in Slack: the form of the settings, the token and its scopes."""

import re
from collections.abc import Collection, Sequence
from typing import Protocol

from bot.runtime.connectors import CheckResult, Look

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


def slips_in(bot_token: str, app_token: str, channels: Collection[str]) -> Sequence[CheckResult]:
    """Return what is wrong with the settings by themselves.

    Args:
        channels: in which every message is answered.
    """
    lines = []
    if bot_token and not bot_token.startswith("xoxb-"):
        lines.append(CheckResult("SLACK_BOT_TOKEN", "is no bot token", "take the one that begins with xoxb-"))
    if app_token and not app_token.startswith("xapp-"):
        lines.append(CheckResult("SLACK_APP_TOKEN", "is no app-level token", "take the one that begins with xapp-"))
    mend = "open the channel's details, copy the id at the end"
    strange = [name for name in sorted(channels) if not CHANNEL.fullmatch(name)]
    return [*lines, *(CheckResult("FRONTDESK_CHANNELS", f"{name} is no channel id", mend) for name in strange)]


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
