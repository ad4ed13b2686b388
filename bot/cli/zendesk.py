"""The subcommand `frontdesk zendesk`: sets an account up, and takes out again what that put in."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.app.settings import settings_of

FINDING = 1

zendesk = typer.Typer(help="Set a Zendesk account up for Frontdesk.", no_args_is_help=True)


@zendesk.command()
def setup(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every change, and make none.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take out what a setup put in, and nothing else.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer every question with yes.")] = False,
    env_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the webhook's signing secret here (mode 0600).")
    ] = None,
    show_secret: Annotated[bool, typer.Option("--show-secret", help="Print the webhook's signing secret.")] = False,
) -> None:
    """Make or repair the webhook, trigger exclusions, macros, views and groups; every change is shown first."""
    from bot.app.account_settings import SetupSettings
    from bot.cli.zendesk_setup import Wish, run_setup

    settings = settings_of(SetupSettings)
    wish = Wish(dry_run=dry_run, remove=remove, yes=yes, env_file=env_file, show_secret=show_secret)
    if not asyncio.run(run_setup(settings, wish)):
        raise typer.Exit(FINDING)


@zendesk.command("try")
def try_out(
    seconds: Annotated[float, typer.Option(help="How long each hop may take.", min=1, max=600)] = 60,
) -> None:
    """Send a test ticket through the real account and this Frontdesk, show each hop, and remove it."""
    from bot.app.account_settings import AccountSettings
    from bot.cli.zendesk_try import run_trial

    if not asyncio.run(run_trial(settings_of(AccountSettings), seconds)):
        raise typer.Exit(FINDING)
