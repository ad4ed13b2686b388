"""`frontdesk gaps`: what customers asked and nobody could answer, and the draft of an article about it."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.app.settings import load_settings

if TYPE_CHECKING:
    from bot.app.gaps import OpenGaps
    from bot.app.settings import Settings

FINDING = 1
NONE = "Nothing is known to be missing."


def gaps(
    as_json: Annotated[bool, typer.Option("--json", help="For another program, with every question.")] = False,
    draft_article: Annotated[
        str, typer.Option(metavar="ID", help="Write the draft of an article about this gap; nobody reads it yet.")
    ] = "",
) -> None:
    """List what customers asked and nobody could answer: searches without an article, escalations, changed drafts.

    A line a gap, the most frequent first, its id in front; words are masked.
    """
    settings = load_settings()
    if draft_article and not asyncio.run(_draft(settings, draft_article)):
        raise typer.Exit(FINDING)
    if not draft_article:
        asyncio.run(_list(settings, as_json=as_json))


async def _list(settings: "Settings", *, as_json: bool) -> None:
    from bot.app.gaps import open_gaps
    from bot.gaps.lines import as_json as whole
    from bot.gaps.lines import lines

    async with open_gaps(settings) as opened:
        found, contradictions = await opened.store.gaps(), await opened.contradictions()
    if as_json:
        typer.echo(whole(found, contradictions))
        return
    for line in lines(found, contradictions):
        typer.echo(line)
    if not found and not contradictions:
        typer.echo(NONE, err=True)


async def _draft(settings: "Settings", name: str) -> bool:
    from bot.app.gaps import open_gaps

    async with open_gaps(settings) as opened:
        return await _drafted(settings, opened, name)


async def _drafted(settings: "Settings", opened: "OpenGaps", name: str) -> bool:
    from bot.app.article_drafts import write_draft

    gap = await opened.store.gap(name)
    if gap is None:
        typer.echo(f"no gap {name}", err=True)
        return False
    if not gap.questions:
        typer.echo(f"{name}: what was asked has expired, so nothing can be drafted from it", err=True)
        return False
    place, why = await write_draft(settings, opened.desk, gap)
    await opened.store.drafted(gap.id, place, opened.now)
    if why:
        typer.echo(f"Written as a file: {why}.", err=True)
    typer.echo(f"{gap.id}  {place}")
    typer.echo("Nobody reads it before a person has checked and published it.", err=True)
    return True
