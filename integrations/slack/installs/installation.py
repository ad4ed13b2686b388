"""What one installation of the app holds: a workspace's, or a whole organisation's."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Installation:
    """A bot token, and where it counts.

    Args:
        team: the workspace, empty for a whole organisation.
        organisation: the Enterprise Grid organisation, empty for a workspace that is in none.
        name: of the workspace or the organisation, as people read it.
        user: the bot's user id there.
        scopes: what the token may do, comma-separated as Slack gave it.
        at: Unix seconds of the installation.
    """

    team: str
    organisation: str
    token: str = field(repr=False)
    name: str = ""
    app: str = ""
    user: str = ""
    scopes: str = ""
    at: float = 0.0

    @property
    def key(self) -> str:
        """Under which it is kept; a later one of the same place takes its place."""
        return key_of(self.team, self.organisation)


def key_of(team: str, organisation: str) -> str:
    """Return the name of a workspace's record, or of an organisation's where there is no workspace."""
    return f"team:{team}" if team else f"org:{organisation}"


def member_key(team: str) -> str:
    """Return the name under which it stands to which organisation a workspace belongs."""
    return f"in:{team}"


def dump(installation: Installation) -> Mapping[str, Any]:
    """Return it as JSON keeps it."""
    return asdict(installation)


def load(record: Mapping[str, Any]) -> Installation:
    """Return the installation in a record; fields of a newer version are left out."""
    known = {each.name for each in fields(Installation)}
    return Installation(**{name: value for name, value in record.items() if name in known})


@dataclass(frozen=True)
class Membership:
    """That a workspace belongs to an organisation's installation.

    Args:
        revoked: Unix seconds since when the administrators of the organisation withhold the app from it, 0 for never.
    """

    organisation: str
    revoked: float = 0.0
