"""Who is who: the bot itself and the authors of messages."""

from collections.abc import Mapping
from typing import Any

from cachetools import TTLCache

from bot.domain.ports import Profile
from integrations.slack.client import SlackApi
from integrations.slack.thread import Identity

_REMEMBER_SECONDS = 600.0
_TEAMS_SECONDS = 60.0
_MOST_PEOPLE = 10_000
_PAGE = 200
_MOST_PAGES = 50


class People:
    """Profiles, asked for once in ten minutes; https://docs.slack.dev/reference/methods/users.info."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._profiles: TTLCache[str, Profile] = TTLCache(_MOST_PEOPLE, _REMEMBER_SECONDS, api.clock.now)
        self._teams: TTLCache[str, frozenset[str]] = TTLCache(_MOST_PEOPLE, _TEAMS_SECONDS, api.clock.now)
        self._me: Identity | None = None

    async def whoami(self) -> Identity:
        """Return who the token belongs to; asked once.

        Raises:
            RemoteError: Slack does not say.
        """
        if self._me is None:
            self._me = _identity(*await self._api.headers_of_test())
        return self._me

    async def other_teams(self, channel: str) -> frozenset[str]:
        """Return the workspaces, beside ours, that a channel is shared with; https://docs.slack.dev/apis/slack-connect.

        Raises:
            RemoteError: Slack does not say.
        """
        known = self._teams.get(channel)
        if known is None:
            found = (await self._api.read("conversations.info", channel=channel)).get("channel") or {}
            known = self._teams[channel] = teams_of(found) - {(await self.whoami()).team}
        return known

    async def is_member(self, channel: str, author_id: str) -> bool:
        """Return whether somebody is in a channel; https://docs.slack.dev/reference/methods/conversations.members.

        Raises:
            RemoteError: Slack does not say.
        """
        cursor = ""
        for _ in range(_MOST_PAGES):
            query = {"channel": channel, "limit": _PAGE, **({"cursor": cursor} if cursor else {})}
            page = await self._api.read("conversations.members", **query)
            if author_id.rpartition(":")[2] in (page.get("members") or ()):
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return False

    async def profile(self, author_id: str) -> Profile:
        """Return who a `slack:TEAM:USER` author is.

        Raises:
            RemoteError: Slack does not say.
        """
        known = self._profiles.get(author_id)
        if known is None:
            me = await self.whoami()
            _, _, user_id = author_id.split(":")
            user = (await self._api.read("users.info", user=user_id)).get("user") or {}
            known = self._profiles[author_id] = profile_of(author_id, user, me.team)
        return known


def profile_of(author_id: str, user: Mapping[str, Any], install_team: str) -> Profile:
    """Return the profile in users.info's answer.

    Verified is a full member of the installing workspace alone: what another workspace's administrator, or a guest's
    invitation, put into the profile is a claim.
    """
    details: Mapping[str, Any] = user.get("profile") or {}
    email = str(details.get("email") or "")
    names = (details.get("real_name"), user.get("real_name"), details.get("display_name"), user.get("name"))
    home = author_id.split(":")[1]
    is_member = user.get("team_id") == install_team == home and user.get("is_email_confirmed") is not False
    is_other = any(
        user.get(flag)
        for flag in ("deleted", "is_bot", "is_restricted", "is_stranger", "is_ultra_restricted", "is_app_user")
    )
    return Profile(
        id=author_id,
        name=next((str(name) for name in names if name), ""),
        email=email,
        verified=is_member and not is_other and bool(email),
        confirmed=user.get("is_email_confirmed") is True and user.get("team_id") == home and not is_other,
        is_member=is_member and not is_other,
        timezone=str(user.get("tz") or ""),
    )


def teams_of(channel: Mapping[str, Any]) -> frozenset[str]:
    """Return the workspaces in conversations.info's answer; a shared channel that names none has one we do not know."""
    lists = ("connected_team_ids", "shared_team_ids", "internal_team_ids", "pending_connected_team_ids")
    named = frozenset(str(team) for name in lists for team in channel.get(name) or ())
    is_shared = channel.get("is_ext_shared") is True or channel.get("is_pending_ext_shared") is True
    return named or (frozenset({"unknown"}) if is_shared else frozenset())


def _identity(answer: Mapping[str, Any], scopes: str) -> Identity:
    return Identity(
        team=str(answer.get("team_id") or ""),
        user=str(answer.get("user_id") or ""),
        bot=str(answer.get("bot_id") or ""),
        name=str(answer.get("user") or ""),
        team_name=str(answer.get("team") or ""),
        url=str(answer.get("url") or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
    )
