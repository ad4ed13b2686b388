"""Finds the installation of a workspace, encrypted in the store; remembers it for some seconds.

Every process asks for itself, so what was removed is gone everywhere within `REMEMBER_SECONDS`; nothing is asked of
Slack. An organisation's installation counts for each of its workspaces that an event has come from: Slack's event says
which organisation that is, and a conversation's id names its workspace alone.
https://docs.slack.dev/authentication/installing-with-oauth · https://docs.slack.dev/enterprise
"""

import json
from collections.abc import Mapping
from dataclasses import asdict

import structlog
from cachetools import TTLCache

from bot.domain.errors import SignedOut
from bot.domain.ports import Clock
from bot.store.records.sealed_records import SealedRecords
from integrations.slack.installs.installation import Installation, Membership, dump, key_of, load, member_key
from integrations.slack.installs.seal import Seal

REMEMBER_SECONDS = 5.0
_MOST = 10_000

log = structlog.get_logger(__name__)


class Installations:
    """Who has installed the app. Every method that asks the store raises TemporaryFailure when that is down."""

    def __init__(self, records: SealedRecords, seal: Seal, clock: Clock) -> None:
        self._records = records
        self._seal = seal
        self._known: TTLCache[str, Installation] = TTLCache(_MOST, REMEMBER_SECONDS, clock.now)

    async def of(self, team: str) -> Installation | None:
        """Return the newest installation that counts for a workspace, None where there is none.

        Raises:
            SignedOut: there is one, and none of the keys opens it.
        """
        if known := self._known.get(team):
            return known
        own, member = await self._records.get([key_of(team, ""), member_key(team)])
        sealed = {key_of(team, ""): own}
        if (membership := _membership(member)) and not membership.revoked:
            organisation = key_of("", membership.organisation)
            sealed[organisation] = (await self._records.get([organisation]))[0]
        found = [self._opened(name, value) for name, value in sealed.items() if value]
        if not found:
            return None
        newest = self._known[team] = max(found, key=lambda each: each.at)
        return newest

    async def has(self, team: str) -> bool:
        """Return whether a workspace has an installation, readable or not."""
        try:
            return await self.of(team) is not None
        except SignedOut as error:
            log.error("slack.unreadable_install", workspace=team, why=str(error))  # noqa: TRY400
            return True

    async def has_organisation(self, organisation: str) -> bool:
        """Return whether an organisation has an installation, readable or not."""
        return any(await self._records.get([key_of("", organisation)]))

    async def at(self, team: str, organisation: str = "") -> Installation | None:
        """Return the installation of a workspace alone, or of an organisation where no workspace is named.

        Raises:
            SignedOut: there is one, and none of the keys opens it.
        """
        name = key_of(team, organisation)
        [sealed] = await self._records.get([name])
        return self._opened(name, sealed) if sealed else None

    async def all(self) -> Mapping[str, Installation | None]:
        """Return all installations by the names of their records; None for one that none of the keys opens."""
        found: dict[str, Installation | None] = {}
        for name, sealed in sorted((await self._records.all()).items()):
            if _is_member(name):
                continue
            try:
                found[name] = self._opened(name, sealed)
            except SignedOut:
                found[name] = None
        return found

    async def save(self, installation: Installation) -> None:
        """Keep an installation; one that was there before is replaced."""
        sealed = self._seal.close(installation.key, dump(installation))
        await self._records.put(installation.key, sealed)
        self._known.clear()

    async def sealed_with_old_key(self) -> int:
        """Return how many installations another key than the first one has encrypted, of those that a key opens."""
        readable = {name for name, installation in (await self.all()).items() if installation}
        return len(readable & (await self._old()).keys())

    async def _old(self) -> Mapping[str, str]:
        found = await self._records.all()
        return {name: sealed for name, sealed in found.items() if not _is_member(name) and self._seal.is_old(sealed)}

    async def reseal(self) -> int:
        """Encrypt with the first key what another one has encrypted; return how many records that were."""
        renewed = 0
        for name, sealed in (await self._old()).items():
            try:
                record = self._seal.open(name, sealed)
            except SignedOut:
                continue  # whoever looks at it tells
            if await self._records.swap(name, sealed, self._seal.close(name, record)):
                renewed += 1
        return renewed

    async def remove(self, team: str, organisation: str = "") -> bool:
        """Forget the token of a workspace, or of a whole organisation where no workspace is named.

        Returns:
            Whether there was one; what others have installed stays.
        """
        self._known.clear()
        return await self._records.remove(key_of(team, organisation))

    async def joined(self, team: str, organisation: str, at: float) -> None:
        """A workspace speaks through its organisation's installation; what is older than its end changes nothing.

        Args:
            at: Slack's time of the news, Unix seconds.
        """
        [member] = await self._records.get([member_key(team)])
        before = _membership(member)
        is_known = before is not None and before.organisation == organisation and not before.revoked
        is_withheld = before is not None and before.revoked and before.revoked >= at
        if is_known or is_withheld:
            return
        await self._keep(team, Membership(organisation))

    async def left(self, team: str, organisation: str, at: float) -> None:
        """The organisation's administrators withhold the app from a workspace from now on."""
        await self._keep(team, Membership(organisation, revoked=at))

    def forget(self, team: str) -> None:
        """Ask the store again at the next time: Slack did not take the token."""
        self._known.pop(team, None)

    async def _keep(self, team: str, membership: Membership) -> None:
        await self._records.put(member_key(team), json.dumps(asdict(membership)))
        self._known.pop(team, None)

    def _opened(self, name: str, sealed: str) -> Installation:
        return load(self._seal.open(name, sealed))


def _is_member(name: str) -> bool:
    return name.startswith(member_key(""))


def _membership(record: str) -> Membership | None:
    if not record:
        return None
    found = json.loads(record)
    return Membership(str(found["organisation"]), float(found.get("revoked") or 0.0))
