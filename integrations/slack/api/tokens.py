"""The token that a call is signed with: one from the settings, or an installation's, which may change."""

from collections.abc import Callable
from typing import Protocol


class Tokens(Protocol):
    """Knows the token of one workspace. Both methods raise the `RemoteError` family."""

    async def current(self) -> str:
        """Return the token.

        Raises:
            PermanentFailure: the workspace has not installed the app, or no longer.
        """

    async def renewed(self, refused: str) -> bool:
        """Return whether there is another token than the one that Slack refused."""


class OneToken:
    """The token of a single-workspace install; it stands in a file, where it may be another one by now.

    Args:
        token: returns it.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    async def current(self) -> str:
        """Return the token."""
        return self._token()

    async def renewed(self, refused: str) -> bool:
        """Return whether it was changed meanwhile."""
        return refused != self._token()
