"""What Bolt's OAuth flow keeps, in the store instead of in files: https://docs.slack.dev/tools/bolt-python/concepts/authenticating-oauth."""

from uuid import uuid4

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation as BoltInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.store.records.one_time import OneTime
from integrations.slack.installs.installation import Installation
from integrations.slack.installs.installations import Installations


class OneTimeStates(AsyncOAuthStateStore):
    """A state is good once: whoever sends the page's address again finds it used."""

    def __init__(self, tickets: OneTime) -> None:
        self._tickets = tickets

    async def async_issue(self, *_args: object, **_kwargs: object) -> str:
        """Return a new state.

        Raises:
            TemporaryFailure: the store is down.
        """
        state = uuid4().hex
        await self._tickets.issue(state)
        return state

    async def async_consume(self, state: str) -> bool:
        """Return whether the state was good until now.

        Raises:
            TemporaryFailure: the store is down.
        """
        return await self._tickets.spend(state)


class KeptInstallations(AsyncInstallationStore):
    """Keeps what Slack handed over; nothing is looked up here, as `authorize` is our own."""

    def __init__(self, installations: Installations, clock: Clock) -> None:
        self._installations = installations
        self._clock = clock

    async def async_save(self, installation: BoltInstallation) -> None:
        """Keep the installation.

        Raises:
            BoltError: it is not kept: Bolt shows its page for that, and no half of it is in the store.
        """
        try:
            await self._installations.save(installation_of(installation, self._clock.now()))
        except TemporaryFailure as error:
            raise BoltError(str(error)) from error


def installation_of(given: BoltInstallation, at: float) -> Installation:
    """Return what is kept of Bolt's installation: the bot's token alone, never a person's.

    Args:
        at: Unix seconds.
    """
    is_whole = bool(given.is_enterprise_install)
    return Installation(
        team="" if is_whole else given.team_id or "",
        organisation=given.enterprise_id or "",
        token=given.bot_token or "",
        name=(given.enterprise_name if is_whole else given.team_name) or "",
        app=given.app_id or "",
        user=given.bot_user_id or "",
        scopes=",".join(given.bot_scopes or ()),
        at=at,
    )
