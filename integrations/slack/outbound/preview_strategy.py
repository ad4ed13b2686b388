"""Learns which way of streaming a server takes: https://docs.slack.dev/ai/developing-ai-apps.

Slack's documentation and reports from the field disagree on the recipient that streams in shared channels need, so
each channel starts with the documented one and remembers what worked.
"""

from collections import deque
from enum import StrEnum

from cachetools import TTLCache

from bot.domain.ids import Thread
from bot.domain.ports import Clock

STARTS_PER_MINUTE = 20
_REMEMBER_SECONDS = 3_600.0
_REMEMBER_TROUBLE_SECONDS = 300.0
_LIVE_SECONDS = 300.0  # Slack closes a stream after about five minutes
_APPENDS_PER_SECOND = 100 / 60  # tier 4, for the whole workspace
_CHANNELS = 10_000


class StreamMode(StrEnum):
    """A way to show a text that grows."""

    STREAM = "stream"  # in a DM
    STREAM_AUTHOR_TEAM = "stream_author_team"  # recipient in their own workspace, as documented
    STREAM_INSTALL_TEAM = "stream_install_team"  # recipient in the installing workspace
    POST = "post"  # a message that is edited


class PreviewStrategy:
    """What this process learnt about each channel, and how much it streams right now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._works: TTLCache[tuple[str, str], StreamMode] = TTLCache(_CHANNELS, _REMEMBER_SECONDS, clock.now)
        self._trouble: TTLCache[tuple[str, str], bool] = TTLCache(_CHANNELS, _REMEMBER_TROUBLE_SECONDS, clock.now)
        self._stepless: TTLCache[tuple[str, str], bool] = TTLCache(_CHANNELS, _REMEMBER_SECONDS, clock.now)
        self._starts: deque[float] = deque(maxlen=STARTS_PER_MINUTE)
        self._live: TTLCache[tuple[str, str], bool] = TTLCache(_CHANNELS, _LIVE_SECONDS, clock.now)

    def rungs(self, thread: Thread, author_team: str) -> list[StreamMode]:
        """Return what to try, best first."""
        key = (thread.team, thread.channel)
        if key in self._trouble or self._is_busy():
            return [StreamMode.POST]
        known = self._works.get(key)
        if thread.is_direct:
            ladder = [StreamMode.STREAM, StreamMode.POST]
        elif author_team == thread.team:
            ladder = [StreamMode.STREAM_AUTHOR_TEAM, StreamMode.POST]
        else:
            ladder = [StreamMode.STREAM_AUTHOR_TEAM, StreamMode.STREAM_INSTALL_TEAM, StreamMode.POST]
        return ladder[ladder.index(known) :] if known in ladder else ladder

    def works(self, thread: Thread, rung: StreamMode) -> None:
        """Remember that `rung` is the best that works in this channel."""
        self._works[thread.team, thread.channel] = rung

    def is_streaming(self, thread: Thread, ts: str) -> None:
        """A stream began; `ts` is its message."""
        self._live[thread.channel, ts] = True

    def counted_start(self) -> None:
        """Count one chat.startStream against the minute, whatever becomes of it."""
        self._starts.append(self._clock.now())

    def ended(self, thread: Thread, ts: str) -> None:
        """A stream came to its end."""
        self._live.pop((thread.channel, ts), None)

    def struggled(self, thread: Thread) -> None:
        """An answer to chat.startStream was lost here: post instead for some minutes."""
        self._trouble[thread.team, thread.channel] = True

    def has_steps(self, thread: Thread) -> bool:
        """Return whether a stream that begins with a step was not refused here lately."""
        return (thread.team, thread.channel) not in self._stepless

    def lost_steps(self, thread: Thread) -> None:
        """No stream begins with a step here."""
        self._stepless[thread.team, thread.channel] = True

    def pause_between_appends(self) -> float:
        """Return seconds between two appends of one stream so that all live ones fit the workspace's limit."""
        return len(self._live) / _APPENDS_PER_SECOND

    def _is_busy(self) -> bool:
        full = len(self._starts) == STARTS_PER_MINUTE
        return full and self._clock.now() - self._starts[0] < 60.0
