"""Forgets the token of an installation that Slack says has ended, and of no other.

https://docs.slack.dev/reference/events/app_uninstalled · https://docs.slack.dev/reference/events/tokens_revoked
https://docs.slack.dev/reference/events/team_access_revoked
"""

from collections.abc import Awaitable, Callable
from math import floor

import structlog

from bot.domain.errors import PermanentFailure, SignedOut
from integrations.slack.inbound.incoming import AccessChanged, Removed
from integrations.slack.installs.installation import Installation
from integrations.slack.installs.installations import Installations

LATE_SECONDS = 86_400.0
"""For which Slack may still deliver an event: https://docs.slack.dev/apis/events-api/#retries."""

log = structlog.get_logger(__name__)


class Removal:
    """Carries out what the news of an end ask for.

    Args:
        works: returns whether Slack still takes an installation's token; raises TemporaryFailure when it does not say.
    """

    def __init__(self, installations: Installations, works: Callable[[Installation], Awaitable[bool]]) -> None:
        self._installations = installations
        self._works = works

    async def removed(self, removed: Removed) -> None:
        """Forget the installation; an organisation's end is not the end of what its workspaces installed themselves.

        Raises:
            TemporaryFailure: the store is down, or Slack does not say whether late news are still true.
        """
        place = ("", removed.organisation) if removed.is_whole else (removed.team, "")
        if await self._is_overtaken(place, removed.at):
            log.info("slack.removal_overtaken", workspace=removed.team, organisation=removed.organisation)
            return
        was_there = await self._installations.remove(*place)
        log.warning(
            "slack.removed", workspace=removed.team, organisation=place[1], why=removed.why, was_known=was_there
        )

    async def access_changed(self, change: AccessChanged) -> None:
        """The administrators of an organisation gave the app to workspaces, or took it from them.

        Raises:
            TemporaryFailure: the store is down.
        """
        note = self._installations.joined if change.is_granted else self._installations.left
        for team in change.teams:
            await note(team, change.organisation, change.at)
        log.info("slack.access_changed", organisation=change.organisation, granted=change.is_granted)

    async def _is_overtaken(self, place: tuple[str, str], at: float) -> bool:
        """Slack delivers news of an end for some minutes: the app may have been installed anew meanwhile."""
        try:
            installation = await self._installations.at(*place)
        except SignedOut:
            return False
        if installation is None or not at or not 0 < floor(installation.at) - at < LATE_SECONDS:
            return False
        try:
            return await self._works(installation)
        except (PermanentFailure, SignedOut):
            return False
