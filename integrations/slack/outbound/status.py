"""Says under a thread that an answer is being made, by the method that the workspace has.

`agents.sessions.setStatus` knows four states and no words of ours; `assistant.threads.setStatus` takes words, and
leaves Slack in February 2027: https://docs.slack.dev/ai/agent-sessions. What a workspace refuses is not asked of it
again for an hour, what one channel refuses not for five minutes.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any

from cachetools import TTLCache

from bot.domain.errors import PermanentFailure, RemoteError, UnknownOutcome
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.own_messages import OwnIdentity

_REMEMBER_SECONDS = 3_600.0
_REMEMBER_TROUBLE_SECONDS = 300.0
_SESSION_SECONDS = 3_600.0  # then Slack itself takes a session for finished
_MOST = 10_000
_BEGINNINGS_PER_MINUTE = 20  # tier 3, and each beginning needs its end
_TRIES_TO_END = 2  # a session that is not ended looks busy for an hour; doing it twice changes nothing
_NOT_IN_THIS_WORKSPACE = frozenset(
    {
        "access_denied",
        "deprecated_endpoint",
        "enterprise_is_restricted",
        "feature_disabled",
        "feature_not_enabled",
        "method_deprecated",
        "missing_scope",
        "no_permission",
        "not_agent_app",
        "not_allowed_token_type",
        "not_authorized",
        "unknown_method",
    }
)
"""What is not said of a thread, but of the method: https://docs.slack.dev/reference/methods/agents.sessions.setStatus"""
_ARGUMENT_IS_UNKNOWN = frozenset({"invalid_arg_name", "invalid_arguments"})


class Road(StrEnum):
    """A method that shows a status, best first."""

    SESSION = "agents.sessions.setStatus"
    WORDS = "assistant.threads.setStatus"


class SlackStatus:
    """What stands under each thread, and which road each workspace and channel takes; for one process."""

    def __init__(self, api: SlackApi, whoami: Callable[[], Awaitable[OwnIdentity]]) -> None:
        self._api = api
        self._whoami = whoami
        self._stops_end_sessions = True
        now = api.clock.now
        self._refused: TTLCache[tuple[str, Road], bool] = TTLCache(_MOST, _REMEMBER_SECONDS, now)
        self._refused_here: TTLCache[tuple[str, str, Road], bool] = TTLCache(_MOST, _REMEMBER_TROUBLE_SECONDS, now)
        self._processing: TTLCache[tuple[str, str], bool] = TTLCache(_MOST, _SESSION_SECONDS, now)
        self._beginnings: dict[str, deque[float]] = {}

    def has(self, thread: Thread) -> bool:
        """Return whether there is a road that has not failed here lately."""
        return any(self._is_open(road, thread) for road in Road)

    async def show(self, thread: Thread, text: str) -> Road | None:
        """Show that an answer is being made; return the road that was taken, None where nothing is shown."""
        for road in Road:
            if not self._is_open(road, thread) or (road is Road.SESSION and self._is_busy(thread)):
                continue
            try:
                await (self._begin(thread) if road is Road.SESSION else self._call(road, thread, text))
            except PermanentFailure:
                continue
            except RemoteError:
                # Nobody waits for a status: the other road would be asked for as long again.
                self._refused_here.update({(thread.team, thread.channel, each): True for each in Road})
                return None
            else:
                return road
        return None

    async def clear(self, thread: Thread, road: Road | None) -> None:
        """Take back what `road` shows."""
        if road is Road.WORDS:
            try:
                await self._call(road, thread, "")
            except RemoteError:
                return
        await self.end(thread)

    async def end(self, thread: Thread) -> None:
        """Nothing is being made for this thread any more; words go by themselves when the bot writes."""
        for _ in range(_TRIES_TO_END):
            if (thread.channel, thread.ts) not in self._processing:
                return
            try:
                await self._call(Road.SESSION, thread, "active")
            except PermanentFailure:
                self._ended(thread)
            except RemoteError:
                continue
            else:
                self._ended(thread)

    async def stop(self, thread: Thread, ts: str, **grown: Any) -> Mapping[str, Any]:
        """Stop a stream, and end the session with it.

        Args:
            ts: the stream's message; `grown` is what is added to it.

        Raises:
            RemoteError: as for `SlackApi.write`.
        """
        place = {"channel": thread.channel, "ts": ts}
        if self._stops_end_sessions and (thread.channel, thread.ts) in self._processing:
            try:
                answer = await self._api.write("chat.stopStream", **place, session_status="active", **grown)
            except PermanentFailure as error:
                if error.code not in _ARGUMENT_IS_UNKNOWN:
                    raise
                self._stops_end_sessions = False  # the reference does not name the argument, the library does
            else:
                self._ended(thread)
                return answer
        return await self._api.write("chat.stopStream", **place, **grown)

    async def sentence(self, text: str) -> str:
        """Return the words of a status line with the bot's name before them, as Slack shows them under a thread."""
        try:
            name = (await self._whoami()).name
        except RemoteError:
            return text
        return f"{name[:1].upper()}{name[1:]} {text}".strip()

    def left(self, thread: Thread) -> None:
        """A process that died may have left the session as busy."""
        if self._is_open(Road.SESSION, thread):
            self._processing[thread.channel, thread.ts] = True

    def _ended(self, thread: Thread) -> None:
        self._processing.pop((thread.channel, thread.ts), None)

    async def _begin(self, thread: Thread) -> None:
        self._beginnings.setdefault(thread.team, deque(maxlen=_BEGINNINGS_PER_MINUTE)).append(self._now)
        self._processing[thread.channel, thread.ts] = True
        try:
            await self._call(Road.SESSION, thread, "processing")
        except UnknownOutcome:
            raise
        except RemoteError:
            self._ended(thread)
            raise

    async def _call(self, road: Road, thread: Thread, status: str) -> None:
        try:
            await self._api.write(road.value, channel_id=thread.channel, thread_ts=thread.ts, status=status)
        except PermanentFailure as error:
            if error.code in _NOT_IN_THIS_WORKSPACE:
                self._refused[thread.team, road] = True
            else:
                self._refused_here[thread.team, thread.channel, road] = True
            raise

    def _is_open(self, road: Road, thread: Thread) -> bool:
        is_refused_here = (thread.team, thread.channel, road) in self._refused_here
        return not is_refused_here and (thread.team, road) not in self._refused

    def _is_busy(self, thread: Thread) -> bool:
        """Whether the minute's sessions are used up; there must be room for their ends."""
        begun = self._beginnings.get(thread.team, deque())
        return len(begun) == _BEGINNINGS_PER_MINUTE and self._now - begun[0] < 60.0

    @property
    def _now(self) -> float:
        return self._api.clock.now()
