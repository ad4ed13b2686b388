"""Lets in what a known installation delivers; what others deliver is counted, logged by workspace, and dropped.

Slack delivers to one address for all workspaces. After a lost installation (a store that was down when somebody
installed, a restored backup) its events go on; they are answered with 200, as Slack would send them again for nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from cachetools import TTLCache
from pydantic import ValidationError

from bot.domain.errors import RemoteError
from bot.domain.ids import ConversationId
from bot.domain.ports import Clock
from bot.telemetry import metrics
from integrations.slack.inbound.wire import BlockActions, Envelope, Interaction
from integrations.slack.installs.installations import Installations
from integrations.slack.installs.workspaces import SlackWorkspaces
from integrations.slack.outbound.blocks import conversation_of

LOG_SECONDS = 60.0
HOME_SECONDS = 1.0
"""For which a delivery waits for Slack to say whose the token of the settings is."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sender:
    """Whose request it is.

    Args:
        teams: workspaces that may be the installing one, the likeliest first.
        organisation: the organisation whose installation delivers it, empty for a workspace's own.
        at: Slack's time of it, Unix seconds, 0 where it does not say.
        is_farewell: whether it tells of the end of an installation.
    """

    teams: tuple[str, ...]
    organisation: str = ""
    at: float = 0.0
    is_farewell: bool = False


class KnownInstallations:
    """The `Admission` of many workspaces: home's, and theirs who installed the app."""

    def __init__(self, installations: Installations, workspaces: SlackWorkspaces, clock: Clock) -> None:
        self._installations = installations
        self._workspaces = workspaces
        self._told: TTLCache[str, bool] = TTLCache(1_000, LOG_SECONDS, clock.now)

    async def admits(self, data: Mapping[str, Any]) -> bool:
        """Return whether it is from an installation that we know."""
        sender = sender_of(data)
        if sender is None or sender.is_farewell or await self._is_known(sender):
            return True
        metrics.UNKNOWN_INSTALLS.inc()
        if sender.teams[0] not in self._told:
            self._told[sender.teams[0]] = True
            log.warning("slack.unknown_install", workspace=sender.teams[0], organisation=sender.organisation)
        return False

    async def _is_known(self, sender: Sender) -> bool:
        if sender.organisation:
            await self._learn(sender)
        for team in sender.teams:
            if await self._installations.has(team) or await self._is_home(team):
                return True
        return False

    async def _learn(self, sender: Sender) -> None:
        """An organisation's event may be the first from one of its workspaces."""
        if await self._installations.has_organisation(sender.organisation):
            await self._installations.joined(sender.teams[0], sender.organisation, sender.at)

    async def _is_home(self, team: str) -> bool:
        """Whether the token of the settings is the workspace's; it may be while Slack does not say."""
        try:
            async with asyncio.timeout(HOME_SECONDS):
                return bool(await self._workspaces.home_token(team))
        except (RemoteError, TimeoutError):
            return True


_FAREWELLS = frozenset({"app_uninstalled", "team_access_granted", "team_access_revoked", "tokens_revoked"})


def sender_of(data: Mapping[str, Any]) -> Sender | None:
    """Return whose a request is, None where no installation sends it, or nobody can tell."""
    try:
        if data.get("type") == "event_callback":
            return _of_event(Envelope.model_validate(data))
        if data.get("type") == "block_actions":
            return _of_click(BlockActions.model_validate(data))
        return _of_interaction(Interaction.model_validate(data))
    except ValidationError:
        return None  # whoever parses it refuses it


def _of_event(envelope: Envelope) -> Sender | None:
    if not envelope.installation:
        return None
    kind = (envelope.event or {}).get("type")
    return Sender((envelope.installation,), envelope.organisation, envelope.at, kind in _FAREWELLS)


def _of_click(click: BlockActions) -> Sender | None:
    """A guest's click may name the guest's own workspace: the row of buttons knows whose conversation it is."""
    home = ConversationId(conversation_of(click.actions[0].block_id))
    named = home.thread.team if home.is_in_thread else ""
    return _of_teams(click, (click.team_id, named, click.user.team_id or ""))


def _of_interaction(interaction: Interaction) -> Sender | None:
    return _of_teams(interaction, (interaction.team_id,))


def _of_teams(interaction: Interaction, teams: tuple[str, ...]) -> Sender | None:
    known = tuple(dict.fromkeys(team for team in teams if team))
    return Sender(known, interaction.organisation) if known else None
