"""`frontdesk brake`: holds every public answer of every worker back within five seconds, and lets them out again."""

import asyncio
import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.app.settings import load_settings

if TYPE_CHECKING:
    from bot.app.settings import Settings
    from bot.store.admin.brake import Braked

brake = typer.Typer(help="Hold every public answer back, or let them out again.", no_args_is_help=True)

BECOMES = {
    "draft": "every public answer becomes a draft",
    "silent": "nothing is answered",
}
GOES_ON = "Escalations and human agents' replies go on; so do drafts that somebody sends."


@brake.command("on")
def pull(
    mode: Annotated[
        Literal["draft", "silent"], typer.Option(help="What becomes of public answers: drafts, or nothing at all.")
    ] = "draft",
) -> None:
    """Hold back what any worker would say in public, within 5 seconds, until it is switched off again."""
    print(f"{_told(asyncio.run(_pull(load_settings(), mode)))}\n{GOES_ON}")


@brake.command("off")
def release() -> None:
    """Let answers out again, as far as the desk's `autonomy` allows; what is a draft stays one."""
    asyncio.run(_release(load_settings()))
    print(_told(None))


@brake.command("status")
def status() -> None:
    """Show whether the brake is on, since when, and who pulled it."""
    print(_told(asyncio.run(_read(load_settings()))))


async def _pull(settings: "Settings", mode: str) -> "Braked":
    from bot.app.store import WallClock, open_store
    from bot.domain.autonomy import Mode
    from bot.store.admin.brake import BrakeSwitch

    async with open_store(settings) as client:
        return await BrakeSwitch(client).pull(Mode(mode), _operator(), WallClock().now())


async def _release(settings: "Settings") -> None:
    from bot.app.store import WallClock, open_store
    from bot.store.admin.brake import BrakeSwitch

    async with open_store(settings) as client:
        await BrakeSwitch(client).release(_operator(), WallClock().now())


async def _read(settings: "Settings") -> "Braked | None":
    from bot.app.store import open_store
    from bot.store.admin.brake import BrakeSwitch

    async with open_store(settings) as client:
        return await BrakeSwitch(client).read()


def _operator() -> str:
    """Return who types, for the audit; a container may know its user by number alone."""
    try:
        return f"command line: {getpass.getuser()}"
    except (KeyError, OSError):
        return "command line"


def _told(braked: "Braked | None") -> str:
    if braked is None:
        return "off: the desk's `autonomy` decides"
    since = datetime.fromtimestamp(braked.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    by = f" by {braked.by}" if braked.by else ""
    return f"on ({braked.mode}): {BECOMES[braked.mode]}; since {since}{by}"
