"""Decides which Slack lines are for the bot and which conversation each belongs to."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar
from weakref import WeakValueDictionary

from bot.domain.drafts import DRAFT_DISCARD, DRAFT_EDIT, DRAFT_SEND
from bot.domain.events import Author, ButtonClicked, ChannelGone, ChannelMoved, DraftDecided, StopPressed
from bot.domain.ids import AuthorId, ConversationId, MessageRef, Origin, person_of
from bot.store.queue.inbox import Accepted, Change, Inbox
from bot.store.records.dm_threads import DmThreads, NewestThread
from integrations.slack.drafts.editor import DraftEditor
from integrations.slack.drafts.submission import Submission
from integrations.slack.inbound.clicks import Click
from integrations.slack.inbound.incoming import (
    AccessChanged,
    Deletion,
    Edit,
    Gone,
    MessagePlace,
    Moved,
    Removed,
    SlackMessage,
    Stop,
)

P = TypeVar("P", bound=MessagePlace)
Apart = Callable[[str], Awaitable[bool]]

JOIN_SECONDS = 30.0
"""A DM's top-level line joins the same user's last one within this time, while that is unanswered.

Events come in any order: an earlier line that arrives later joins too."""


EDIT_SECONDS = 86_400.0
"""So long after a line was written a change of it is answered."""


@dataclass(frozen=True)
class AnsweredChannels:
    """Where a line needs no mention to be answered.

    Args:
        everywhere: every message of every channel is answered.
        ids: channels in which every message is answered.
        internal: where colleagues work; only a mention is meant for the bot there.
        triage: where they decide on drafts, empty for nowhere.
    """

    everywhere: bool = False
    ids: AbstractSet[str] = frozenset()
    internal: AbstractSet[str] = frozenset()
    triage: str = ""

    def answer(self, arrival: SlackMessage) -> bool:
        """Return whether this line begins or continues a conversation by itself."""
        if arrival.is_direct or arrival.mentioned:
            return True
        return arrival.channel not in self.internal and (self.everywhere or arrival.channel in self.ids)


class Ends(Protocol):
    """Forgets installations that have ended; raises TemporaryFailure where that is not possible now."""

    async def removed(self, removed: Removed) -> None:
        """Forget one."""

    async def access_changed(self, change: AccessChanged) -> None:
        """Keep which workspaces an organisation's counts for."""


class ConversationResolver:
    """The receiver's `Acceptor` over the mailbox.

    Args:
        apart: whether an author's lines wait for their rate, so that their next one is a matter of its own.
        editor: opens drafts for editing; None where nobody can be shown anything.
        now: tells Unix seconds, for what Slack gives no time of.
        ends: forgets installations, None where there is but one workspace.
    """

    def __init__(
        self,
        inbox: Inbox,
        threads: DmThreads,
        channels: AnsweredChannels,
        apart: Apart | None = None,
        editor: DraftEditor | None = None,
        now: Callable[[], float] = time.time,
        ends: Ends | None = None,
    ) -> None:
        self._now = now
        self._apart = apart
        self._editor = editor
        self._ends = ends
        self._inbox = inbox
        self._threads = threads
        self._channels = channels
        self._entering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def line(self, arrival: SlackMessage) -> None:
        """Store a person's line; in a channel only where the bot is addressed or has joined the thread."""
        if arrival.is_direct and arrival.thread_ts is None:
            # Two lines that arrive together would both find no open thread, so a DM's lines enter one by one.
            async with self._entering.setdefault(f"{arrival.team}:{arrival.channel}", asyncio.Lock()):
                await self._direct_line(arrival)
            return
        home = await self._at_home(arrival)
        if home.channel != arrival.channel:
            accepted = await self._inbox.accept(home.message(), second_id=home.client_id, joined_only=True)
            if accepted is not Accepted.UNKNOWN_CONVERSATION:
                return
        await self._inbox.accept(
            arrival.message(), second_id=arrival.client_id, joined_only=not self._channels.answer(arrival)
        )

    async def _at_home(self, place: P) -> P:
        """Where the thread's conversation would be kept if it began before the channel's id changed."""
        if place.thread_ts is None or place.channel.startswith("D"):
            return place
        return replace(place, channel=await self._threads.home_of(place.team, place.channel))

    async def _direct_line(self, arrival: SlackMessage) -> None:
        """Each top-level DM line opens a thread, unless it goes on with one that still waits for its answer."""
        newest, joined = await self._threads.look(arrival.team, arrival.channel, arrival.user, arrival.ts)
        is_next = newest is not None and (bool(joined) or self._goes_on(arrival, newest))
        if newest is None or not is_next:
            await self._open(arrival, newest)
            return
        if not joined and await self._is_apart(arrival):
            joined = await self._keep_apart(arrival, newest)
        if joined == arrival.conversation or not await self._join(arrival, newest, joined):
            await self._open(arrival, newest)

    async def _keep_apart(self, arrival: SlackMessage, newest: NewestThread) -> ConversationId:
        """Let the line begin its own thread, and the newest keep its own; return the line's."""
        own = arrival.conversation
        places = ((ConversationId(newest.conversation).thread.ts, newest.conversation), (arrival.ts, own))
        for ts, conversation in places:  # wherever it went, a redelivery goes there too
            await self._threads.join(arrival.team, arrival.channel, ts, conversation)
        return own

    async def _join(self, arrival: SlackMessage, newest: NewestThread, joined: ConversationId) -> bool:
        """Store the line in the thread it goes on with; return False where that was answered meanwhile."""
        place = (arrival.team, arrival.channel)
        target = joined or newest.conversation
        if not joined:
            await self._threads.join(*place, arrival.ts, target)
        pointer = replace(newest, conversation=target)
        if float(arrival.ts) >= newest.at:  # else it was written before and has arrived after
            pointer = replace(pointer, message=arrival.message_id, at=float(arrival.ts))
        accepted = await self._inbox.accept(
            arrival.message(target),
            second_id=arrival.client_id,
            still_waiting=newest.message if newest.message != arrival.message_id else "",
            remember=DmThreads.pointer(*place, arrival.user, pointer),
        )
        if accepted is Accepted.ANSWERED:
            await self._threads.leave(*place, arrival.ts, arrival.conversation)
        return accepted is not Accepted.ANSWERED

    async def _open(self, arrival: SlackMessage, newest: NewestThread | None) -> None:
        """Store the line in a thread of its own."""
        place = (arrival.team, arrival.channel)
        own = arrival.conversation
        if newest and newest.conversation == own:  # delivered again
            await self._inbox.accept(arrival.message(), second_id=arrival.client_id)
            return
        message = arrival.message()
        if newest:
            message = replace(message, previous=newest.conversation)
        pointer = NewestThread(own, arrival.message_id, float(arrival.ts))
        await self._inbox.accept(
            message, second_id=arrival.client_id, remember=DmThreads.pointer(*place, arrival.user, pointer)
        )

    async def _is_apart(self, arrival: SlackMessage) -> bool:
        return self._apart is not None and await self._apart(person_of(arrival.message().author.id))

    @staticmethod
    def _goes_on(arrival: SlackMessage, newest: NewestThread) -> bool:
        return newest.message != arrival.message_id and abs(float(arrival.ts) - newest.at) <= JOIN_SECONDS

    async def edit(self, edit: Edit) -> None:
        """Replace the text of a line that no turn took yet; within a day a later change is a line of its own."""
        edit = await self._at_home(edit)
        conversation = await self._conversation(edit)
        change = await self._inbox.edit(conversation, edit.message_id, edit.text)
        is_late = float(edit.at or edit.ts) - float(edit.ts) > EDIT_SECONDS
        if change in {Change.TAKEN, Change.RUNNING} and not is_late:
            await self._inbox.accept(edit.message(conversation), joined_only=True)

    async def delete(self, deletion: Deletion) -> None:
        """Withdraw a line that no turn took yet; of a later one its answer is held back, and people are told."""
        deletion = await self._at_home(deletion)
        conversation = await self._conversation(deletion)
        change = await self._inbox.withdraw(conversation, deletion.message_id)
        if change in {Change.TAKEN, Change.RUNNING}:
            await self._inbox.accept(deletion.message(conversation), joined_only=True, stops=change is Change.RUNNING)

    async def _conversation(self, place: MessagePlace) -> ConversationId:
        if place.thread_ts is not None:
            return place.conversation
        return await self._threads.joined(place.team, place.channel, place.ts) or place.conversation

    async def click(self, click: Click) -> None:
        """Store a click; who may click what is decided by the turn."""
        conversation = click.conversation
        if not click.is_named:
            shown = MessageRef.of(click.channel, click.message_ts)
            conversation = await self._threads.announced(shown) or conversation
        if click.action_id == DRAFT_EDIT:
            if self._editor:
                await self._editor.edit(click, conversation)
            return
        await self._inbox.accept(_pressed(click, conversation), joined_only=True)

    async def submit(self, submission: Submission) -> str:
        """Store that somebody sends a draft in their own words; who may is decided by the turn.

        Where somebody else has decided meanwhile nothing is stored, and that is returned.
        """
        if self._editor and (problem := await self._editor.problem(submission.conversation, submission.draft)):
            return problem
        message = DraftDecided(
            id=submission.id,
            conversation=submission.conversation,
            author=Author(submission.author_id),
            text=submission.text,
            at=self._now(),
            surface=Origin.SLACK,
            draft=submission.draft,
            action="send",
            channel=self._channels.triage,
        )
        await self._inbox.accept(message, joined_only=True)
        return ""

    async def stop(self, stop: Stop) -> None:
        """Store that the customer wants no answer any more; the turn that has begun is not shown further."""
        stop = await self._at_home(stop)
        message = StopPressed(
            id=f"stop:{stop.message_id}",
            conversation=stop.conversation,
            author=Author(AuthorId.in_slack(stop.team, stop.user)),
            at=float(stop.ts),
            surface=Origin.SLACK,
        )
        await self._inbox.accept(message, joined_only=True)

    async def moved(self, moved: Moved) -> None:
        """A channel has another id: its conversations go on there, under the id they began with."""
        home = await self._threads.home_of(moved.team, moved.old)
        await self._threads.move(moved.team, moved.old, moved.new)
        for conversation in await self._threads.conversations_in(Origin.SLACK, moved.team, home):
            news = ChannelMoved(
                id=f"moved:{moved.team}:{moved.new}:{conversation}",
                conversation=conversation,
                author=Author(AuthorId.in_slack(moved.team)),
                channel=moved.new,
            )
            await self._inbox.accept(news, joined_only=True)

    async def gone(self, gone: Gone) -> None:
        """Nothing can be said in a channel any more."""
        homes = {gone.channel, await self._threads.home_of(gone.team, gone.channel)}
        for home in sorted(homes):
            for conversation in await self._threads.conversations_in(Origin.SLACK, gone.team, home):
                news = ChannelGone(
                    id=f"gone:{gone.channel}:{gone.at}:{conversation}",
                    conversation=conversation,
                    author=Author(AuthorId.in_slack(gone.team)),
                    why=gone.why,
                )
                await self._inbox.accept(news, joined_only=True)

    async def removed(self, removed: Removed) -> None:
        """Forget the token of an installation that has ended; the only workspace's stands in the settings."""
        if self._ends:
            await self._ends.removed(removed)

    async def access_changed(self, change: AccessChanged) -> None:
        """Keep which workspaces of an organisation have the app."""
        if self._ends:
            await self._ends.access_changed(change)


_ON_DRAFTS = {DRAFT_SEND: "send", DRAFT_DISCARD: "discard"}


def _pressed(click: Click, conversation: ConversationId) -> ButtonClicked | DraftDecided:
    """Return what a press of a button means: a decision on a draft, or any other click."""
    author = Author(click.author_id)
    if click.action_id in _ON_DRAFTS:
        return DraftDecided(
            id=click.id,
            conversation=conversation,
            author=author,
            at=click.at,
            surface=Origin.SLACK,
            draft=click.value,
            action=_ON_DRAFTS[click.action_id],
            channel=click.channel,
            ts=click.message_ts,
            answer_at=click.response_url,
        )
    return ButtonClicked(
        id=click.id,
        conversation=conversation,
        author=author,
        at=click.at,
        surface=Origin.SLACK,
        action=click.action_id,
        value=click.value,
        channel=click.channel,
        ts=click.message_ts,
    )
