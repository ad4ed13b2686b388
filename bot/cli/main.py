"""The command line. Exit codes: 0 done, 1 a finding, 2 misuse or missing configuration."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from importlib.metadata import version
from typing import Annotated, Any

import typer

from bot.app.server_stores import load_server_settings
from bot.app.settings import Settings, load_settings
from bot.cli.brake import brake
from bot.cli.conversations import conversations
from bot.cli.database import database
from bot.cli.desk import desk
from bot.cli.figures import figures
from bot.cli.flags import name_no_type
from bot.cli.gaps import gaps
from bot.cli.people import people
from bot.cli.plain_text import degrade_output
from bot.cli.program import as_typed, program
from bot.cli.secret import secret
from bot.cli.zendesk import zendesk
from bot.domain.errors import ConfigError, FrontdeskError, SignedOut
from bot.evals.options import evaluate
from bot.evals.replay.options import replay
from bot.imports import uncollected
from bot.telemetry import log

FINDING, MISUSE = 1, 2
FOR_PEOPLE = frozenset(
    {
        "brake",
        "chat",
        "db",
        "doctor",
        "conversations",
        "desk",
        "eval",
        "figures",
        "gaps",
        "people",
        "replay",
        "secret",
        "zendesk",
    }
)
"""Subcommands whose reader sits at the terminal."""

app = typer.Typer(
    name="frontdesk",
    help="An AI front desk that answers customers in Slack and Zendesk, and hands over to people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},  # its commands inherit them
)
app.add_typer(conversations, name="conversations")
app.add_typer(database, name="db")
app.add_typer(desk, name="desk")
app.add_typer(people, name="people")
app.add_typer(secret, name="secret")
app.add_typer(zendesk, name="zendesk")
app.add_typer(brake, name="brake")
app.command("eval")(evaluate)
app.command("replay")(replay)
app.command("figures")(figures)
app.command("gaps")(gaps)

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)]
ProbeHost = Annotated[str, typer.Option(help="Address of /healthz, /readyz and /metrics (FRONTDESK_METRICS_PORT).")]
Concurrency = Annotated[int, typer.Option(help="Conversations worked on at once.", min=1, max=10_000)]


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"frontdesk {version('frontdesk-bot')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  # answered before anything else is looked at
        bool, typer.Option("--version", help="Print the version and exit.", callback=_say_version, is_eager=True)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every step (never what customers write).")] = False,
) -> None:
    """Set up the log: servers tell what they do, commands for people only what is wrong."""
    speaks_to_person = context.invoked_subcommand in FOR_PEOPLE
    is_chat = context.invoked_subcommand == "chat"
    log.set_up(verbose=verbose, quiet=speaks_to_person and not verbose, tracebacks=is_chat)


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8080, concurrency: Concurrency = 200) -> None:
    """Run the web app and the worker in one process."""
    _serve(host, port, web=True, worker=True, concurrency=concurrency)


@app.command()
def web(host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Run the web app: what arrives is stored and acknowledged; a worker answers it."""
    _serve(host, port, web=True, worker=False, concurrency=1)


@app.command()
def worker(concurrency: Concurrency = 200, host: ProbeHost = "127.0.0.1") -> None:
    """Run a worker: it takes turns, and delivers what they decide."""
    _serve(host, 0, web=False, worker=True, concurrency=concurrency)


def _serve(host: str, port: int, *, web: bool, worker: bool, concurrency: int) -> None:
    with uncollected():
        from bot.app.processes import serve as main
        from bot.app.server import run

    run(main(load_server_settings(), host=host, port=port, web=web, worker=worker, concurrency=concurrency))


@app.command()
def demo(host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Run everything on this machine: simulated Slack and Zendesk, the bot, and a page to play on."""
    with uncollected():
        from bot.app.demo import demo as main
        from bot.app.server import run

    run(main(load_settings(), host=host, port=port))


@app.command()
def chat(
    customer: Annotated[str, typer.Option(help="Speak as this customer of the desk's data, such as cust_001.")] = "",
) -> None:
    """Talk to the desk in the terminal; `summary`, `reset` and `quit` are commands."""
    with uncollected():
        from bot.app.start_line import OFFLINE_CAN
        from bot.app.terminal_chat import open_chat
        from bot.cli.chat import Keyboard, converse

    async def talk(settings: Settings) -> None:
        async with open_chat(settings, customer) as opened:
            note = OFFLINE_CAN if settings.frontdesk_model in {"", "offline"} else ""
            await converse(opened, Keyboard(), note=note)

    with suppress(KeyboardInterrupt):
        asyncio.run(talk(load_settings()))


@app.command()
def doctor() -> None:
    """Check every token, scope, group, webhook, trigger, Redis setting and the model, and say how to mend each."""
    if asyncio.run(_examine(load_settings())):
        raise typer.Exit(FINDING)


async def _examine(settings: Settings) -> int:
    """Print the report; return the number of findings."""
    from bot.cli.doctor import looks_of, next_step
    from bot.cli.doctor_checks import examine

    findings = warnings = 0
    async with AsyncExitStack() as stack:
        async for line in examine(looks_of(settings, stack)):
            print(as_typed(str(line)), flush=True)
            findings += line.is_finding
            warnings += line.warns
    print(f"\n{_conclusion(findings, warnings)}\n{as_typed(next_step(settings, findings))}")
    return findings


def _conclusion(findings: int, warnings: int = 0) -> str:
    if not findings:
        return "All is well." if not warnings else f"All is well, with {_counted(warnings, 'warning')}."
    return f"{_counted(findings, 'finding')}."


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


@conversations.command("list")
def list_conversations(
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = 20,
    dead: Annotated[bool, typer.Option("--dead", help="Dead letters instead: turns and effects given up.")] = False,
) -> None:
    """List the newest conversations with their owner, or the newest dead letters."""
    asyncio.run(_list(load_settings(), limit, dead=dead))


async def _list(settings: Settings, limit: int, *, dead: bool) -> None:
    from bot.app.store import open_store
    from bot.cli.conversation_list import letters_table, table_of
    from bot.store.admin.overview import look_over
    from bot.store.queue.dead_letters import DeadLetters
    from bot.store.redis import Scripts

    async with open_store(settings) as client:
        if dead:
            table = letters_table(await DeadLetters(client).find(), limit)
        else:
            table = table_of(await look_over(Scripts(client), limit))
    print(table)


@conversations.command("show")
def show_conversation(
    conversation: Annotated[str, typer.Argument(help="Its id, as `list` shows it.")],
    words: Annotated[bool, typer.Option("--words", help="Also what was said.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For another program; never what was said.")] = False,
) -> None:
    """Show one conversation: where it stands, and its whole story, step by step."""
    if not asyncio.run(_show(load_settings(), conversation, words=words, as_json=as_json)):
        raise typer.Exit(FINDING)


async def _show(settings: Settings, conversation: str, *, words: bool, as_json: bool) -> bool:
    from bot.app.store import WallClock, open_store
    from bot.cli.audit_report import print_json, print_story
    from bot.store.records.audit_log import Audit
    from bot.store.records.conversations import Conversations
    from bot.store.redis import Scripts

    async with open_store(settings) as client:
        view = await Conversations(Scripts(client), WallClock()).read(conversation)
        events = await Audit(client).story(conversation)
    if view is None and not events:
        print(f"no conversation {conversation}", file=sys.stderr)
        return False
    if as_json:
        print_json(sys.stdout, conversation, view, events)
    else:
        print_story(sys.stdout, view, events, words=words)
    return True


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    degrade_output()
    command: Any = typer.main.get_command(app)
    name_no_type(command)
    try:
        command(args=arguments, prog_name=program())
    except ConfigError as error:
        print(f"frontdesk cannot start:\n{_indented(as_typed(str(error)))}", file=sys.stderr)
        sys.exit(MISUSE)
    except FrontdeskError as error:
        print(f"frontdesk: {as_typed(_told(error))}", file=sys.stderr)
        sys.exit(FINDING)


def _told(error: Exception) -> str:
    """Name what a failure is about: inside, the store's say only what kind of error it was, a vendor's what it said."""
    if isinstance(error, SignedOut):
        return f"{error}; the credentials are not taken: `frontdesk doctor` says which, and what to do"
    kind = str(error).removeprefix("store: ")
    if kind == str(error):
        return kind
    return f"REDIS_URL: the server answered no more ({kind}); try again once it does"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


if __name__ == "__main__":
    main()
