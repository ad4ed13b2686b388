"""The composition root: builds clients, ports and worker from the settings and wires them into an `Engine`."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from bot.app.desk_runtime import DeskRuntime, TurnFactory, open_desk
from bot.app.settings import Settings
from bot.app.store import WallClock, away, open_store
from bot.delivery.direct_message import DirectMessages
from bot.delivery.dispatcher import Delivery
from bot.delivery.one_time_codes import OneTimeCodes
from bot.delivery.preview import LivePreview, NoPreview
from bot.desk.database import Database
from bot.desk.loading.loader import Desk, load_desk
from bot.domain.errors import ConfigError, RemoteError, TemporaryFailure
from bot.domain.events import InboundMessage, Origin, origin_of
from bot.domain.ports import Audience, Clock, HelpDesk, Preview, RateLimiter
from bot.runtime.active_desk import AtWork, DeskAtWork
from bot.runtime.worker import Worker, WorkerDeps
from bot.store.admin.tenancy import SLACK, ZENDESK, must_be_theirs
from bot.store.limits.customer_rate import CodeRate, MessageRate
from bot.store.limits.model_budget import SpendingCounters
from bot.store.limits.open_conversations import Matters
from bot.store.limits.vendor_rate import VendorRate
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Held, Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.conversations import Conversations
from bot.store.records.customer_history import CustomerHistory
from bot.store.records.dm_threads import DmThreads
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.records.run_journal import TurnJournal
from bot.store.records.stuck_effects import Stuck
from bot.store.redis import Client, Scripts
from bot.store.tasks import end
from bot.turn.context import batch_of
from integrations.mail import SmtpMail
from integrations.models import ModelClients as ModelsOfDesk
from integrations.models import create_models
from integrations.models.judge import Judge, judge_by
from integrations.slack.api.client import SlackSettings
from integrations.slack.outbound.channel import SlackChannel

if TYPE_CHECKING:
    from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk

LOOK_SECONDS = 3.0
"""For which a start waits for Slack to say whose token it is."""
NEWEST_ITEMS = 200
"""Session entries a turn reads."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Engine:
    """Everything that runs, wired.

    Args:
        takes_turns: whether the worker of this process runs.
        at_work: the desk that is at work.
        put_to_work: opens another desk and makes everything that works with it; it takes no place yet.
    """

    settings: Settings
    client: Client
    at_work: AtWork
    inbox: Inbox
    threads: DmThreads
    conversations: Conversations
    due: DueQueue
    rate: MessageRate
    clock: Clock
    worker: Worker
    chat: SlackChannel | None
    helpdesk: "ZendeskHelpDesk | None"
    put_to_work: Callable[[Desk], Awaitable[DeskAtWork]]
    takes_turns: bool = True

    @property
    def desk(self) -> Desk:
        """The desk that is at work."""
        return self.at_work.desk

    @property
    def data(self) -> Database:
        """Its data."""
        return self.at_work.data


@asynccontextmanager
async def open_engine(
    settings: Settings,
    *,
    concurrency: int = 200,
    takes_turns: bool = True,
    alone: str = "",
    clock: Clock | None = None,
    tickets: HelpDesk | None = None,
) -> AsyncIterator[Engine]:
    """Yield the wired engine; everything it opened is closed at the end.

    Args:
        takes_turns: whether its worker will run; a process that only accepts needs no router.
        alone: name under which this process works on nothing but what itself accepts, and nobody else on that.
        clock: another time than the machine's.
        tickets: stands in for Zendesk where none is connected.

    Raises:
        ConfigError: the environment or the desk cannot work.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_store(settings))
        clock = clock or WallClock()
        desk = load_desk(settings.frontdesk_desk)
        pacing = VendorRate(Scripts(client))
        chat, helpdesk = open_slack(settings, clock, pacing), open_zendesk(settings, clock, pacing)
        for port in (chat, helpdesk):
            if port:
                stack.push_async_callback(port.close)
        if settings.has_zendesk:
            await must_be_theirs(client, ZENDESK, settings.zendesk_url.lower(), "ZENDESK_URL")
        is_known = chat is None or await _is_our_workspace(client, chat)
        models = open_models(settings)
        stack.push_async_callback(models.close)
        opening = partial(open_desk, settings, clock=clock, articles=helpdesk, takes_turns=takes_turns)
        try:
            engine = await _wire(
                settings, client, desk, opening, clock, chat, helpdesk, tickets or helpdesk, models, concurrency, alone
            )
        except TemporaryFailure as error:  # it answered a moment ago, or a part of it does not
            raise away(error) from error
        engine = replace(engine, takes_turns=takes_turns)
        stack.push_async_callback(engine.at_work.close)
        if chat and not is_known:
            stack.push_async_callback(end, asyncio.create_task(_keep_asking(client, chat, engine.worker)))
        yield engine


async def _is_our_workspace(client: Client, chat: SlackChannel) -> bool:
    """Return whether the store may hold the token's workspace, False while Slack does not say which one that is.

    Raises:
        ConfigError: it holds another one's conversations.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            me = await chat.whoami()
    except (RemoteError, TimeoutError) as error:
        log.warning("slack.unknown_workspace", error=type(error).__name__)
        return False
    await must_be_theirs(client, SLACK, me.team, "SLACK_BOT_TOKEN")
    return True


async def _keep_asking(client: Client, chat: SlackChannel, worker: Worker) -> None:
    """Ask until Slack says whose token it is; a worker that would mix two workspaces takes no turn any more."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if await _is_our_workspace(client, chat):
                return
        except TemporaryFailure:
            continue
        except ConfigError as error:
            log.error("slack.other_workspace", why=str(error), then="this process takes no turn any more")  # noqa: TRY400
            worker.stop()
            return


async def _wire(
    settings: Settings,
    client: Client,
    desk: Desk,
    opening: Callable[[Desk], AbstractAsyncContextManager[DeskRuntime]],
    clock: Clock,
    chat: SlackChannel | None,
    helpdesk: "ZendeskHelpDesk | None",
    tickets: HelpDesk | None,
    models: ModelsOfDesk,
    concurrency: int,
    alone: str,
) -> Engine:
    scripts = Scripts(client)
    ttl = settings.session_seconds
    due = DueQueue(scripts, debounce=settings.frontdesk_debounce_seconds, alone=alone)
    inbox = Inbox(scripts, due, ttl=ttl, debounce=settings.frontdesk_debounce_seconds)
    conversations = Conversations(scripts, clock)
    leases = Leases(
        scripts,
        due,
        clock,
        owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
        seconds=settings.frontdesk_lease_seconds,
        hold=settings.frontdesk_redelivery_seconds,
        newest=NEWEST_ITEMS,
    )
    outbox = Outbox(scripts, ttl=ttl)
    connected = await conversations.connected(f"zendesk:{settings.zendesk_url}") if helpdesk else 0.0
    mail = open_mail(settings)
    visits = CustomerHistory(client, conversations, ttl=ttl)
    code_rate = CodeRate(client, clock)
    turns = TurnFactory(
        settings,
        models,
        chat,
        connected,
        tickets is not None,
        bool(mail or tickets),
        visits,
        clock,
        code_rate,
        Matters(client),
    )

    def spending_of(desk: Desk) -> SpendingCounters:
        return SpendingCounters(scripts, desk.id, desk.policy.spending.caps, clock, ttl=ttl)

    async def put_to_work(desk: Desk) -> DeskAtWork:
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(opening(desk))
            turn = turns.with_desk(opened)
            return DeskAtWork(desk, opened.data, turn, spending_of(desk), stack.pop_all().aclose)

    at_work = AtWork(await put_to_work(desk))

    def codes() -> OneTimeCodes:
        policy = at_work.policy
        return OneTimeCodes(policy.name, policy.default_group, code_rate, clock, mail=mail, helpdesk=tickets)

    rate = MessageRate(client)
    dead_letters = DeadLetters(client)
    desktop = WorkerDeps(
        due=due,
        inbox=inbox,
        leases=leases,
        outbox=outbox,
        conversations=conversations,
        delivery=Delivery(
            outbox,
            conversations,
            dead_letters,
            leases.note,
            clock,
            chat=chat,
            helpdesk=tickets,
            codes=codes,
            directly=DirectMessages(chat, partial(inbox.accept, at_once=True)) if chat else None,
            doubts=DuplicateChecks(scripts),
            stuck=Stuck(client, clock),
            colleagues=settings.frontdesk_approvals_channel,
        ),
        at_work=at_work,
        dead_letters=dead_letters,
        rate=rate,
        clock=clock,
        journal=partial(TurnJournal, scripts, ttl=ttl),
        preview=Previews(chat, conversations, leases),
        helpdesk=tickets,
    )
    worker = Worker(
        desktop,
        concurrency=concurrency,
        hold=settings.frontdesk_redelivery_seconds,
        per_minute=settings.frontdesk_rate_per_minute,
    )
    return Engine(
        settings=settings,
        client=client,
        at_work=at_work,
        inbox=inbox,
        threads=DmThreads(scripts),
        conversations=conversations,
        due=due,
        rate=rate,
        clock=clock,
        worker=worker,
        chat=chat,
        helpdesk=helpdesk,
        put_to_work=put_to_work,
    )


def judge_of(settings: Settings) -> Judge | None:
    """Return what asks the small model about a conversation, None where only the rule model is there."""
    return judge_by(open_models(settings))


def open_models(settings: Settings) -> ModelsOfDesk:
    """Return the models that the settings name; no call is made."""
    return create_models(
        settings.frontdesk_model or "offline",
        settings.frontdesk_router_model,
        settings.openai_api_key.get_secret_value(),
        settings.openai_base_url,
        settings.frontdesk_model_api,
    )


def open_mail(settings: Settings) -> SmtpMail | None:
    """Return what sends mail, None where no server is named."""
    url = settings.frontdesk_smtp_url.get_secret_value()
    return SmtpMail(url, settings.frontdesk_mail_from, settings.call_seconds) if url else None


def open_slack(settings: Settings, clock: Clock, pacing: RateLimiter | None = None) -> SlackChannel | None:
    """Return the Slack side, None where no workspace is connected."""
    if not settings.has_slack:
        return None
    token = settings.slack_bot_token.get_secret_value()
    return SlackChannel(SlackSettings(token, settings.slack_api_url, settings.call_seconds), clock, pacing)


def open_zendesk(settings: Settings, clock: Clock, pacing: RateLimiter | None = None) -> "ZendeskHelpDesk | None":
    """Return the Zendesk side, None where no account is connected."""
    if not settings.has_zendesk:
        return None
    longest = settings.call_seconds * 0.9  # connecting and reading together stay under half the lease
    from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk, ZendeskSettings  # its library is nine megabytes

    return ZendeskHelpDesk(
        ZendeskSettings(
            url=settings.zendesk_url,
            client_id=settings.zendesk_client_id,
            client_secret=settings.zendesk_client_secret.get_secret_value(),
            email=settings.zendesk_email,
            api_token=settings.zendesk_api_token.get_secret_value(),
            timeout=(longest / 3, longest * 2 / 3),
        ),
        clock,
        pacing,
    )


class Previews:
    """Where a turn shows its answer while it is written: the thread, the listening post, or nowhere."""

    def __init__(self, chat: SlackChannel | None, audience: Audience, leases: Leases) -> None:
        self._chat = chat
        self._audience = audience
        self._leases = leases

    def __call__(self, held: Held, message: InboundMessage) -> Preview:
        surface = origin_of(held.id)
        if surface is Origin.SLACK and self._chat:
            # An attempt that died may have left a message: its answer takes that over instead of standing beside it.
            lost = f"lost:{held.clock}" if held.attempts > 1 else ""
            known = partial(self._leases.note, held, "preview")
            return self._chat.preview(held.conversation, message, held.preview or lost, known)
        if surface is Origin.CHAT:
            return LivePreview(self._audience, held.id, [line.id for line in batch_of(held.entries)])
        return NoPreview()
