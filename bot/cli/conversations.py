"""`frontdesk conversations`: list, show, close, retry, export and delete, also while workers run."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

import typer

from bot.app.settings import Settings, load_settings
from bot.domain.conversation import Owner
from bot.domain.events import Author, CloseOrdered
from bot.domain.ids import AuthorId, ConversationId
from bot.store.admin.export import delete, export
from bot.store.queue.dead_letters import DeadLetters, Revived, retry
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.records.conversations import Conversations
from bot.store.records.review_entries import ReviewEntries
from bot.store.redis import Client, Scripts

FINDING = 1
CLOSE_SECONDS = 10.0
LOOK_SECONDS = 0.1

conversations = typer.Typer(help="Look at conversations and dead letters, and act on them.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, as `list` shows it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@dataclass(frozen=True)
class StoreSession:
    """The store as the commands work with it."""

    client: Client
    scripts: Scripts
    due: DueQueue
    conversations: Conversations
    inbox: Inbox
    ttl: int


@asynccontextmanager
async def open_counter(settings: Settings) -> AsyncIterator[StoreSession]:
    """Yield the store, `REDIS_URL`'s or the embedded one.

    Raises:
        ConfigError: it does not answer, or cannot be started.
    """
    from bot.app.store import WallClock, open_store

    async with open_store(settings) as client:
        scripts = Scripts(client)
        ttl = settings.session_seconds
        due = DueQueue(scripts, debounce=settings.frontdesk_debounce_seconds)
        inbox = Inbox(scripts, due, ttl=ttl, debounce=0)
        yield StoreSession(client, scripts, due, Conversations(scripts, WallClock()), inbox, ttl)


@conversations.command("close")
def close_conversation(conversation: Id) -> None:
    """Close a conversation that no human has: its ticket is solved. It goes on when the customer writes.

    A worker does it, in turn with what it has to do there; without one it is done when the next one starts.
    """
    _end(asyncio.run(_close(load_settings(), conversation)))


async def _close(settings: Settings, name: str) -> bool:
    async with open_counter(settings) as counter:
        view = await counter.conversations.read(name)
        if view is None:
            return _missing(name)
        owner = view.conversation.owner
        if owner is Owner.IDLE_CLOSED:
            typer.echo(f"{name} is closed already")
            return True
        if owner in {Owner.HUMAN, Owner.OFF}:
            what = (
                "a human has it: solve its ticket" if owner is Owner.HUMAN else "the bot is switched off there by tag"
            )
            typer.echo(f"{name} is not closed: {what}", err=True)
            return False
        closed = ConversationId(name)
        operator = Author(AuthorId("operator"))
        order = CloseOrdered(id=f"close:{uuid4().hex}", conversation=closed, author=operator, surface=closed.origin)
        await counter.inbox.accept(order, joined_only=True, at_once=True)
        return await _closed(counter, name)


async def _closed(counter: StoreSession, name: str) -> bool:
    """Wait a little for a worker; return False when it found that a human has the conversation."""
    loop = asyncio.get_running_loop()
    end = loop.time() + CLOSE_SECONDS
    while loop.time() < end:
        view = await counter.conversations.read(name)
        if view is None or view.conversation.owner is Owner.IDLE_CLOSED:
            typer.echo(f"{name} is closed")
            return True
        if not view.waiting:
            typer.echo(f"{name} is not closed: a human has taken it meanwhile", err=True)
            return False
        await asyncio.sleep(LOOK_SECONDS)
    typer.echo(f"{name} will be closed as soon as a worker gets to it")
    return True


@conversations.command("export")
def export_conversation(conversation: Id) -> None:
    """Print everything that is stored of a conversation as JSON, its dead letters included."""
    _end(asyncio.run(_export(load_settings(), conversation)))


async def _export(settings: Settings, name: str) -> bool:
    async with open_counter(settings) as counter:
        found = await export(counter.client, name)
    if found is None:
        return _missing(name)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    return True


@conversations.command("delete")
def delete_conversation(
    name: Annotated[str, typer.Argument(metavar="ID", help="A conversation's id, or a dead letter's.")] = "",
    dead: Annotated[bool, typer.Option("--dead", help="All dead letters instead, and no conversation.")] = False,
    yes: Yes = False,
) -> None:
    """Delete everything that is stored of a conversation (or one dead letter, or all of them). There is no way back.

    Transcript, state, journal, audit, dead letters and the link to its ticket go. The ticket itself and the Slack
    thread belong to their vendors and stay; ids of messages stay for a day, so that late deliveries begin nothing anew.
    """
    if dead == bool(name):
        raise typer.BadParameter("name what to delete: an ID, or --dead for all dead letters")
    settings = load_settings()
    if not yes:
        typer.confirm(f"Delete {name or 'all dead letters'} for good?", abort=True)
    _end(asyncio.run(_delete(settings, name)))


async def _delete(settings: Settings, name: str) -> bool:
    # A database's library: not for the other commands.
    from bot.app.figures import counts_kept
    from bot.app.gaps import forget_conversation
    from bot.desk.loading.desk import load_rules

    async with open_counter(settings) as counter:
        if ":" not in name:
            letters = DeadLetters(counter.client)
            dropped = await letters.drop(await letters.find(name))
            typer.echo(f"{dropped} dead letter{'' if dropped == 1 else 's'} deleted")
            return bool(dropped or not name)
        # In this order: what is deleted here is not found a second time, should the database be away.
        left = await forget_conversation(settings, name)
        left += await ReviewEntries(counter.client, settings.frontdesk_retention_days).forget(name)
        async with counts_kept(settings, counter.scripts, load_rules(settings.frontdesk_desk).policy, [name]):
            is_deleted = await delete(counter.scripts, counter.conversations, name)
        if not (is_deleted or left):
            return _missing(name)
    typer.echo(f"{name} is deleted")
    return True


@conversations.command("retry")
def retry_letters(
    name: Annotated[str, typer.Argument(metavar="ID", help="A conversation's id, or a dead letter's.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
) -> None:
    """Try dead letters again: a turn is answered after all, an effect is delivered unless it turns out that it was.

    A turn whose conversation a human has taken meanwhile is not answered: its words are with them already.
    """
    if everything == bool(name):
        raise typer.BadParameter("name what to try again: an ID, or --all")
    _end(asyncio.run(_retry(load_settings(), name)))


async def _retry(settings: Settings, name: str) -> bool:
    async with open_counter(settings) as counter:
        found = gone = 0
        async for letter, result in retry(counter.scripts, counter.due, name, ttl=counter.ttl):
            found += 1
            if result is Revived.NO_CONVERSATION:
                gone += 1
                typer.echo(f"{letter.id}: there is no conversation {letter.conversation} any more", err=True)
            else:
                typer.echo(f"{letter.id}: {letter.kind} of {letter.conversation} is tried again")
    if not found and name:
        typer.echo(f"no dead letter of {name}", err=True)
    return not gone and bool(found or not name)


def _missing(name: str) -> bool:
    typer.echo(f"no conversation {name}", err=True)
    return False


def _end(well: bool) -> None:
    if not well:
        raise typer.Exit(FINDING)
