"""Puts together what many workspaces need: their installations, the channel to them, the ways in and out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ports import Clock
from bot.store import keys
from bot.store.records.sealed_records import SealedRecords
from bot.store.redis import Scripts
from integrations.slack.api.client import SlackApi, SlackSettings
from integrations.slack.installs.installation import Installation
from integrations.slack.installs.installations import Installations
from integrations.slack.installs.known import KnownInstallations
from integrations.slack.installs.removal import Removal
from integrations.slack.installs.seal import Seal
from integrations.slack.installs.workspaces import SlackWorkspaces


@dataclass(frozen=True)
class ManyWorkspaces:
    """All workspaces that installed the app."""

    installations: Installations
    channel: SlackWorkspaces
    admission: KnownInstallations
    ends: Removal


def open_installations(scripts: Scripts, secret_keys: Sequence[str], clock: Clock) -> Installations:
    """Return the installations in the store; no call is made."""
    return Installations(SealedRecords(scripts, keys.INSTALLS), Seal(secret_keys), clock)


def many_workspaces(
    installations: Installations, channel: SlackWorkspaces, settings: SlackSettings, clock: Clock
) -> ManyWorkspaces:
    """Return what they need; no call is made."""

    async def works(installation: Installation) -> bool:
        api = SlackApi(settings.signed_with(installation.token), clock)
        try:
            await api.headers_of_test()
        finally:
            await api.close()
        return True

    known = KnownInstallations(installations, channel, clock)
    return ManyWorkspaces(installations, channel, known, Removal(installations, works))
