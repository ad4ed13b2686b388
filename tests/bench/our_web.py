"""Our web process as `frontdesk web` wires it, on an embedded Redis under the folder named by the argument."""

import logging
import sys
from pathlib import Path

import uvloop

from bot import log
from bot.app import open_engine
from bot.config import Settings
from bot.serving import serving, until_signalled
from bot.web import create_app
from tests.bench.slack_lines import SECRET


async def main() -> None:
    """Serve until told to stop."""
    settings = Settings(
        _env_file=None,
        frontdesk_data_dir=Path(sys.argv[1]),
        frontdesk_model="offline",
        slack_bot_token="xoxb-bench",
        slack_signing_secret=SECRET,
    )
    async with open_engine(settings) as engine, serving(create_app(engine), "127.0.0.1", 0) as url:
        print(url, flush=True)
        await until_signalled()


if __name__ == "__main__":
    log.set_up()
    logging.getLogger().setLevel(logging.WARNING)
    uvloop.run(main())
