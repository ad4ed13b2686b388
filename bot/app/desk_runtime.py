"""Opens a desk's resources (database, MCP servers, router) and builds its Turn; hot reload calls this again."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bot.app import added_articles
from bot.app.database_look import database_url
from bot.app.drafting import ceiling_of, drafts_channel_of, triage_of
from bot.app.environment import variables
from bot.app.sentences import open_sentences
from bot.app.settings import Settings
from bot.data_folder import own_folder
from bot.desk.database import Database
from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.desk import Desk
from bot.desk.loading.yaml_source import Mistake, Source
from bot.desk.tools.mcp import ToolServers, examine
from bot.domain.capabilities import colleagues_origin
from bot.domain.errors import ConfigError
from bot.domain.knowledge.articles import HelpCenter
from bot.domain.ports import Brake, Channel, Clock, CodeLimits, OpenMatters, PastConversations
from bot.domain.ratings import RatingLinks
from bot.runtime.author_directory import AuthorDirectory
from bot.runtime.help_center_sync import CHANGES_SECONDS, LEARN_SECONDS, HelpCenterSync, learn
from bot.runtime.periodic import repeat
from bot.store.tasks import end
from bot.turn.actions.actions import Actions
from bot.turn.agent.history import HistoryKeeper, summariser
from bot.turn.agent.journal import JournaledModel, journaled_tool
from bot.turn.agent.model_cost import MeteredModel
from bot.turn.agent.patience import PatientModel, patient_settings
from bot.turn.agent.specialists import SpecialistModels, build_agents
from bot.turn.agent.traced_model import traced_model
from bot.turn.autonomy.dial import Dial
from bot.turn.context import MessageLimits
from bot.turn.handoff.card import Cards
from bot.turn.input_checks.signs import Signs
from bot.turn.routing.background_training import BackgroundRouter
from bot.turn.stages.answer import Answering
from bot.turn.stages.screen import Screen, screening
from bot.turn.turn import Turn
from bot.turn.turn_context import TurnDeps
from integrations.mcp import McpServers
from integrations.models import ModelClients as ModelsOfDesk
from integrations.models.rules.reading import Reading

if TYPE_CHECKING:
    from bot.desk.knowledge.meaning import VectorFile

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DeskRuntime:
    """A desk with what was opened for it.

    Args:
        router: None in a process that takes no turns.
        sentences: the sentence model, which router and search share; None where words have to do.
        signs: what rules in words miss, by its meaning; None without a sentence model.
    """

    desk: Desk
    data: Database
    servers: ToolServers
    router: BackgroundRouter | None
    sentences: Sentences | None = None
    signs: Signs | None = None


@asynccontextmanager
async def open_desk(
    settings: Settings,
    desk: Desk,
    clock: Clock,
    articles: HelpCenter | None,
    *,
    takes_turns: bool,
    data: Database | None = None,
) -> AsyncIterator[DeskRuntime]:
    """Yield the desk with its data, its servers and its router; its knowledge is kept up to date meanwhile.

    Args:
        articles: where the desk's Help Center is read, None without one.
        takes_turns: whether it will answer; a process that only accepts needs neither router nor knowledge.
        data: stands in for what `DATABASE_URL` names, and stays open.

    Raises:
        ConfigError: its data cannot be opened, or it names arguments that a server's tool has not.
    """
    async with AsyncExitStack() as stack:
        data = await _data(data, settings, desk, clock, stack)
        servers = open_servers(desk)
        stack.push_async_callback(servers.close)
        if takes_turns:
            await _compare(desk, servers)
            await stack.enter_async_context(_with_added(settings, desk))
        if takes_turns and articles and desk.policy.help_center:
            sync = HelpCenterSync(desk.knowledge, articles, clock)
            rounds = repeat("help center", CHANGES_SECONDS, lambda _: sync.refresh())
            reading = asyncio.create_task(rounds)
            stack.push_async_callback(end, reading)
        sentences = (
            await stack.enter_async_context(open_sentences(settings, desk.policy, clock)) if takes_turns else None
        )
        if sentences:
            await stack.enter_async_context(_learning(settings, desk, sentences))
        router = BackgroundRouter(sentences) if takes_turns else None
        if router:
            stack.push_async_callback(router.close)
            await router.learn(desk, settings.frontdesk_data_dir)
        signs = _signs(settings, desk, sentences, stack) if sentences else None
        yield DeskRuntime(desk, data, servers, router, sentences, signs)


@asynccontextmanager
async def _with_added(settings: Settings, desk: Desk) -> AsyncIterator[None]:
    """Read what was added to a built-in desk, now and again while the body runs."""
    if not added_articles.is_built_in(desk):
        yield
        return
    await added_articles.read_added(settings, desk)
    rounds = repeat("articles", added_articles.EVERY_SECONDS, lambda _: added_articles.read_added(settings, desk))
    reading = asyncio.create_task(rounds)
    try:
        yield
    finally:
        await end(reading)


async def _data(
    given: Database | None, settings: Settings, desk: Desk, clock: Clock, stack: AsyncExitStack
) -> Database:
    """Return what is given, else what `DATABASE_URL` names."""
    if given:
        return given
    data = await Database.open(database_url(settings), desk, clock, desk.policy.organisations)
    stack.push_async_callback(data.close)
    return data


def _signs(settings: Settings, desk: Desk, sentences: Sentences, stack: AsyncExitStack) -> Signs:
    """Return what learns meanwhile to find by meaning what rules in words miss."""
    signs = Signs(sentences)
    stack.push_async_callback(signs.close)
    signs.learn(desk, settings.frontdesk_data_dir)
    return signs


def open_servers(desk: Desk) -> McpServers:
    """Return the desk's MCP servers; none is connected before it is needed."""
    return McpServers(desk.policy.mcp_servers, variables)


async def mistakes_of_servers(desk: Desk, servers: ToolServers) -> list[tuple[Mistake, bool]]:
    """Return what is wrong with the desk's MCP servers, each with its place, and whether it is a wrong argument."""
    if not desk.policy.mcp_servers:
        return []
    text = await asyncio.to_thread((desk.folder / "desk.yml").read_text, "utf-8")
    source = Source("desk.yml", text)
    found: list[tuple[Mistake, bool]] = []
    for finding in await examine(desk.policy.mcp_servers, servers):
        line = source.line_of("mcp_servers", finding.server, *finding.path)
        found.append((Mistake("desk.yml", line, finding.what, finding.mend), finding.binds))
    return found


async def _compare(desk: Desk, servers: ToolServers) -> None:
    """Hold what the desk says of its servers' tools against what they are.

    A server that is away, or has lost a tool, costs its tools alone; a wrong argument is a mistake like any other.

    Raises:
        ConfigError: an argument that a role names is not there.
    """
    mistakes = await mistakes_of_servers(desk, servers)
    for mistake, binds in mistakes:
        if not binds:
            log.warning("desk.server", mistake=str(mistake))
    if wrong := [str(mistake) for mistake, binds in mistakes if binds]:
        raise ConfigError("\n".join([f"The desk in {desk.folder} cannot work:", *wrong]))


def _vector_file(folder: Path, model: str) -> "VectorFile":
    """Return where vectors are kept: a cache, so that what cannot be written or read costs time and stops nothing."""
    from bot.desk.knowledge.meaning import VectorFile  # numpy: not for processes that only accept

    try:
        return VectorFile(own_folder(folder) / "embeddings.db", model)
    except (ConfigError, sqlite3.Error) as error:
        log.warning("sentences.not_kept", error=type(error).__name__, then="an own desk's are computed at every start")
        return VectorFile(None, model)


@asynccontextmanager
async def _learning(settings: Settings, desk: Desk, sentences: Sentences) -> AsyncIterator[None]:
    """Let the desk's knowledge be searched by meaning too while the body runs, once its passages are learnt."""
    from bot.desk.knowledge.meaning import MeaningSearch  # numpy: not for processes that only accept

    kept = _vector_file(settings.frontdesk_data_dir, sentences.name)
    meaning = desk.knowledge.meaning = MeaningSearch(sentences, kept)
    rounds = repeat("sentences", LEARN_SECONDS, lambda _: learn(desk.knowledge, meaning))
    learning = asyncio.create_task(rounds)
    try:
        yield
    finally:
        await end(learning)
        kept.close()


@dataclass(frozen=True)
class TurnFactory:
    """Makes the taking of turns with a desk.

    Args:
        channels: where customers write to, by origin.
        connected_at: Unix seconds of the first start with this Zendesk account, 0 without one.
        has_helpdesk: whether tickets can be opened.
        sends_codes: whether one-time codes can be sent.
        visits: what customers came for before.
        codes: counts one-time codes and guesses at them.
        matters: counts what one person has open.
        brake: what holds back every public answer.
        ticket_link: returns where people open a ticket.
        rating_links: makes the links by which tickets are rated, None for none.
        clock: by which a desk's patience with its model is measured.
    """

    settings: Settings
    models: ModelsOfDesk
    channels: Mapping[str, Channel]
    connected_at: float
    has_helpdesk: bool
    sends_codes: bool
    visits: PastConversations
    clock: Clock
    codes: CodeLimits
    matters: OpenMatters
    brake: Brake
    ticket_link: Callable[[str], str] = str
    rating_links: RatingLinks | None = None

    def with_desk(self, opened: DeskRuntime) -> Turn:
        """Return what takes turns with this desk."""
        settings, desk = self.settings, opened.desk
        models = self.models.for_desk(Reading(desk.policy.languages, opened.router, schemas_of(desk)))
        journaled = _paid(settings, models, desk, self.clock)
        notes = summariser(journaled.small, journaled.settings) if models.writes else None
        agents = build_agents(desk, journaled, journaled_tool, opened.servers)
        directory = AuthorDirectory(opened.data, self.channels, desk.policy.domains)
        channel = settings.frontdesk_approvals_channel if colleagues_origin() in self.channels else ""
        triage = triage_of(settings, self.channels)
        ask = screening(desk, journaled.small, journaled.settings) if models.writes else None
        dial = Dial(desk, self.brake, ceiling_of(settings))
        deps = TurnDeps(
            desk,
            directory,
            MessageLimits(settings.frontdesk_max_message_chars, self.connected_at, settings.session_seconds),
            opened.data,
            Actions(
                desk,
                opened.data,
                directory,
                channel=channel,
                has_helpdesk=self.has_helpdesk,
                servers=opened.servers,
                is_on_trial=dial.is_on_trial,
            ),
            Answering(desk, agents, opened.data, opened.router, self.visits, sends_codes=self.sends_codes),
            Screen(desk, opened.router, ask, opened.signs),
            dial,
            has_helpdesk=self.has_helpdesk,
            sends_codes=self.sends_codes,
            approvals_channel=channel,
            # Without a ticket to write on, a card among the approvals is the only place where a draft can be seen.
            drafts_channel=drafts_channel_of(settings, self.channels, has_helpdesk=self.has_helpdesk),
            cards=Cards(triage, self.ticket_link),
            codes=self.codes if self.sends_codes else None,
            matters=self.matters,
            signs=opened.signs,
            rating_links=self.rating_links,
        )
        return Turn(deps, HistoryKeeper(desk.policy.history_tokens, notes))


def schemas_of(desk: Desk) -> Mapping[str, list[dict[str, Any]]]:
    """Return what each specialist's own tools take."""
    return {
        name: [desk.tools[tool].schema.params_json_schema for tool in it.tools if tool in desk.tools]
        for name, it in desk.specialists.items()
    }


def _paid(settings: Settings, models: ModelsOfDesk, desk: Desk, clock: Clock) -> SpecialistModels:
    """Return the models, asked with patience, journaled and paid for; what the journal replays costs nothing."""
    calls = desk.policy.model
    name = settings.frontdesk_model or "offline"
    names = (name, settings.frontdesk_router_model or name)
    spending = desk.policy.spending
    if guessed := spending.unpriced(names):
        log.warning("spending.price_unknown", models=guessed, mend="add it to spending.prices in desk.yml")
    large, small = (
        JournaledModel(
            PatientModel(MeteredModel(traced_model(model, name), name, spending.price_of(name)), calls, clock)
        )
        for model, name in zip((models.large, models.small), names, strict=True)
    )
    return SpecialistModels(large, small, patient_settings(models.settings, calls))
