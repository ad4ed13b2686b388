"""The due queue: conversations sorted by due time; claiming one moves its time ahead.

A wake sets a time; a claim moves it ahead by the redelivery time, so the work of a worker that dies is due again
by itself; finishing removes the entry unless somebody woke it meanwhile, or leaves it there until the conversation's
next deadline (a promise, idle close, an approval that lapses). That makes wake, debounce, redelivery, parking and
timers one mechanism. A nudge over pub/sub saves the sleepers' waiting; losing one costs at most `IDLE_SECONDS`.

Measured on 2 cores before this was chosen: accepting with one job of a task queue per message reached 0.54 of a bare
Bolt app's events per second, with this set 0.84, and such a job costs a worker about 19 commands where a claim
costs one for all that is due.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from bot.store import keys
from bot.store.redis import Scripts, store_errors
from bot.telemetry import metrics

LONGEST_DEBOUNCE = 10.0
"""A customer who never stops typing waits at most this many debounces."""
IDLE_SECONDS = 0.25
"""Longest sleep between two looks at the set."""
LISTEN_SECONDS = 1.0
STOP = "stop"

log = structlog.get_logger(__name__)


LOOKED_AT = 400
"""So many are looked at where more is due than can be taken: the oldest, the newest, and others between each time."""


@dataclass(frozen=True)
class Shares:
    """How a worker's hands are shared out.

    Args:
        most: conversations of one place that it works on at once.
        at_work: by place, how many it works on now.
    """

    most: int
    at_work: Mapping[str, int]

    @property
    def told(self) -> list[str | int]:
        """What the script is told of them."""
        return [self.most, LOOKED_AT, *(part for pair in self.at_work.items() for part in pair)]


def place_of(conversation: str) -> str:
    """Return what shares a worker's hands as one: a Slack channel or direct message, a `/chat` key, all tickets."""
    return ConversationId(conversation).place


@dataclass
class Claim:
    """One conversation taken by one worker; `score` proves that nobody woke it since."""

    conversation: str
    score: str


def _nobody(_conversation: str, _author: str) -> None:
    """Where no turn is taken."""


class DueQueue:
    """The set of due conversations.

    Args:
        debounce: seconds; bounds how long a pending wake can be put off.
        alone: name of a set of this process's own: it takes nobody else's work, and nobody takes its.
    """

    def __init__(self, scripts: Scripts, *, debounce: float, alone: str = "") -> None:
        self._scripts = scripts
        self._alone = bool(alone)
        self._longest = int(max(debounce, 0.001) * LONGEST_DEBOUNCE * 1000)
        name = keys.due_of(alone) if alone else keys.DUE
        self._keys = [name, f"{name}:first" if alone else keys.DUE_FIRST]
        self._nudged = asyncio.Event()

    def wake_call(self, conversation: str, delay: float) -> tuple[str, list[str], tuple[str | float, ...]]:
        """Return the script call of `wake`, for a pipeline.

        Args:
            delay: seconds until it is due.
        """
        return "wake", self._keys, (conversation, int(delay * 1000), self._longest, keys.NUDGE)

    async def wake(self, conversation: str, delay: float = 0.0) -> None:
        """Make the conversation due after `delay` seconds.

        Raises:
            TemporaryFailure: the store is down.
        """
        name, key, args = self.wake_call(conversation, delay)
        await self._scripts.run(name, key, *args)

    async def wake_all(self) -> None:
        """Make every conversation that waits for something due: another desk may have other deadlines.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            found = await self._scripts.client.zrange(self._keys[0], 0, -1)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        for conversation in found:
            await self.wake(conversation.decode() if isinstance(conversation, bytes) else str(conversation))

    async def claim(self, most: int, hold: float, shares: Shares | None = None) -> tuple[list[Claim], float]:
        """Take up to `most` due conversations for `hold` seconds; also return the seconds until the next one.

        Args:
            shares: so that one place's flood costs the others nothing; None takes the oldest, whosever they are.

        Raises:
            TemporaryFailure: the store is down.
        """
        fairly = shares.told if shares else []
        reply = await self._scripts.run("claim", [*self._keys, keys.WORKED], most, int(hold * 1000), *fairly)
        if self._alone:
            await self._scripts.run_all(*(("expire", [name], (keys.ALONE_SECONDS,)) for name in self._keys))
        texts = [part.decode() if isinstance(part, bytes) else str(part) for part in reply[1:]]
        claims = [Claim(texts[i], texts[i + 1]) for i in range(0, len(texts), 3)]
        for late in texts[2::3]:
            metrics.DUE_LAG_SECONDS.observe(int(late) / 1000)
        until_next = int(reply[0])
        return claims, (IDLE_SECONDS if until_next < 0 else min(IDLE_SECONDS, until_next / 1000))

    async def hold(self, claim: Claim, seconds: float) -> None:
        """Keep the claim for `seconds` more, or let it be due again after them."""
        score = await self._scripts.run("hold", self._keys[:1], claim.conversation, claim.score, int(seconds * 1000))
        if (text := score.decode() if isinstance(score, bytes) else str(score)) != "0":
            claim.score = text

    async def finish(self, claim: Claim) -> None:
        """Take the conversation out of the set, unless it was woken since it was claimed."""
        await self._scripts.run("hold", self._keys[:1], claim.conversation, claim.score, -1)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` or the next nudge."""
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return
        finally:
            self._nudged.clear()

    async def stop(self, conversation: str, author: str) -> None:
        """Tell whoever works on the conversation that this author wants no answer any more; best effort."""
        with suppress(*store_errors):
            await self._scripts.client.publish(keys.NUDGE, f"{STOP} {author} {conversation}")

    async def listen(self, stopped: Callable[[str, str], None] = _nobody) -> None:
        """Turn the nudges of other processes into this one's, until cancelled.

        Args:
            stopped: told the conversation in which an author wants no answer any more, and the author's id.

        Only wakes without delay are announced: a sleeper that looks every quarter second sees the others in time.
        """
        while True:
            try:
                async with self._scripts.client.pubsub() as subscription:
                    await subscription.subscribe(keys.NUDGE)
                    while True:
                        # Bounded: a blocking read would run into the socket's timeout on a quiet day.
                        message = await subscription.get_message(timeout=LISTEN_SECONDS)
                        if message is None:
                            continue
                        self._nudged.set()
                        if isinstance(message["data"], bytes) and message["data"].startswith(STOP.encode()):
                            _, author, conversation = message["data"].decode().split(" ", 2)
                            stopped(conversation, author)
            except store_errors:
                await asyncio.sleep(IDLE_SECONDS)
            except Exception:
                log.exception("listen.stumbled")  # a nudge that nobody understands costs no other one
                await asyncio.sleep(IDLE_SECONDS)
