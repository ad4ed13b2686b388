"""`frontdesk figures`: whether it helps, as a table, as JSON or as CSV; and counts anew."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from bot.app.settings import Settings, load_settings
from bot.figures.report import By, NoSuchPeriod, Period, Report

if TYPE_CHECKING:
    from bot.app.figures import OwnFigures


def figures(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day; 6 days before the last.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day; today.")] = "",
    by: Annotated[By, typer.Option(help="What the rows stand for.")] = "day",
    as_json: Annotated[bool, typer.Option("--json", help="For another program.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Count anew what the audit still tells, first.")] = False,
) -> None:
    """Show the figures of the last 7 days, or of other ones, beside those of as many days before."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv do not go together")
    from bot.figures import writing

    report = asyncio.run(_read(load_settings(), (first, last), by, rebuild=rebuild))
    if as_json:
        print(json.dumps(writing.as_json(report), indent=2))
    elif as_csv:
        print(writing.as_csv(report), end="")
    else:
        print(writing.as_text(report))


async def _read(settings: Settings, dates: tuple[str, str], by: By, *, rebuild: bool) -> Report:
    """Return the report, with everything that has happened until now."""
    async with AsyncExitStack() as stack:
        opened = await _opened(settings, stack)
        try:
            period = Period.of(*dates, opened.usual().last)
        except NoSuchPeriod as error:
            raise typer.BadParameter(str(error)) from error
        writer = opened.writer()
        await (writer.rebuild() if rebuild else writer.catch_up())
        return await opened.report(period, by)


async def _opened(settings: Settings, stack: AsyncExitStack) -> "OwnFigures":
    from bot.app.database_look import DatabaseLook, database_url
    from bot.app.figures import OwnFigures
    from bot.app.store import WallClock, open_store
    from bot.desk.loading.desk import load_rules
    from bot.store.records.audit_log import copy_all
    from bot.store.redis import Scripts

    desk = load_rules(settings.frontdesk_desk)
    look = DatabaseLook(database_url(settings))
    stack.push_async_callback(look.close)
    await look.connect()
    client = await stack.enter_async_context(open_store(settings))
    await copy_all(Scripts(client))
    found = OwnFigures(settings, client, WallClock(), lambda: desk.policy)
    stack.push_async_callback(found.close)
    return found
