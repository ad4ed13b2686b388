"""Looks up the bot's own identity and the profiles of authors, and caches them."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from cachetools import TTLCache

from bot.domain.errors import PermanentFailure, TemporaryFailure
from bot.domain.ids import AuthorId
from bot.domain.ports import Profile
from integrations.slack.api.client import SlackApi
from integrations.slack.checks import ChannelStanding
from integrations.slack.outbound.own_messages import OwnIdentity

_REMEMBER_SECONDS = 600.0
_TEAMS_SECONDS = 60.0
_MOST_PEOPLE = 10_000
_PAGE = 200
_MOST_PAGES = 50
_MOST_SINGLY = 30
"""So many people are asked for one by one."""
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""Who Slack does not know reads nothing."""
_PATIENCE_SECONDS = 15.0
"""How long a turn waits for an answer that it only reads; a limited workspace mostly asks for less."""
_SLACKBOT = "USLACKBOT"
_FIRST_PAUSE = 0.25
_AWAY_SECONDS = 5.0
"""For so long what could not be read is not asked for again: all of one turn waits once."""
_TEAM = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class SlackProfiles:
    """Profiles, asked for once in ten minutes; https://docs.slack.dev/reference/methods/users.info."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._profiles: TTLCache[str, Profile] = TTLCache(_MOST_PEOPLE, _REMEMBER_SECONDS, api.clock.now)
        self._away: TTLCache[str, TemporaryFailure] = TTLCache(_MOST_PEOPLE, _AWAY_SECONDS, api.clock.now)
        self._teams: TTLCache[str, frozenset[str]] = TTLCache(_MOST_PEOPLE, _TEAMS_SECONDS, api.clock.now)
        self._guests: TTLCache[str, Sequence[Profile]] = TTLCache(_MOST_PEOPLE, _TEAMS_SECONDS, api.clock.now)
        self._me: OwnIdentity | None = None

    async def whoami(self) -> OwnIdentity:
        """Return who the token belongs to; asked once.

        An organisation's token is one for all its workspaces, and Slack names the organisation: who is a member of
        the workspace, and who reads along there, is asked of the workspace alone.

        Raises:
            RemoteError: Slack does not say.
        """
        if self._me is None:
            me = _identity(*await self._api.headers_of_test())
            self._me = replace(me, team=self._api.workspace or me.team)
        return self._me

    async def other_teams(self, channel: str) -> frozenset[str]:
        """Return the workspaces, beside ours, that a channel is shared with; https://docs.slack.dev/apis/slack-connect.

        Raises:
            RemoteError: Slack does not say.
        """
        known = self._teams.get(channel)
        if known is None:
            found = (await self._read("conversations.info", channel=channel)).get("channel") or {}
            known = self._teams[channel] = teams_of(found) - {(await self.whoami()).team}
        return known

    async def standing(self, channel: str) -> ChannelStanding:
        """Return how a channel stands to us, asked anew.

        Raises:
            RemoteError: Slack does not say.
        """
        found = (await self._read("conversations.info", channel=channel)).get("channel") or {}
        others = teams_of(found) - {(await self.whoami()).team}
        return ChannelStanding(found.get("is_member") is True, bool(others), found.get("is_archived") is True)

    async def is_member(self, channel: str, author_id: str) -> bool:
        """Return whether somebody is in a channel; https://docs.slack.dev/reference/methods/conversations.members.

        Raises:
            RemoteError: Slack does not say.
        """
        user_id = AuthorId(author_id).user
        async for page in self._pages("conversations.members", "members", channel=channel):
            if user_id in page:
                return True
        return False

    async def guests(self, channel: str) -> Sequence[Profile]:
        """Return the people in a channel who are no full members of the installing workspace; bots are left out.

        Raises:
            RemoteError: Slack does not say.
        """
        known = self._guests.get(channel)
        if known is None:
            pages = self._pages("conversations.members", "members", channel=channel)
            users = [str(user) async for page in pages for user in page]
            found = await self._profiles_of(users)
            known = self._guests[channel] = [each for each in found if not (each.is_member or each.is_bot)]
        return known

    async def _profiles_of(self, users: Sequence[str]) -> Sequence[Profile]:
        """One call for each is too many where many read along: the members' list tells of two hundred at once."""
        if sum(user not in self._profiles for user in users) > _MOST_SINGLY:
            await self._learn_members()
        if sum(user not in self._profiles for user in users) > _MOST_SINGLY:
            raise TemporaryFailure("conversations.members: more people than can be looked up")
        found = []
        for user in users:
            try:
                found.append(await self.profile(AuthorId.in_slack((await self.whoami()).team, user)))
            except PermanentFailure as error:
                if error.code not in _NOBODY:
                    raise
        return found

    async def _learn_members(self) -> None:
        """Remember everybody in https://docs.slack.dev/reference/methods/users.list, guests too."""
        team = (await self.whoami()).team
        # An organisation's token has to say which workspace it means: https://docs.slack.dev/enterprise.
        which = {"team_id": self._api.workspace} if self._api.workspace else {}
        async for page in self._pages("users.list", "members", **which):
            for user in page:
                if isinstance(user, Mapping) and _TEAM.fullmatch(str(user.get("id"))):
                    user_id = str(user["id"])
                    self._profiles[user_id] = profile_of(AuthorId.in_slack(team, user_id), user, team)

    async def _pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[Sequence[Any]]:
        cursor = ""
        for _ in range(_MOST_PAGES):
            query = {**arguments, "limit": _PAGE, **({"cursor": cursor} if cursor else {})}
            page = await self._read(method, **query)
            yield page.get(key) or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def profile(self, author_id: str) -> Profile:
        """Return who a `slack:TEAM:USER` author is.

        Raises:
            RemoteError: Slack does not say.
        """
        user_id = AuthorId(author_id).user
        known = self._profiles.get(user_id)
        if known is None:
            me = await self.whoami()
            user = (await self._read("users.info", user=user_id)).get("user") or {}
            known = self._profiles[user_id] = profile_of(author_id, user, me.team)
        return known

    async def _read(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Read, and read again where Slack has no answer at the moment; a limit is waited for.

        Raises:
            RemoteError: as for `SlackApi.read`, after all patience.
        """
        name = f"{method} {sorted(arguments.items())}"
        if (failure := self._away.get(name)) is not None:
            raise failure
        until, pause = monotonic() + _PATIENCE_SECONDS, _FIRST_PAUSE
        while True:
            try:
                return await self._api.read(method, **arguments)
            except TemporaryFailure as error:
                wait = max(pause, error.retry_after or 0.0)
                if monotonic() + wait > until:
                    self._away[name] = error
                    raise
            await asyncio.sleep(wait)
            pause *= 2


def profile_of(author_id: str, user: Mapping[str, Any], install_team: str) -> Profile:
    """Return the profile in users.info's answer; its id names the home that Slack says, whoever an event said it is.

    Verified is a full member of the installing workspace alone: what another workspace's administrator, or a guest's
    invitation, put into the profile is a claim. In an organisation (Enterprise Grid) `team_id` is one of several
    workspaces: https://docs.slack.dev/enterprise/#users.

    Args:
        author_id: under which the person was met; its workspace counts where Slack names none.
    """
    details: Mapping[str, Any] = user.get("profile") or {}
    email = _text(details, "email")
    is_confirmed = user.get("is_email_confirmed")
    user_id = AuthorId(author_id).user
    teams = teams_of_user(user)
    is_other = any(user.get(flag) for flag in _NO_FULL_MEMBER)
    is_member = install_team in teams and not is_other
    return Profile(
        id=AuthorId.in_slack(teams[0], user_id) if teams else AuthorId(author_id),
        name=_name(user, details),
        email=email,
        verified=is_member and is_confirmed is not False and email != "",
        confirmed=is_confirmed is True and not is_other,
        is_member=is_member,
        timezone=_text(user, "tz"),
        is_bot=_is_bot(user, user_id),
        teams=teams,
        shown=_text(details, "display_name"),
    )


_NO_FULL_MEMBER = ("deleted", "is_bot", "is_restricted", "is_stranger", "is_ultra_restricted", "is_app_user")
"""Flags of users.info for whoever is no full member of a workspace."""


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name) or "")


def _name(user: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    names = (details.get("real_name"), user.get("real_name"), details.get("display_name"), user.get("name"))
    return next((str(name) for name in names if name), "")


def _is_bot(user: Mapping[str, Any], user_id: str) -> bool:
    return user.get("is_bot") is True or user.get("is_app_user") is True or user_id == _SLACKBOT


def teams_of_user(user: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the workspaces, and the organisation, that users.info's answer says a person belongs to; home first."""
    details, enterprise = user.get("profile") or {}, user.get("enterprise_user") or {}
    named = [user.get("team_id") or details.get("team")]
    named += [*(enterprise.get("teams") or ()), *(user.get("teams") or ())]
    named += [enterprise.get("enterprise_id"), user.get("enterprise_id")]
    return tuple(dict.fromkeys(team for team in named if isinstance(team, str) and _TEAM.fullmatch(team)))


def teams_of(channel: Mapping[str, Any]) -> frozenset[str]:
    """Return the workspaces in conversations.info's answer; a shared channel that names none has one we do not know."""
    lists = ("connected_team_ids", "shared_team_ids", "internal_team_ids", "pending_connected_team_ids")
    named = frozenset(str(team) for name in lists for team in channel.get(name) or ())
    is_shared = channel.get("is_ext_shared") is True or channel.get("is_pending_ext_shared") is True
    return named or (frozenset({"unknown"}) if is_shared else frozenset())


def _identity(answer: Mapping[str, Any], scopes: str) -> OwnIdentity:
    return OwnIdentity(
        team=str(answer.get("team_id") or ""),
        user=str(answer.get("user_id") or ""),
        bot=str(answer.get("bot_id") or ""),
        name=str(answer.get("user") or ""),
        team_name=str(answer.get("team") or ""),
        url=str(answer.get("url") or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
    )
