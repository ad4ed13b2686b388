"""Builds clients, ports and worker from the settings and wires them into an `Engine`: the composition root."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bot.app.connectors import CONNECTORS
from bot.app.desk_runtime import DeskRuntime, TurnFactory, open_desk
from bot.app.drafting import drafts_channel_of
from bot.app.figures import OwnFigures
from bot.app.reception import Ask, Doors, Reception, open_doors
from bot.app.settings import Settings
from bot.app.stand_ins import StandIns, open_whole_desk
from bot.app.store import away
from bot.delivery.braked import BrakedAnswers
from bot.delivery.direct_message import DirectMessages
from bot.delivery.dispatcher import Delivery
from bot.delivery.one_time_codes import OneTimeCodes
from bot.delivery.preview import Previews
from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock, HelpDesk
from bot.domain.ratings import RatingLinks
from bot.runtime.active_desk import AtWork, DeskAtWork
from bot.runtime.connectors import Connector
from bot.runtime.worker import Worker
from bot.runtime.worker_deps import WorkerDeps
from bot.store.admin.brake import BrakeSwitch, WatchedBrake
from bot.store.limits.customer_rate import CodeRate, MessageRate
from bot.store.limits.model_budget import SpendingCounters
from bot.store.limits.open_conversations import Matters
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.conversations import Conversations
from bot.store.records.customer_history import CustomerHistory
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.records.rating_key import rating_key
from bot.store.records.run_journal import TurnJournal
from bot.store.records.stuck_effects import Stuck
from bot.store.redis import Client, Scripts
from integrations.models import ModelClients as ModelsOfDesk
from integrations.models import create_models
from integrations.models.judge import Judge, judge_by

if TYPE_CHECKING:
    from integrations.mail import SmtpMail

NEWEST_ITEMS = 200
"""Session entries a turn reads."""


@dataclass(frozen=True)
class Engine(Reception):
    """Everything that runs, wired.

    Args:
        takes_turns: whether the worker of this process runs.
        at_work: the desk that is at work.
        put_to_work: opens another desk and makes everything that works with it; it takes no place yet.
    """

    at_work: AtWork
    worker: Worker
    put_to_work: Callable[[Desk], Awaitable[DeskAtWork]]
    takes_turns: bool = True

    @property
    def own_parts(self) -> Mapping[str, Ask]:
        """What has to answer before this process is ready."""
        return {**super().own_parts, **({"worker": self.worker.ping} if self.takes_turns else {})}

    @property
    def data(self) -> Database:
        """The data of the desk that is at work."""
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
    connectors: Sequence[Connector[Any]] = CONNECTORS,
    instead: StandIns | None = None,
) -> AsyncIterator[Engine]:
    """Yield the wired engine; everything it opened is closed at the end.

    Args:
        takes_turns: whether its worker will run; a process that only accepts needs no router.
        alone: name under which this process works on nothing but what itself accepts, and nobody else on that.
        clock: another time than the machine's.
        tickets: stands in for the help desk where none is connected.
        connectors: other vendors than the product's.
        instead: stands in for what the settings name, where nothing is answered for real.

    Raises:
        ConfigError: the environment or the desk cannot work.
    """
    async with AsyncExitStack() as stack:
        doors = await stack.enter_async_context(open_doors(settings, clock, connectors))
        desk = instead.desk if instead else load_desk(settings.frontdesk_desk)
        models = instead.models if instead else open_models(settings)
        stack.push_async_callback(models.close)
        desk_side = doors.sides.desk_side
        articles = desk_side.articles if desk_side else None
        opened = partial(open_whole_desk, data=instead.data) if instead else open_desk
        opening = partial(opened, settings, clock=doors.clock, articles=articles, takes_turns=takes_turns)
        try:
            engine = await _wire(doors, desk, opening, tickets, models, concurrency, alone)
        except TemporaryFailure as error:  # it answered a moment ago, or a part of it does not
            raise away(error, settings) from error
        engine = replace(engine, takes_turns=takes_turns)
        stack.push_async_callback(engine.at_work.close)
        stack.push_async_callback(engine.figures.close)
        await stack.enter_async_context(doors.claiming(engine.worker.stop))
        yield engine


async def _wire(
    doors: Doors,
    desk: Desk,
    opening: Callable[[Desk], AbstractAsyncContextManager[DeskRuntime]],
    stand_in: HelpDesk | None,
    models: ModelsOfDesk,
    concurrency: int,
    alone: str,
) -> Engine:
    settings, client, clock, sides = doors.settings, doors.client, doors.clock, doors.sides
    scripts = Scripts(client)
    desk_side, channels = sides.desk_side, sides.channels
    tickets = stand_in or (desk_side.helpdesk if desk_side else None)
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
    connected_at = await doors.connected_at(conversations)
    mail = open_mail(settings)
    visits = CustomerHistory(client, conversations, ttl=ttl)
    code_rate = CodeRate(client, clock)
    brake = WatchedBrake(BrakeSwitch(client))
    matters = Matters(client)
    turns = TurnFactory(
        settings,
        models,
        channels,
        connected_at,
        tickets is not None,
        bool(mail or tickets),
        visits,
        clock,
        code_rate,
        matters,
        brake,
        ticket_link=tickets.link if tickets else str,
        rating_links=await _rating_links(settings, client),
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

    triage = drafts_channel_of(settings, channels, has_helpdesk=tickets is not None)
    rate = MessageRate(client)
    dead_letters = DeadLetters(client)
    worker_deps = WorkerDeps(
        due=due,
        retention_seconds=settings.frontdesk_retention_days * 86_400,
        inbox=inbox,
        leases=leases,
        outbox=outbox,
        conversations=conversations,
        delivery=Delivery(
            outbox,
            conversations,
            dead_letters,
            leases.learn,
            clock,
            channels=channels,
            helpdesk=tickets,
            codes=codes,
            directly=DirectMessages(channels, partial(inbox.accept, at_once=True)),
            doubts=DuplicateChecks(scripts),
            stuck=Stuck(client, clock),
            braked=BrakedAnswers(outbox, brake, clock, triage, at_work),
            colleagues=settings.frontdesk_approvals_channel or settings.frontdesk_triage_channel,
        ),
        at_work=at_work,
        dead_letters=dead_letters,
        rate=rate,
        matters=matters,
        clock=clock,
        journal=partial(TurnJournal, scripts, ttl=ttl),
        preview=Previews(channels, conversations, leases),
        helpdesk=tickets,
    )
    worker = Worker(
        worker_deps,
        concurrency=concurrency,
        hold_seconds=settings.frontdesk_redelivery_seconds,
        per_minute=settings.frontdesk_rate_per_minute,
    )
    return Engine(
        settings=settings,
        client=client,
        at_work=at_work,
        rules=lambda: at_work.desk,
        ask_database=partial(_ask_database, at_work),
        inbox=inbox,
        conversations=conversations,
        due=due,
        rate=rate,
        clock=clock,
        worker=worker,
        sides=sides,
        connected_at=connected_at,
        put_to_work=put_to_work,
        brake=brake,
        figures=OwnFigures(settings, client, clock, lambda: at_work.policy),
    )


async def _rating_links(settings: Settings, client: Client) -> RatingLinks | None:
    """Return what makes links to rate, None where customers know no address of ours."""
    address = settings.frontdesk_public_url
    return RatingLinks(address, await rating_key(client)) if address else None


async def _ask_database(at_work: AtWork) -> None:
    await at_work.data.ping()  # of the desk that is at work now


def judge_of(settings: Settings) -> Judge | None:
    """Return what asks the small model about a conversation, None where only the rule model is there."""
    return judge_by(open_models(settings))


def open_models(settings: Settings) -> ModelsOfDesk:
    """Return the models that the settings name; no call is made."""
    return create_models(
        settings.frontdesk_model or "offline",
        settings.frontdesk_router_model,
        settings.model_key,
        settings.openai_base_url,
        settings.frontdesk_model_api,
    )


def open_mail(settings: Settings) -> "SmtpMail | None":
    """Return what sends mail, None where no server is named."""
    url = settings.frontdesk_smtp_url.get_secret_value()
    if not url:
        return None
    from integrations.mail import SmtpMail  # its library, which few need

    return SmtpMail(url, settings.frontdesk_mail_from, settings.call_seconds)
