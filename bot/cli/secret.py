"""The subcommand `frontdesk secret`: makes keys."""

import typer

from bot.domain.secret_keys import new_key

secret = typer.Typer(help="Make keys.", no_args_is_help=True)


@secret.callback()
def options() -> None:
    """Make keys."""


@secret.command()
def new() -> None:
    """Print a key for FRONTDESK_SECRET_KEY, which encrypts the stored tokens of Slack workspaces; nothing is kept."""
    typer.echo(new_key())
