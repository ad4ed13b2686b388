"""Whether a verified request concerns us: with one workspace all do, with many those of known installations.

Many workspaces: `integrations/slack/installs/known.py`.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol


class Admission(Protocol):
    """Lets requests in; raises TemporaryFailure when the store is down."""

    async def admits(self, data: Mapping[str, Any]) -> bool:
        """Return whether a request is from an installation that we know."""


class _Everyone:
    async def admits(self, _data: Mapping[str, Any]) -> bool:
        return True


EVERYONE: Final[Admission] = _Everyone()
"""Where there is one workspace Slack delivers for no other."""
