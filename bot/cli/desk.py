"""`frontdesk desk`: write, check and look up a desk, the folder with everything of one company."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.program import as_typed

if TYPE_CHECKING:
    from bot.desk.loading.desk import Desk

FINDING = 1

desk = typer.Typer(help="Work on a desk: everything that belongs to one company.", no_args_is_help=True)


@desk.command("new")
def new_desk(directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")]) -> None:
    """Write a small desk that works, with comments, to be changed into your own."""
    from bot.desk.loading.scaffold import new_desk as write

    for path in write(directory):
        print(path)
    print(as_typed(f"\nNext: frontdesk desk check {directory}, then FRONTDESK_DESK={directory} frontdesk demo"))


@desk.command("check")
def check_desk(directory: Annotated[str, typer.Argument(metavar="DIR", help="The desk's folder.")]) -> None:
    """Check a desk and explain every mistake with file and line."""
    from bot.desk.cases import read_cases
    from bot.desk.loading.desk import desk_folder
    from bot.desk.loading.loader import read_desk

    folder = desk_folder(directory, "DIR")
    found, mistakes = read_desk(folder)
    cases, wrong = read_cases(found) if found else ([], [])
    mistakes += wrong
    for mistake in mistakes:
        print(as_typed(str(mistake)))
    if found is None or mistakes:
        raise typer.Exit(FINDING)
    if broken := asyncio.run(_look_closer(found)):
        print("\n".join(broken))
        raise typer.Exit(FINDING)
    served = f" and {len(found.served)} of MCP servers" if found.served else ""
    tools = f"{len(found.tools)} tools{served}"
    print(f"ok    {found.id}: {len(found.specialists)} specialists, {tools}, {len(cases)} cases")


@desk.command("reference")
def reference(
    *, schema: Annotated[bool, typer.Option("--schema", help="The JSON Schema of desk.yml, for editors.")] = False
) -> None:
    """Print every key of a desk's files: what may stand there, what leaving it out means, and an example."""
    from bot.desk.loading.scaffold import schema_text
    from bot.desk.reference.page import reference as page

    print(schema_text() if schema else page(), end="")


async def _look_closer(desk: "Desk") -> list[str]:
    """Return what a start does not look for, and what is wrong with the MCP servers, each with its place."""
    from bot.app.desk_runtime import mistakes_of_servers, open_servers
    from bot.app.environment import variables
    from bot.app.store import WallClock
    from bot.desk.loading.scrutiny import doubts, seeding

    found = [*doubts(desk, variables), *await seeding(desk, WallClock())]
    if not desk.policy.mcp_servers:
        return [str(mistake) for mistake in found]
    async with AsyncExitStack() as stack:
        servers = open_servers(desk)
        stack.push_async_callback(servers.close)
        return [str(mistake) for mistake in (*found, *[one for one, _ in await mistakes_of_servers(desk, servers)])]
