"""Connects a Slack workspace: the channel, its two ways in (HTTP and Socket Mode), and what was missed."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.capabilities import Capabilities
from bot.domain.ids import ConversationId, Origin
from bot.runtime.connectors import Account, CatchUp, CheckResult, Connector, Core, Look, Side, Surroundings, Way
from bot.store.admin.overview import newest_of
from bot.store.limits.customer_rate import Flood
from bot.store.records.cursors import THREADS, Cursors
from bot.store.records.dm_threads import DmThreads
from bot.store.redis import Scripts
from integrations.slack.api.client import SlackSettings
from integrations.slack.checks import ANSWERED, SLACK_SCOPES, look_at_answered, look_at_channel, look_at_slack, slips_in
from integrations.slack.drafts.editor import DraftEditor
from integrations.slack.inbound.admission import EVERYONE, Admission
from integrations.slack.inbound.conversation_resolver import AnsweredChannels, ConversationResolver
from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.installs.checks import look_at_installs, slips_of
from integrations.slack.installs.many import ManyWorkspaces, many_workspaces, open_installations
from integrations.slack.installs.workspaces import SlackWorkspaces
from integrations.slack.outbound.channel import SlackChannel

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

ROTATION_SECONDS = 600.0


@dataclass(frozen=True)
class SlackValues:
    """What a workspace needs of the settings.

    Args:
        signing_secrets: two during rotation; without any no event is taken over HTTP.
        answered_channels: ids of the channels in which every message is answered.
        installs_many: whether many workspaces may install the app.
        secret_keys: what their tokens are encrypted with, two during rotation.
        current_secret: returns a secret by its setting's name as it is now.
    """

    slack_bot_token: str = field(repr=False)
    slack_app_token: str = field(repr=False)
    slack_api_url: str
    signing_secrets: Sequence[str] = field(repr=False)
    frontdesk_channels: str
    answered_channels: AbstractSet[str]
    frontdesk_approvals_channel: str
    frontdesk_triage_channel: str
    frontdesk_rate_per_minute: int
    installs_many: bool
    slack_client_id: str
    slack_client_secret: str = field(repr=False)
    secret_keys: Sequence[str] = field(repr=False)
    frontdesk_public_url: str
    current_secret: Callable[[str], str] | None = field(default=None, repr=False)

    @property
    def for_installing(self) -> Mapping[str, str]:
        """What installing needs, by the variable that names each."""
        return {
            "SLACK_CLIENT_ID": self.slack_client_id,
            "SLACK_CLIENT_SECRET": self.slack_client_secret,
            "FRONTDESK_SECRET_KEY": ",".join(self.secret_keys),
            "FRONTDESK_PUBLIC_URL": self.frontdesk_public_url,
        }

    @property
    def colleagues_channels(self) -> Mapping[str, str]:
        """Ids of the channels in which colleagues work, by the variable that names each."""
        named = {
            "FRONTDESK_APPROVALS_CHANNEL": self.frontdesk_approvals_channel,
            "FRONTDESK_TRIAGE_CHANNEL": self.frontdesk_triage_channel,
        }
        return {variable: channel for variable, channel in named.items() if channel}


class SlackSide(Side):
    """A workspace, or many; without a bot's token, only its events."""

    channel: SlackChannel | None = None
    many: ManyWorkspaces | None = None
    """What many workspaces need, None where there is one."""

    def __init__(self, values: SlackValues, around: Surroundings) -> None:
        self._values = values
        self._around = around
        if values.installs_many and around.scripts:
            self.many = self._many(around.scripts)
            self.channel = self.many.channel
        elif values.slack_bot_token:
            self.channel = SlackChannel(self._how, around.clock, around.pacing)
        if values.signing_secrets:
            self.off = "events only (SLACK_BOT_TOKEN is not set)"

    @property
    def is_connected(self) -> bool:
        """Whether there is a workspace, or may be many."""
        return self.channel is not None or self._values.installs_many

    @property
    def _how(self) -> SlackSettings:
        values = self._values
        now = partial(values.current_secret, "slack_bot_token") if values.current_secret else None
        return SlackSettings(values.slack_bot_token, values.slack_api_url, self._around.call_seconds, now)

    def _many(self, scripts: Scripts) -> ManyWorkspaces:
        clock, colleagues = self._around.clock, list(self._values.colleagues_channels.values())
        installations = open_installations(scripts, self._values.secret_keys, clock)
        channel = SlackWorkspaces(self._how, clock, self._around.pacing, installations, colleagues)
        return many_workspaces(installations, channel, self._how, clock)

    async def ping(self) -> None:
        """Return when Slack answers and knows the token."""
        if self.channel:
            await self.channel.ping()

    async def account(self) -> Account | None:
        """Return the token's workspace; those that install the app come beside it."""
        if self.channel is None or not self._values.slack_bot_token:
            return None
        return Account((await self.channel.whoami()).team, "SLACK_BOT_TOKEN")

    async def close(self) -> None:
        """Close the connections."""
        if self.channel:
            await self.channel.close()

    def intake(self, core: Core) -> ConversationResolver:
        """Return what stores events, whether they come over HTTP, Socket Mode or catching up."""
        values = self._values
        internal = frozenset(values.colleagues_channels.values())
        triage = values.frontdesk_triage_channel or values.frontdesk_approvals_channel
        channels = AnsweredChannels(values.frontdesk_channels == "all", values.answered_channels, internal, triage)
        flood = Flood(core.client, values.frontdesk_rate_per_minute)
        editor = DraftEditor(self.channel, core.conversations.at_rest, triage) if self.channel else None
        threads = DmThreads(Scripts(core.client))
        ends = self.many.ends if self.many else None
        return ConversationResolver(core.inbox, threads, channels, flood.apart, editor, core.clock.now, ends)

    @property
    def _admission(self) -> Admission:
        return self.many.admission if self.many else EVERYONE

    def routes(self, core: Core) -> "Sequence[BaseRoute]":
        """Return where Slack sends events and clicks, and where the app is installed."""
        values = self._values
        installs = self._install_routes(core)
        if not values.signing_secrets:
            return installs
        from integrations.slack.inbound.receiver import create_router  # Bolt: a worker alone does without

        events = create_router(
            self.intake(core), values.signing_secrets, core.clock, values.slack_api_url, self._admission
        )
        return (*events.routes, *installs)

    def _install_routes(self, core: Core) -> "Sequence[BaseRoute]":
        values = self._values
        if self.many is None or not values.frontdesk_public_url:
            from integrations.slack.installs.closed import closed_routes

            return closed_routes()
        from integrations.slack.installs import oauth

        wanted = oauth.OAuthValues(
            client_id=values.slack_client_id,
            client_secret=values.slack_client_secret,
            api_url=values.slack_api_url,
            public_url=values.frontdesk_public_url,
            scopes=sorted(SLACK_SCOPES),
        )
        flow = oauth.create_flow(wanted, core.client, self.many.installations, core.clock)
        return oauth.InstallRoutes(flow, is_https=oauth.is_https(values.frontdesk_public_url)).routes

    def listening(self, core: Core) -> AbstractAsyncContextManager[object]:
        """Socket Mode, for development: events come over a socket that we open."""
        return self._socket(core)

    @asynccontextmanager
    async def _socket(self, core: Core) -> AsyncIterator[None]:
        if not self._values.slack_app_token:
            yield
            return
        from integrations.slack.inbound.socket_mode import SocketMode

        values = self._values
        socket_mode = SocketMode(self.intake(core), values.slack_app_token, values.slack_api_url, self._admission)
        await socket_mode.start()
        try:
            yield
        finally:
            await socket_mode.close()

    def catch_up(self, core: Core) -> Sequence[CatchUp]:
        """Read back open threads and their channels."""
        if self.channel is None:
            return ()
        from bot.runtime.reconcile import THREADS_SECONDS, ThreadReconciler  # what turns go by: not for web alone

        scripts = Scripts(core.client)
        reconciler = ThreadReconciler(
            Origin.SLACK,
            THREADS,
            partial(_hear, core, DmThreads(scripts), self.channel, self.intake(core)),
            partial(newest_of, scripts),
            Cursors(core.client, ttl=core.session_seconds),
            core.clock,
        )
        return (CatchUp(THREADS, THREADS_SECONDS, reconciler.catch_up), *self._rotation())

    def _rotation(self) -> Sequence[CatchUp]:
        """While there are two keys, what the older one has encrypted gets the new one."""
        if self.many is None or len(self._values.secret_keys) < 2:
            return ()
        return (CatchUp("installs", ROTATION_SECONDS, self.many.installations.reseal),)

    @property
    def way(self) -> Way:
        """The Web API, and what it knows us by."""
        return Way(self._values.slack_api_url, "SLACK_API_URL", "SLACK_BOT_TOKEN")

    def slips(self) -> Sequence[CheckResult]:
        """Return tokens and channel ids that have the wrong form."""
        values = self._values
        own = slips_in(
            values.slack_bot_token, values.slack_app_token, values.answered_channels, values.colleagues_channels
        )
        return [*own, *slips_of(values.for_installing)]

    def kept(self, scripts: Scripts) -> Look | None:
        """Look at every installation; where none is home by its token, at the channels of colleagues through them."""
        if not self._values.installs_many:
            return None
        many, clock = self._many(scripts), self._around.clock
        looks = [look_at_installs(many.installations, self._how, clock)]
        if not self._values.slack_bot_token:
            colleagues = self._values.colleagues_channels.items()
            looks += [look_at_channel(many.channel, variable, channel) for variable, channel in colleagues]

        async def look() -> Sequence[CheckResult]:
            try:
                return [line for each in looks for line in await each()]
            finally:
                await many.channel.close()

        return look

    def checks(self, groups_of: Callable[[], Sequence[str]]) -> Sequence[tuple[str, Look]]:  # noqa: ARG002
        """Look at the token and its scopes, and at the channels in which colleagues work."""
        if self.channel is None:
            return ()
        looks: list[tuple[str, Look]] = [("Slack", look_at_slack(self.channel))]
        for variable, channel in self._values.colleagues_channels.items():
            looks.append((variable, look_at_channel(self.channel, variable, channel)))
        if answered := sorted(self._values.answered_channels):
            looks.append((ANSWERED, look_at_answered(self.channel, answered)))
        return looks


async def _hear(
    core: Core, threads: DmThreads, channel: SlackChannel, intake: ConversationResolver, place: str, since: float
) -> int:
    found = await channel.within(place).lines_since(place, since)
    lines = [line for line in found if not await _is_known(core, threads, line)]
    for line in lines:
        await intake.line(line)
    return len(lines)


async def _is_known(core: Core, threads: DmThreads, line: SlackMessage) -> bool:
    """Whether the line was accepted; a DM's line may have joined the thread of the one before it."""
    joined = "" if line.thread_ts else await threads.joined(line.team, line.channel, line.ts)
    return await core.conversations.has_accepted(joined or line.conversation, line.message_id)


def link_of(address: str) -> str:
    """Return where people read a thread.

    https://docs.slack.dev/interactivity/deep-linking
    """
    thread = ConversationId(address).thread
    return f"https://app.slack.com/client/{thread.team}/{thread.channel}/thread/{thread.channel}-{thread.ts}"


SLACK = Connector(
    Origin.SLACK,
    Capabilities(
        title="Slack",
        relays_staff=True,
        has_threads=True,
        direct_messages=True,
        buttons=True,
        edits=True,
        seats_colleagues=True,
        link=link_of,
    ),
    SlackValues,
    SlackSide,
)
