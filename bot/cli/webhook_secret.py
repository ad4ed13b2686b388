"""Hands on the webhook's signing secret: to a place that its owner alone reads, to the screen only where asked."""

from bot.cli.secret_place import SECRET, Place
from bot.runtime.administration import Administration


class HandedOn:
    """What becomes of the secret in one setup.

    Args:
        place: where it goes, None for nowhere.
    """

    def __init__(self, account: Administration, place: Place | None) -> None:
        self._account = account
        self._place = place
        self._before = ""

    async def remember(self) -> None:
        """Learn the secret before the webhook goes."""
        if self._place:
            self._before = await self._account.secret()

    async def keep(self, *, show: bool) -> None:
        """Write the secret to its place, and print it where it is to be shown."""
        secret = await self._account.secret() if self._place or show else ""
        if self._place and secret:
            self._write(self._place, secret)
        if show and secret:
            print(f"{SECRET}={secret}")

    def drop(self, has_gone: bool) -> None:
        """Take the secret out of its place, once there is no webhook any more that signs with it."""
        if self._place and has_gone and self._before and self._place.kept() == self._before:
            print(*self._place.drop(), sep="\n")

    def _write(self, place: Place, secret: str) -> None:
        """During a rotation two secrets stand there; one of them is enough."""
        kept = place.kept()
        told = place.write(kept if secret in kept.split(",") else secret)
        print(f"{SECRET} stands in {place} (mode 0600).", *told, sep="\n")
