"""The `Channel` port over Slack's Web API."""

from collections.abc import Mapping, Sequence
from typing import Any

from cachetools import TTLCache

from bot.domain.conversation import Conversation
from bot.domain.effects import EditMessage, PostToChannel, Relay, Reply
from bot.domain.events import File, InboundMessage
from bot.domain.ids import AuthorId, ConversationId, MessageRef, Thread
from bot.domain.ports import Clock, Profile, RateLimiter
from integrations.slack.api.client import SlackApi, SlackSettings
from integrations.slack.api.tokens import Tokens
from integrations.slack.checks import ChannelStanding
from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.outbound import files
from integrations.slack.outbound.announcer import Announcer
from integrations.slack.outbound.history import lines_since
from integrations.slack.outbound.own_messages import (
    CLOCK_SKEW_SECONDS,
    OwnIdentity,
    OwnMessage,
    by_effect,
    own_messages,
    part_id,
    without_doubles,
)
from integrations.slack.outbound.poster import Poster
from integrations.slack.outbound.preview import Known, SlackPreview, nobody_asks
from integrations.slack.outbound.preview_finalizer import PreviewFinalizer, adopt
from integrations.slack.outbound.preview_strategy import PreviewStrategy
from integrations.slack.outbound.profiles import SlackProfiles
from integrations.slack.outbound.shown import Shown, Way
from integrations.slack.outbound.speaker import Speaker
from integrations.slack.outbound.status import SlackStatus
from integrations.slack.outbound.thread_context import lines_above
from integrations.slack.outbound.whisper import whisper

_LIVE_SECONDS = 900.0
_MOST_LIVE = 10_000


class SlackChannel:
    """Says things in Slack threads, and finds again what it said.

    Args:
        tokens: the workspace's, in place of the one in the settings.
        workspace: its id, which keeps its limits apart from those of others; empty where there is but one.
    """

    def __init__(
        self,
        settings: SlackSettings,
        clock: Clock,
        pacing: RateLimiter | None = None,
        tokens: Tokens | None = None,
        workspace: str = "",
    ) -> None:
        self._api = SlackApi(settings, clock, pacing, tokens, workspace)
        self._poster = Poster(self._api)
        self._ladder = PreviewStrategy(clock)
        self._people = SlackProfiles(self._api)
        self._status = SlackStatus(self._api, self._people.whoami)
        self._live: TTLCache[str, Shown] = TTLCache(_MOST_LIVE, _LIVE_SECONDS, clock.now)
        self._finisher = PreviewFinalizer(self._api, self._poster, self._ladder, self._status, self._live)
        self._announcer = Announcer(self._poster, self._own)
        self._speaker = Speaker(self._api, self._poster, self._finisher, self._status, self._own)

    def within(self, conversation: str, place: str = "") -> "SlackChannel":  # noqa: ARG002
        """There is but one workspace."""
        return self

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def whoami(self) -> OwnIdentity:
        """Return who the token belongs to and what it may do; asked once.

        Raises:
            RemoteError: Slack does not say; `SignedOut` when the token is not valid.
        """
        return await self._people.whoami()

    async def ping(self) -> None:
        """Return when Slack answers and knows the token.

        Raises:
            RemoteError: it does not.
        """
        await self._api.headers_of_test()

    async def profile(self, author_id: str) -> Profile:
        """Return who a `slack:TEAM:USER` author is; remembered for ten minutes.

        Raises:
            RemoteError: Slack does not say.
        """
        return await self._people.profile(author_id)

    async def download(self, file: File) -> bytes:
        """Return the bytes of a file a customer posted; at most 20 MiB, from Slack's hosts only.

        Raises:
            RemoteError: no answer, refused, too large, or somewhere else.
        """
        return await files.download(self._api, file)

    async def described(self, file: File) -> File:
        """Return a file with its name, type and address, of which an event told no more than its id.

        Raises:
            RemoteError: Slack does not say.
        """
        return await files.described(self._api, file)

    def preview(
        self, conversation: Conversation, message: InboundMessage, ref: str, known: Known = nobody_asks
    ) -> SlackPreview:
        """Return the preview of the answer to `message`; `ref` continues one that a dead worker began.

        A caller that does not know whether a dead worker began one passes `lost:SINCE` (Unix seconds).

        Args:
            known: told the preview's reference before anything else is shown; its LeaseLost takes the message back.
        """
        thread = conversation.address.thread
        return SlackPreview(
            self._api, self._poster, self._ladder, self._status, thread, message, ref, self._live, known
        )

    async def reply(self, conversation: Conversation, effect: Reply) -> str:
        """Post the reply in the thread, or finish its preview; return the (first) message's `ts`.

        Raises:
            RemoteError: after `UnknownOutcome` ask `find` before calling again.
        """
        thread = conversation.address.thread
        return await self._speaker.say(
            thread,
            conversation.id,
            effect.id,
            effect.text,
            preview=effect.preview,
            buttons=effect.buttons,
            moments=effect.moments,
        )

    async def take_back(self, conversation: Conversation, preview: str) -> None:
        """Delete the message of a preview whose answer is not given.

        Raises:
            RemoteError: as for `SlackApi.read`; it may be called again.
        """
        thread = conversation.address.thread
        if preview.startswith(Way.LOST):
            found = await self._own(thread, float(preview.partition(":")[2]) + CLOCK_SKEW_SECONDS)
            preview = await adopt(self._api, thread, found)
        if preview:
            await self._finisher.take_back(thread, preview)
        await self._status.end(thread)

    async def relay(self, conversation: Conversation, effect: Relay, contents: Sequence[bytes]) -> str:
        """Post a human agent's words in the thread with their files; return the message's `ts`.

        The words name the files' ids before the files are shared, so that `find` can complete what a crash cut short.

        Raises:
            RemoteError: after `UnknownOutcome` ask `find` before calling again.
        """
        thread = conversation.address.thread
        shared, refused = await files.upload_all(self._api, effect.files, contents)
        words = [effect.text or ", ".join(file.name for file in effect.files)]
        words += [f"_{name} could not be attached here._" for name in refused]
        ts = await self._speaker.say(
            thread, conversation.id, effect.id, "\n\n".join(words), name=effect.name, file_ids=shared
        )
        if shared:
            await files.share(self._api, thread, shared)
        return ts

    async def announce(self, conversation: Conversation, effect: PostToChannel) -> MessageRef:
        """Post a message of its own in the effect's channel, what is too long in its thread; return `CHANNEL:TS`.

        Raises:
            RemoteError: after `UnknownOutcome` ask `find_announced` before calling again.
        """
        return await self._announcer.post(effect, conversation.id)

    async def amend(self, effect: EditMessage) -> None:
        """Replace the text of a message of ours, cut to one, and take its buttons away; one that is gone needs neither.

        Raises:
            RemoteError: as for `SlackApi.write`; it may be called again.
        """
        await self._announcer.amend(effect)

    async def open_direct(self, author_id: str) -> str:
        """Return the id of the direct-message channel with somebody; https://docs.slack.dev/reference/methods/conversations.open.

        Raises:
            RemoteError: Slack does not open it, such as for somebody of a company that does not allow it.
        """
        answer = await self._api.write("conversations.open", users=AuthorId(author_id).user)
        return str((answer.get("channel") or {}).get("id") or "")

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal for whoever clicked; https://docs.slack.dev/reference/methods/views.open.

        Raises:
            RemoteError: Slack does not open it, such as for a trigger that is older than three seconds.
        """
        await self._api.write("views.open", trigger_id=trigger_id, view=view)

    async def whisper(self, channel: str, author_id: str, text: str, answer_at: str = "") -> None:
        """Tell one person something that nobody else in the channel sees; who is out of reach is not told.

        Raises:
            RemoteError: as for `SlackApi.write`; it may be called again.
        """
        await whisper(self._api, channel, author_id, text, answer_at)

    async def find_announced(self, effect: PostToChannel, since: float) -> MessageRef:
        """Return `CHANNEL:TS` of the message that carries the effect id, empty when the channel has none.

        Raises:
            RemoteError: the channel cannot be read.
        """
        return await self._announcer.find(effect, since)

    async def other_teams(self, channel: str) -> frozenset[str]:
        """Return the workspaces, beside the installing one, whose people read the channel; remembered for a minute.

        Raises:
            RemoteError: Slack does not say.
        """
        return await self._people.other_teams(channel)

    async def guests(self, channel: str) -> Sequence[Profile]:
        """Return the people in the channel who are no full members of the installing workspace; remembered a minute.

        Raises:
            RemoteError: Slack does not say.
        """
        return await self._people.guests(channel)

    async def is_member(self, channel: str, author_id: str) -> bool:
        """Return whether a `slack:TEAM:USER` author is in the channel.

        Raises:
            RemoteError: Slack does not say.
        """
        return await self._people.is_member(channel, author_id)

    async def standing(self, channel: str) -> ChannelStanding:
        """Return whether we are in a channel, and who else reads it.

        Raises:
            RemoteError: Slack does not say.
        """
        return await self._people.standing(channel)

    async def lines_since(self, conversation: str, since: float) -> list[SlackMessage]:
        """Return people's lines in a thread, or a channel (`slack:TEAM:CHANNEL:`), after `since`, oldest first.

        Args:
            since: Unix seconds.

        Raises:
            RemoteError: the thread cannot be read.
        """
        return await lines_since(self._api, ConversationId(conversation).thread, since, await self.whoami())

    async def lines_above(self, conversation: str, before: str) -> list[InboundMessage]:
        """Return what was written in a thread before the message `before`, oldest first; people's lines as customers'.

        Raises:
            RemoteError: the thread cannot be read.
        """
        return await lines_above(self._api, ConversationId(conversation).thread, before, await self.whoami())

    async def find(self, conversation: Conversation, effect_id: str, since: float) -> str:
        """Return the `ts` of the message that carries the effect id, empty when the thread has none.

        An effect of which a part is missing counts as
        not there, and `reply` then sends the missing parts alone.

        Raises:
            RemoteError: the thread cannot be read.
        """
        thread = conversation.address.thread
        # The message may have begun as a stream, long before its text was committed.
        known = by_effect(await self._own(thread, since - _LIVE_SECONDS))
        first = known.get(effect_id, [None])[0]
        if first is None:
            return ""
        parts = [part_id(effect_id, number) for number in range(1, first.parts + 1)]
        if not all(part in known for part in parts):
            return ""
        await files.share_missing(self._api, thread, first.files)
        self._status.left(thread)
        await self._status.end(thread)
        return first.ts

    async def tidy(self, place: str, since: float) -> int:
        """Delete all but the first of what stands twice under one effect id; return how many messages were deleted.

        Args:
            place: a conversation's id, or `slack::CHANNEL:` for a channel itself.

        Raises:
            RemoteError: it cannot be read.
        """
        thread = ConversationId(place).thread
        found = await self._all_own(thread, since)
        return len(found) - len(await without_doubles(self._api, thread, found))

    async def _own(self, thread: Thread, since: float) -> list[OwnMessage]:
        """Read our messages back; whatever stands twice is deleted but for the first."""
        return await without_doubles(self._api, thread, await self._all_own(thread, since))

    async def _all_own(self, thread: Thread, since: float) -> list[OwnMessage]:
        return await own_messages(self._api, thread, since, await self.whoami())
