"""Where the webhook's signing secret goes: into a file that its owner alone reads, to the screen only where asked."""

from pathlib import Path

from bot.cli.env_file import OWNER_ONLY, drop_value, value_in, write_value
from bot.runtime.administration import Administration

SECRET = "ZENDESK_WEBHOOK_SECRET"  # noqa: S105  # the variable's name


class SecretPlace:
    """The file that a setup was told to write the secret to, if any."""

    def __init__(self, account: Administration, file: Path | None) -> None:
        self._account = account
        self._file = file
        self._before = ""

    async def remember(self) -> None:
        """Learn the secret before the webhook goes."""
        if self._file:
            self._before = await self._account.secret()

    async def keep(self, *, show: bool) -> None:
        """Write the secret into the file, and print it where it is to be shown."""
        secret = await self._account.secret() if self._file or show else ""
        if self._file and secret:
            self._write(self._file, secret)
        if show and secret:
            print(f"{SECRET}={secret}")

    def drop(self, has_gone: bool) -> None:
        """Take the secret out of the file, once there is no webhook any more that signs with it."""
        if self._file and has_gone and self._before and value_in(self._file, SECRET) == self._before:
            drop_value(self._file, SECRET)
            print(f"{SECRET} was taken out of {self._file}.")

    def _write(self, file: Path, secret: str) -> None:
        """During a rotation two secrets stand there; one of them is enough."""
        if secret in value_in(file, SECRET).split(","):
            file.chmod(OWNER_ONLY)
        else:
            write_value(file, SECRET, secret)
        print(f"{SECRET} stands in {file} (mode 0600).")
