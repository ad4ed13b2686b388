"""`python -m bot.desk.database URL`: brings the tables of a file up to date for a process that loads no library."""

import asyncio
import sys

from bot.desk.database.database import Database
from bot.domain.errors import ConfigError


async def main(url: str) -> None:
    """Upgrade.

    Raises:
        ConfigError: it cannot be done.
    """
    database = await Database.reached(url)
    try:
        await database.upgrade()
    finally:
        await database.close()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except ConfigError as error:
        sys.exit(str(error))
