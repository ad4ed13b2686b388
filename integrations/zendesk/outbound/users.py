"""Converts Zendesk users to author profiles. Pure.

https://developer.zendesk.com/api-reference/ticketing/users/users/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import AuthorId
from bot.domain.ports import Profile

STAFF = frozenset({"agent", "admin"})
NO_NAME = "Customer"


@dataclass(frozen=True)
class User:
    """A Zendesk user; `verified` says that some identity of theirs is, not which."""

    id: int
    name: str = ""
    alias: str = ""
    email: str = ""
    role: str = ""
    verified: bool = False
    suspended: bool = False
    organization: int = 0
    timezone: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether they work in Zendesk; light agents too."""
        return self.role in STAFF


def user_of(fields: Mapping[str, Any]) -> User:
    """Return a user from the API's JSON, in which any value may be null."""
    return User(
        id=int(fields.get("id") or 0),
        name=fields.get("name") or "",
        alias=fields.get("alias") or "",
        email=fields.get("email") or "",
        role=fields.get("role") or "",
        verified=fields.get("verified") is True,
        suspended=fields.get("suspended") is True,
        organization=int(fields.get("organization_id") or 0),
        timezone=fields.get("iana_time_zone") or "",
    )


def has_verified_email(email: str, identities: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the address itself is a verified identity; a verified phone says nothing of it.

    https://developer.zendesk.com/api-reference/ticketing/users/user_identities/
    """
    return any(
        identity.get("type") == "email"
        and identity.get("verified") is True
        and str(identity.get("value", "")).casefold() == email.casefold()
        for identity in identities
        if email
    )


def profile_of(user: User, *, verified: bool, own_id: int) -> Profile:
    """Return the author's profile; customers are shown under their name, staff under their alias."""
    return Profile(
        id=AuthorId.in_zendesk(user.id),
        name=(user.alias if user.is_staff else "") or user.name,
        email=user.email,
        verified=verified,
        is_staff=user.is_staff and user.id != own_id,
        timezone=user.timezone,
    )
