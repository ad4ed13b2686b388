"""The periodic tasks that run beside the worker, in one table.

What one process does for all is said in one way: `bot/store/records/cursors.py` gives it the round, the others skip it.
What belongs to one desk, its help center and its embeddings, begins and ends with it: `desk_runtime.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.app.container import Engine
from bot.app.slack_inbox import slack_intake
from bot.runtime import duplicate_sweep, reconcile
from bot.runtime.duplicate_sweep import tidy
from bot.runtime.periodic import Work, repeat
from bot.runtime.reconcile import Reconciler, Sides
from bot.store.admin.overview import look_over
from bot.store.queue import sweeper
from bot.store.queue.sweeper import Sweeper
from bot.store.records import audit_log
from bot.store.records.audit_log import copy_round
from bot.store.records.cursors import EXPORT, THREADS, Cursors, take_round
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.redis import Scripts
from bot.store.tasks import end
from integrations.slack.inbound.conversation_resolver import ConversationResolver
from integrations.slack.inbound.parse import SlackMessage
from integrations.slack.outbound.channel import SlackChannel
from integrations.zendesk.inbound.intake import ZendeskIntake
from integrations.zendesk.inbound.parse import Hint


@dataclass(frozen=True)
class PeriodicTask:
    """Work that is done again and again.

    Args:
        name: under which one process takes a round, and as the log knows it.
        seconds: between two rounds.
        work_of: returns one round's work with an engine, None where it has nothing to work on.
        one_of_all: whether of all processes one does a round; where not, each does what it takes for itself.
    """

    name: str
    seconds: float
    work_of: Callable[[Engine], Awaitable[Work | None]]
    one_of_all: bool = True


async def _sweep(engine: Engine) -> Work:
    return Sweeper(engine.client, engine.due).sweep


async def _copy_audit(engine: Engine) -> Work:
    return partial(copy_round, Scripts(engine.client))


async def _tidy(engine: Engine) -> Work | None:
    chat = engine.chat
    if chat is None:
        return None
    doubts = DuplicateChecks(Scripts(engine.client))
    return lambda _: tidy(doubts, chat, engine.clock)


async def _reconcile_tickets(engine: Engine) -> Work | None:
    reconciler = await reconciler_of(engine)
    return (lambda _: reconciler.tickets()) if engine.helpdesk else None


async def _reconcile_threads(engine: Engine) -> Work | None:
    reconciler = await reconciler_of(engine)
    return (lambda _: reconciler.threads()) if engine.chat else None


UPKEEP: tuple[PeriodicTask, ...] = (
    PeriodicTask("sweep", sweeper.EVERY_SECONDS, _sweep),
    PeriodicTask("audit", audit_log.EVERY_SECONDS, _copy_audit),
    PeriodicTask("tidy", duplicate_sweep.EVERY_SECONDS, _tidy, one_of_all=False),
)
"""What keeps the own store, and what stands in Slack twice, in order."""

PERIODIC: tuple[PeriodicTask, ...] = (
    *UPKEEP,
    PeriodicTask(EXPORT, reconcile.TICKETS_SECONDS, _reconcile_tickets),
    PeriodicTask(THREADS, reconcile.THREADS_SECONDS, _reconcile_threads),
)
"""All of it: the last two look for what the vendors' deliveries did not bring."""


@asynccontextmanager
async def background(engine: Engine, tasks: Sequence[PeriodicTask] = PERIODIC) -> AsyncIterator[None]:
    """Run the periodic tasks while the body runs.

    Raises:
        TemporaryFailure: the store is down at the start.
    """
    take = partial(take_round, engine.client)
    async with AsyncExitStack() as stack:
        for task in tasks:
            work = await task.work_of(engine)
            if work is None:
                continue
            rounds = repeat(task.name, task.seconds, work, take if task.one_of_all else None)
            stack.push_async_callback(end, asyncio.create_task(rounds, name=task.name))
        yield


async def reconciler_of(engine: Engine) -> Reconciler:
    """Return what compares the vendors that are connected with what arrived.

    Raises:
        TemporaryFailure: the store is down.
    """
    settings, chat, helpdesk = engine.settings, engine.chat, engine.helpdesk
    connected = await engine.conversations.connected(f"zendesk:{settings.zendesk_url}") if helpdesk else 0.0
    sides = Sides(
        tickets=helpdesk,
        hint=partial(_hint, ZendeskIntake(engine.inbox, engine.conversations)) if helpdesk else None,
        hear=partial(_hear, engine, chat, slack_intake(engine)) if chat else None,
        look=partial(look_over, Scripts(engine.client)),
        connected=connected,
    )
    marks = Cursors(engine.client, ttl=settings.session_seconds)
    return Reconciler(sides, engine.conversations, marks, engine.clock)


async def _hear(engine: Engine, chat: SlackChannel, intake: ConversationResolver, place: str, since: float) -> int:
    lines = [line for line in await chat.lines_since(place, since) if not await _is_known(engine, line)]
    for line in lines:
        await intake.line(line)
    return len(lines)


async def _is_known(engine: Engine, line: SlackMessage) -> bool:
    """Whether the line was accepted; a DM's line may have joined the thread of the one before it."""
    joined = "" if line.thread_ts else await engine.threads.joined(line.team, line.channel, line.ts)
    return await engine.conversations.has_accepted(joined or line.conversation, line.message_id)


async def _hint(intake: ZendeskIntake, ticket_id: str, news: str) -> None:
    await intake(Hint(ticket_id, "changed", news))
