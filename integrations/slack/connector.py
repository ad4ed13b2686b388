"""Connects a Slack workspace: the channel, its two ways in (HTTP and Socket Mode), and what was missed."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.capabilities import Capabilities
from bot.domain.ids import ConversationId, Origin
from bot.runtime.connectors import Account, CatchUp, CheckResult, Connector, Core, Look, Side, Surroundings
from bot.runtime.reconcile import THREADS_SECONDS, ThreadReconciler
from bot.store.admin.overview import newest_of
from bot.store.limits.customer_rate import Flood
from bot.store.records.cursors import THREADS, Cursors
from bot.store.records.dm_threads import DmThreads
from bot.store.redis import Scripts
from integrations.slack.api.client import SlackSettings
from integrations.slack.checks import look_at_channel, look_at_slack, slips_in
from integrations.slack.drafts.editor import DraftEditor
from integrations.slack.inbound.conversation_resolver import AnsweredChannels, ConversationResolver
from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.outbound.channel import SlackChannel

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


@dataclass(frozen=True)
class SlackValues:
    """What a workspace needs of the settings.

    Args:
        signing_secrets: two during rotation; without any no event is taken over HTTP.
        answered_channels: ids of the channels in which every message is answered.
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

    @property
    def colleagues_channels(self) -> Mapping[str, str]:
        """Ids of the channels in which colleagues work, by the variable that names each."""
        named = {
            "FRONTDESK_APPROVALS_CHANNEL": self.frontdesk_approvals_channel,
            "FRONTDESK_TRIAGE_CHANNEL": self.frontdesk_triage_channel,
        }
        return {variable: channel for variable, channel in named.items() if channel}


class SlackSide(Side):
    """A workspace; without a bot's token, only its events."""

    channel: SlackChannel | None = None

    def __init__(self, values: SlackValues, around: Surroundings) -> None:
        self._values = values
        if values.slack_bot_token:
            how = SlackSettings(values.slack_bot_token, values.slack_api_url, around.call_seconds)
            self.channel = SlackChannel(how, around.clock, around.pacing)
        if values.signing_secrets:
            self.off = "events only (SLACK_BOT_TOKEN is not set)"

    async def ping(self) -> None:
        """Return when Slack answers and knows the token."""
        if self.channel:
            await self.channel.ping()

    async def account(self) -> Account | None:
        """Return the token's workspace."""
        return Account((await self.channel.whoami()).team, "SLACK_BOT_TOKEN") if self.channel else None

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
        return ConversationResolver(core.inbox, threads, channels, flood.apart, editor, core.clock.now)

    def routes(self, core: Core) -> "Sequence[BaseRoute]":
        """Return where Slack sends events and clicks."""
        if not self._values.signing_secrets:
            return ()
        from integrations.slack.inbound.receiver import create_router  # Bolt: a worker alone does without

        values = self._values
        return create_router(self.intake(core), values.signing_secrets, core.clock, values.slack_api_url).routes

    def listening(self, core: Core) -> AbstractAsyncContextManager[object]:
        """Socket Mode, for development: events come over a socket that we open."""
        return self._socket(core)

    @asynccontextmanager
    async def _socket(self, core: Core) -> AsyncIterator[None]:
        if not self._values.slack_app_token:
            yield
            return
        from integrations.slack.inbound.socket_mode import SocketMode

        socket_mode = SocketMode(self.intake(core), self._values.slack_app_token, self._values.slack_api_url)
        await socket_mode.start()
        try:
            yield
        finally:
            await socket_mode.close()

    def catch_up(self, core: Core) -> Sequence[CatchUp]:
        """Read back open threads and their channels."""
        if self.channel is None:
            return ()
        scripts = Scripts(core.client)
        reconciler = ThreadReconciler(
            Origin.SLACK,
            THREADS,
            partial(_hear, core, DmThreads(scripts), self.channel, self.intake(core)),
            partial(newest_of, scripts),
            Cursors(core.client, ttl=core.session_seconds),
            core.clock,
        )
        return (CatchUp(THREADS, THREADS_SECONDS, reconciler.catch_up),)

    def slips(self) -> Sequence[CheckResult]:
        """Return tokens and channel ids that have the wrong form."""
        values = self._values
        return slips_in(
            values.slack_bot_token, values.slack_app_token, values.answered_channels, values.colleagues_channels
        )

    def checks(self, groups_of: Callable[[], Sequence[str]]) -> Sequence[tuple[str, Look]]:  # noqa: ARG002
        """Look at the token and its scopes, and at the channels in which colleagues work."""
        if self.channel is None:
            return ()
        looks: list[tuple[str, Look]] = [("Slack", look_at_slack(self.channel))]
        for variable, channel in self._values.colleagues_channels.items():
            looks.append((variable, look_at_channel(self.channel, variable, channel)))
        return looks


async def _hear(
    core: Core, threads: DmThreads, channel: SlackChannel, intake: ConversationResolver, place: str, since: float
) -> int:
    lines = [line for line in await channel.lines_since(place, since) if not await _is_known(core, threads, line)]
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
