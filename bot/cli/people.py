"""`frontdesk people`: exports what is stored of a person, or forgets them, on their request."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.app.settings import Settings, load_settings
from bot.domain.people import Receipt

FINDING = 1

people = typer.Typer(help="What is stored of a person: export it, or forget it.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="PERSON", help="Their Slack id, Zendesk id, customer id or e-mail address.")
]


@people.command("export")
def export_person(
    person: Name,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there (mode 0600).")] = None,
) -> None:
    """Print everything that is stored of a person as JSON; exits 1 where nobody is known by that name."""
    found = asyncio.run(_export(load_settings(), person))
    if found is None:
        raise typer.Exit(_nobody(person))
    text = json.dumps(found, ensure_ascii=False, indent=2, default=str)
    if out is None:
        typer.echo(text)
        return
    out.touch(mode=0o600)
    out.write_text(f"{text}\n", "utf-8")
    typer.echo(f"written to {out}")


async def _export(settings: Settings, name: str) -> dict[str, Any] | None:
    from bot.app.people import open_people  # the database's library: for no other command's start

    async with open_people(settings) as office:
        found = await office.find(name)
        return await office.export(found) if found else None


@people.command("forget")
def forget_person(person: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Forget a person in every place of ours, for good; exits 1 where nobody is known by that name.

    Conversations they wrote in, and what is kept under their names, go, also while workers run; rows of money and audit
    events stay without their names, so that what is counted stays. The receipt says what stays elsewhere.
    """
    receipt = asyncio.run(_forget(load_settings(), person, yes=yes))
    if receipt is None:
        raise typer.Exit(_nobody(person))
    for place, count in receipt.done.items():
        typer.echo(f"{count:>6}  {place}")
    typer.echo("What stays elsewhere:")
    for line in receipt.stays:
        typer.echo(f"- {line}")


async def _forget(settings: Settings, name: str, *, yes: bool) -> Receipt | None:
    from bot.app.people import open_people

    async with open_people(settings) as office:
        found = await office.find(name)
        if found is None:
            return None
        if not yes:
            names = ", ".join(sorted({*found.person.authors, *found.person.customers, *found.person.addresses}))
            count = len(found.conversations)
            typer.echo(f"{names}: {count} conversation{'' if count == 1 else 's'}")
            typer.confirm("Forget this person for good?", abort=True)
        return await office.forget(found)


def _nobody(name: str) -> int:
    typer.echo(f"nobody is known as {name}", err=True)
    return FINDING
