"""Speaks for every workspace that installed the app: each through its own token, colleagues in theirs.

Colleagues' channels (approvals, triage) belong to one workspace, *home*: that of SLACK_BOT_TOKEN, and where that is not
set, the one whose installation sees the channel. Home alone vouches for its members' e-mail addresses: anybody may
install the app, and an administrator writes into profiles what they like.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

from cachetools import TTLCache

from bot.domain.errors import PermanentFailure, SignedOut
from bot.domain.ids import ConversationId
from bot.domain.ports import Clock, Profile, RateLimiter
from integrations.slack.api.client import SlackApi, SlackSettings
from integrations.slack.installs.installation import Installation
from integrations.slack.installs.installations import Installations
from integrations.slack.outbound.channel import SlackChannel

NOT_INSTALLED = "not_installed"
_REMEMBER_NONE_SECONDS = 60.0


class SlackWorkspaces(SlackChannel):
    """The `Channel` port over many workspaces; what names no conversation is asked at home.

    Args:
        settings: with the token of home, empty where that is an installation like the others.
        colleagues: ids of the channels in which colleagues work.
    """

    def __init__(
        self,
        settings: SlackSettings,
        clock: Clock,
        pacing: RateLimiter | None,
        installations: Installations,
        colleagues: Sequence[str],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._limits = pacing
        self._installations = installations
        self._colleagues = tuple(colleagues)
        self._opened: dict[str, SlackChannel] = {}
        tokens = None if settings.token else HomeTokens(settings, clock, installations, self._colleagues)
        super().__init__(settings, clock, pacing, tokens)

    def within(self, conversation: str, place: str = "") -> SlackChannel:
        """Return the workspace that a conversation's id names; home for colleagues' channels and for other ids."""
        team = _team_of(conversation)
        if not team or place in self._colleagues:
            return self
        if team not in self._opened:
            settings = self._settings.signed_with("")
            tokens = WorkspaceTokens(team, self._installations, self)
            self._opened[team] = InstalledWorkspace(settings, self._clock, self._limits, tokens, team, self.is_home)
        return self._opened[team]

    async def is_home(self, teams: Collection[str]) -> bool:
        """Return whether one of these is home, a workspace or the organisation of its token.

        Raises:
            TemporaryFailure: Slack does not say.
        """
        try:
            return (await self.whoami()).team in teams
        except (PermanentFailure, SignedOut):
            return False  # nobody is at home

    async def home_token(self, team: str) -> str:
        """Return the token from the settings where it is the workspace's, else an empty text.

        Raises:
            RemoteError: Slack does not say whose it is.
        """
        is_set = bool(self._settings.token)
        return self._settings.token_now() if is_set and (await self.whoami()).team == team else ""

    async def ping(self) -> None:
        """Return when Slack answers and knows the token of home, where the settings name one."""
        if self._settings.token:
            await super().ping()

    async def close(self) -> None:
        """Close all connections."""
        for channel in self._opened.values():
            await channel.close()
        await super().close()


class InstalledWorkspace(SlackChannel):
    """A workspace that installed the app.

    Args:
        team: its id.
        is_home: tells whether one of some workspaces is home.
    """

    def __init__(
        self,
        settings: SlackSettings,
        clock: Clock,
        pacing: RateLimiter | None,
        tokens: "WorkspaceTokens",
        team: str,
        is_home: Callable[[Collection[str]], Awaitable[bool]],
    ) -> None:
        super().__init__(settings, clock, pacing, tokens, team)
        self._team = team
        self._is_home = is_home

    async def profile(self, author_id: str) -> Profile:
        """Return who somebody is; outside of home their address is a claim, which `domains` of the desk may prove."""
        found = await super().profile(author_id)
        vouched = found.verified and await self._is_home({self._team, *found.teams})
        return replace(found, verified=vouched)


class WorkspaceTokens:
    """The tokens of one workspace: its installation's, or that of home where it is home."""

    def __init__(self, team: str, installations: Installations, home: SlackWorkspaces) -> None:
        self._team = team
        self._installations = installations
        self._home = home

    async def current(self) -> str:
        """Return the token.

        Raises:
            PermanentFailure: the workspace has not installed the app, or no longer.
            RemoteError: the store, or Slack, does not say.
        """
        if installation := await self._installations.of(self._team):
            return installation.token
        if token := await self._home.home_token(self._team):
            return token
        raise PermanentFailure(f"workspace {self._team} has not installed the app", NOT_INSTALLED)

    async def renewed(self, refused: str) -> bool:
        """Return whether the workspace was installed anew since, or is not installed any more."""
        self._installations.forget(self._team)
        return await self.current() != refused


class HomeTokens:
    """The token of the installation that sees the colleagues' channel."""

    def __init__(
        self, settings: SlackSettings, clock: Clock, installations: Installations, colleagues: Sequence[str]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._installations = installations
        self._channel = next(iter(colleagues), "")
        self._key = ""
        self._nowhere: TTLCache[str, bool] = TTLCache(1, _REMEMBER_NONE_SECONDS, clock.now)

    async def current(self) -> str:
        """Return the token.

        Raises:
            PermanentFailure: no colleagues' channel is named, or no installation sees it.
            RemoteError: the store, or Slack, does not say.
        """
        found = await self._installations.all()
        home = found.get(self._key) or await self._seen_by(list(found.values()))
        self._key = home.key
        return home.token

    async def renewed(self, refused: str) -> bool:
        """Return whether the workspace was installed anew since."""
        return await self.current() != refused

    async def _seen_by(self, installations: Sequence[Installation | None]) -> Installation:
        if self._channel and self._channel not in self._nowhere:
            for each in sorted(filter(None, installations), key=lambda each: each.at):
                if await self._sees(each):
                    return each
            self._nowhere[self._channel] = True
        raise PermanentFailure("no workspace that installed the app has the colleagues' channel", "channel_not_found")

    async def _sees(self, installation: Installation) -> bool:
        api = SlackApi(self._settings.signed_with(installation.token), self._clock)
        try:
            await api.read("conversations.info", channel=self._channel)
        except (PermanentFailure, SignedOut):
            return False
        finally:
            await api.close()
        return True


def _team_of(conversation: str) -> str:
    found = ConversationId(conversation)
    return found.thread.team if found.is_in_thread else ""
