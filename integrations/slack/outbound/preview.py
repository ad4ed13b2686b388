"""Shows an answer while it is written: a status line, then growing text; best effort, never the record.

https://docs.slack.dev/reference/methods/chat.startStream
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from bot.domain.errors import LeaseLost, PermanentFailure, RemoteError, TemporaryFailure, UnknownOutcome
from bot.domain.events import InboundMessage
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.blocks import Draft, preview_label
from integrations.slack.outbound.markup import MARKDOWN_LIMIT, markdown
from integrations.slack.outbound.own_messages import CLOCK_SKEW_SECONDS, delete_quietly, keep_in_thread
from integrations.slack.outbound.poster import Poster
from integrations.slack.outbound.preview_strategy import PreviewStrategy, StreamMode
from integrations.slack.outbound.shown import Live, Shown, Way, step
from integrations.slack.outbound.status import Road, SlackStatus

_ROOM_FOR_THE_END = 500
_PAUSE_BETWEEN_EDITS = 2.0  # chat.update is tier 3, and each edit redraws the message
_MOST_TROUBLE = 2


Known = Callable[[str], Awaitable[None]]
"""Told the reference of a preview as soon as there is one; raises LeaseLost where another worker answers."""


async def nobody_asks(_ref: str) -> None:
    """Where no other worker could answer."""


class SlackPreview:
    """One answer's preview in one thread; not for use by two tasks at once."""

    is_seen = True
    is_costly = True

    def __init__(
        self,
        api: SlackApi,
        poster: Poster,
        ladder: PreviewStrategy,
        status: SlackStatus,
        thread: Thread,
        message: InboundMessage,
        ref: str,
        live: Live,
        known: Known = nobody_asks,
    ) -> None:
        self._api = api
        self._poster = poster
        self._ladder = ladder
        self._status = status
        self._thread = thread
        self._message = message
        self._ref = self._lost(float(ref.partition(":")[2])) if ref.startswith(Way.LOST) else ref
        self._live = live
        self._known = known
        self._shown = Shown()
        # What a dead worker streamed is not known here, so nothing is appended to it.
        self._is_over = bool(ref)
        if ref:
            status.left(thread)
        self._text = ""
        self._road: Road | None = None
        self._trouble = 0
        self._last_sent = 0.0

    @property
    def ref(self) -> str:
        """Reference of the message that shows the preview, empty while there is none."""
        return self._ref

    async def status(self, text: str) -> None:
        """Show a short line under the thread; an empty text clears it."""
        if not text:
            await self._status.clear(self._thread, self._road)
            self._road = None
        elif self._road is Road.SESSION:
            await self._step(text)
        else:
            self._road = await self._status.show(self._thread, text)

    async def text(self, markdown: str) -> None:
        """Append checked sentences to the visible answer."""
        self._text += markdown
        if self._is_over:
            return
        try:
            await self._show()
        except UnknownOutcome:
            self._is_over, self._shown.is_certain = True, False
        except TemporaryFailure:
            self._trouble += 1
            self._is_over = self._trouble >= _MOST_TROUBLE
        except RemoteError:  # the stream died, or the person stopped it
            self._is_over, self._shown.is_certain = True, False

    async def clear(self) -> None:
        """Take back the status line, and let no stream stay open."""
        way, _, ts = self._ref.partition(":")
        if way == Way.STREAM and not self._is_over:
            self._is_over, self._shown.is_certain = True, False
            self._ladder.ended(self._thread, ts)
            with suppress(RemoteError):
                await self._status.stop(self._thread, ts)
        await self.status("")

    async def _show(self) -> None:
        safe = markdown(self._text).rstrip()  # white space waits for the words after it
        if not safe.startswith(self._shown.text) or len(safe) > MARKDOWN_LIMIT - _ROOM_FOR_THE_END:
            self._is_over = True  # what comes next changes what was shown, or needs a second message
        elif safe == self._shown.text:
            return
        elif not self._ref:
            await self._begin(safe, self._rungs())
        elif self._ref.startswith(Way.STREAM):
            await self._append(safe)
        else:
            await self._edit(safe)

    async def _step(self, text: str) -> None:
        """Show what is being done in the message itself: a session has no words of ours."""
        title = await self._status.sentence(text)
        if self._is_over or self._ref.startswith(Way.POST):
            return
        try:
            await (self._append(self._shown.text, title) if self._ref else self._begin_with(title))
        except UnknownOutcome:
            self._is_over, self._shown.is_certain = True, False
        except TemporaryFailure:
            return
        except RemoteError:
            self._is_over, self._shown.is_certain = True, False

    async def _begin_with(self, title: str) -> None:
        """Begin a stream with a step; a message that is edited shows none."""
        rungs = [rung for rung in self._rungs() if rung is not StreamMode.POST]
        if rungs and self._ladder.has_steps(self._thread):
            await self._begin("", rungs, title)
            if not self._ref:
                self._ladder.lost_steps(self._thread)

    async def _begin(self, safe: str, rungs: Sequence[StreamMode], title: str = "") -> None:
        # A message that is on its way cannot be called back: its reference is wanted even by a worker that
        # has lost the conversation meanwhile, to take the message away again.
        beginning = asyncio.ensure_future(self._try(rungs, safe, title))
        beginning.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(beginning)

    async def _try(self, rungs: Sequence[StreamMode], safe: str, title: str) -> None:
        since = self._api.clock.now()
        has_failed_for_now = False
        for rung in rungs:
            try:
                ts = await self._start(rung, safe, title)
            except UnknownOutcome:
                self._ref = self._lost(since)
                self._ladder.struggled(self._thread)
                raise
            except TemporaryFailure:
                if rung is StreamMode.POST:
                    raise
                has_failed_for_now = True
            except PermanentFailure as error:
                if rung is StreamMode.POST or self._shows_no_half_answers(error):
                    raise
            else:
                self._shown = Shown(safe, title)
                self._began(rung, ts, is_lasting=not has_failed_for_now and self._rungs() != [StreamMode.POST])
                await self._tell(ts)
                return

    def _shows_no_half_answers(self, error: PermanentFailure) -> bool:
        """Whether it is a server without streams and status lines: it may have no chat.update either."""
        return error.code == "unknown_method" and not self._status.has(self._thread)

    async def _tell(self, ts: str) -> None:
        try:
            await self._known(self._ref)
        except LeaseLost:
            self._is_over = True
            await delete_quietly(self._api, self._thread.channel, ts)
            raise

    def _lost(self, since: float) -> str:
        """A preview is newer than the line it answers; what is older was left by somebody else."""
        line = self._message.line_ts
        oldest = max(since - CLOCK_SKEW_SECONDS, float(line) if line else 0.0)
        return f"{Way.LOST}:{oldest:.6f}"

    def _began(self, rung: StreamMode, ts: str, *, is_lasting: bool) -> None:
        way = Way.POST if rung is StreamMode.POST else Way.STREAM
        self._ref = f"{way}:{ts}"
        self._live[self._ref] = self._shown
        self._last_sent = self._api.clock.now()
        if way is Way.STREAM:
            self._ladder.is_streaming(self._thread, ts)
        if is_lasting:
            self._ladder.works(self._thread, rung)

    async def _start(self, rung: StreamMode, safe: str, title: str) -> str:
        if rung is StreamMode.POST:
            draft = Draft(self._text, preview_label(self._message.id))
            return await self._poster.post(self._thread, draft)
        self._ladder.counted_start()
        answer = await self._api.write(
            "chat.startStream",
            channel=self._thread.channel,
            thread_ts=self._thread.ts,
            markdown_text=safe or None,
            chunks=[step(title)] if title else None,
            **self._recipient(rung),
        )
        await keep_in_thread(self._api, self._thread, answer)
        return str(answer.get("ts") or "")

    def _rungs(self) -> list[StreamMode]:
        # What a ticket's person wrote has no recipient in Slack.
        if self._author_team or self._thread.is_direct:
            return self._ladder.rungs(self._thread, self._author_team)
        return [StreamMode.POST]

    def _recipient(self, rung: StreamMode) -> dict[str, Any]:
        if rung is StreamMode.STREAM:
            return {}
        team = self._author_team if rung is StreamMode.STREAM_AUTHOR_TEAM else self._thread.team
        return {"recipient_user_id": self._message.author.id.user, "recipient_team_id": team}

    @property
    def _author_team(self) -> str:
        return self._message.author.id.team

    async def _append(self, safe: str, title: str = "") -> None:
        if self._must_wait(self._ladder.pause_between_appends()):
            return
        rest = safe.removeprefix(self._shown.text)
        what = {"chunks": [step(title)]} if title else self._shown.growth(rest)
        ts = self._ref.partition(":")[2]
        await self._api.write("chat.appendStream", channel=self._thread.channel, ts=ts, **what)
        self._shown.text, self._shown.step = safe, title

    async def _edit(self, safe: str) -> None:
        if self._must_wait(_PAUSE_BETWEEN_EDITS):
            return
        # Whoever was frozen for long may find that the answer stands here already.
        await self._known(self._ref)
        draft = Draft(self._text, preview_label(self._message.id))
        await self._poster.update(self._thread, self._ref.partition(":")[2], draft)
        self._shown.text = safe

    def _must_wait(self, pause: float) -> bool:
        now = self._api.clock.now()
        if now - self._last_sent < pause:
            return True
        self._last_sent = now
        return False
