"""Runs the reconciler beside the worker: it finds what no event or webhook delivered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from bot.app.container import Engine
from bot.app.slack_inbox import slack_intake
from bot.runtime.reconcile import Reconciler, Sides
from bot.store.admin.overview import look_over
from bot.store.records.cursors import Cursors
from bot.store.redis import Scripts
from bot.store.tasks import end
from integrations.slack.inbound.conversation_resolver import ConversationResolver
from integrations.slack.inbound.parse import SlackMessage
from integrations.slack.outbound.channel import SlackChannel
from integrations.zendesk.inbound.intake import ZendeskIntake
from integrations.zendesk.inbound.parse import Hint


@asynccontextmanager
async def reconciling(engine: Engine) -> AsyncIterator[None]:
    """Look for what the vendors' deliveries did not bring, while the body runs."""
    looking = asyncio.create_task((await reconciler_of(engine)).run())
    try:
        yield
    finally:
        await end(looking)


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
