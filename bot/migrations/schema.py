"""Says which version a database's tables are of, and whether this program may run on it. Loads no library."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.domain.errors import ConfigError

VERSIONS = Path(__file__).parent / "versions"
VERSION_TABLE = "frontdesk_version"
NEEDS_TABLE = "frontdesk_schema"

QUERY = f"SELECT v.version_num, s.needs FROM {VERSION_TABLE} v CROSS JOIN {NEEDS_TABLE} s"  # noqa: S608  # our own names
"""The one question that a start asks; it fails where there are no tables of ours yet."""

COMMAND = "frontdesk db upgrade"


def known() -> list[str]:
    """Return the versions that this program knows, the oldest first."""
    return sorted(path.stem[1:5] for path in VERSIONS.glob("r[0-9]*.py"))


NEWEST = known()[-1]


@dataclass(frozen=True)
class Schema:
    """What a database says of its tables.

    Args:
        version: the newest that was applied; empty where there is none.
        needs: the oldest that a program must know to run on it.
    """

    version: str = ""
    needs: str = ""

    @classmethod
    def of(cls, row: tuple[str, str] | None) -> Self:
        """Return what the answer to `QUERY` says."""
        return cls(*row) if row else cls()

    @property
    def is_older(self) -> bool:
        """Whether this program needs more than the database has."""
        return self.version < NEWEST

    @property
    def due(self) -> list[str]:
        """The versions that an upgrade would apply."""
        return [version for version in known() if version > self.version]

    def must_be_current(self, variable: str) -> None:
        """Return where this program may run on it.

        Newer tables are no reason to stop: versions add, so two versions of the program run side by side.

        Args:
            variable: that names the database.

        Raises:
            ConfigError: it is older, or says that programs of our version may not run on it any more.
        """
        if self.is_older:
            has = f"its tables are of version {self.version}" if self.version else "it has no tables of ours yet"
            raise ConfigError(f"{variable}: {has}, and this program needs {NEWEST}; run: {COMMAND}")
        self.must_allow_us(variable)

    def must_allow_us(self, variable: str) -> None:
        """Return where no newer version of the tables keeps this program out.

        Raises:
            ConfigError: one does.
        """
        if self.needs > NEWEST:
            raise ConfigError(
                f"{variable}: its tables are of version {self.version}, on which only programs that know {self.needs} "
                f"may run, and this one knows {NEWEST}; start the newer Frontdesk"
            )
