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
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2s

import structlog

from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId, person_of
from bot.store import keys
from bot.store.redis import Call, Scripts, store_errors
from bot.telemetry import metrics

LONGEST_DEBOUNCE = 10.0
"""A customer who never stops typing waits at most this many debounces."""
IDLE_SECONDS = 0.25
"""Longest sleep between two looks at the set."""
LISTEN_SECONDS = 1.0
STOP = "stop"

log = structlog.get_logger(__name__)


MOST_COLONS = 2
"""Of a place in a workspace: `slack:TEAM:CHANNEL`."""
LOOKED_AT = 400
"""So many are looked at where more is due than can be taken: the oldest, the newest, and others between each time."""


@dataclass(frozen=True)
class Shares:
    """How a worker's hands are shared out.

    Args:
        most: conversations of one place that it works on at once.
        at_work: by place, how many it works on now.
        by_author: by the tag of who wrote in it, how many it works on now.
    """

    most: int
    at_work: Mapping[str, int]
    by_author: Mapping[str, int] = field(default_factory=dict)

    @property
    def told(self) -> list[str | int]:
        """What the script is told of them; an author's one conversation is as good as none."""
        told = Counter(self.at_work)
        for place, count in self.at_work.items():
            told[f"*{workspace_of(place)}"] += count
        told |= {f"@{tag}": count for tag, count in self.by_author.items() if count > 1}
        return [self.most, LOOKED_AT, *(part for pair in told.items() for part in pair)]


def place_of(conversation: str) -> str:
    """Return what shares a worker's hands as one: a Slack channel or direct message, a `/chat` key, all tickets."""
    return ConversationId(conversation).place


def workspace_of(place: str) -> str:
    """Return what holds a place together with others: a Slack workspace; elsewhere the place is one of its own."""
    return place.rpartition(":")[0] if place.count(":") == MOST_COLONS else place


def tag_of(author: str) -> str:
    """Return what stands for an author in the queue: their name is of no use there, and would have to be forgotten."""
    return blake2s(person_of(author).encode(), digest_size=8).hexdigest() if author else ""


@dataclass
class Claim:
    """One conversation taken by one worker.

    Args:
        score: proves that nobody woke it since.
        author: tag of who wrote in it last, empty where that is not known.
    """

    conversation: str
    score: str
    author: str = ""


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
        self._authors = f"{name}:authors" if alone else keys.DUE_AUTHORS
        self._nudged = asyncio.Event()

    def wake_call(self, conversation: str, delay: float, author: str = "") -> Call:
        """Return the script call of `wake`, for a pipeline.

        Args:
            delay: seconds until it is due.
            author: tag of who has written, with whom its turn is shared out; empty where that is not known.
        """
        args = (conversation, int(delay * 1000), self._longest, keys.NUDGE, author, keys.AUTHORS_SECONDS)
        return "wake", [*self._keys, self._authors], args

    async def wake(self, conversation: str, delay: float = 0.0, author: str = "") -> None:
        """Make the conversation due after `delay` seconds.

        Args:
            author: as for `wake_call`.

        Raises:
            TemporaryFailure: the store is down.
        """
        name, key, args = self.wake_call(conversation, delay, author)
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
        names = [*self._keys, keys.WORKED, self._authors]
        reply = await self._scripts.run("claim", names, most, int(hold * 1000), *fairly)
        if self._alone:
            own = [*self._keys, self._authors]
            await self._scripts.run_all(*(("expire", [name], (keys.ALONE_SECONDS,)) for name in own))
        texts = [part.decode() if isinstance(part, bytes) else str(part) for part in reply[1:]]
        claims = [Claim(texts[i], texts[i + 1], texts[i + 3]) for i in range(0, len(texts), 4)]
        for late in texts[2::4]:
            metrics.DUE_LAG_SECONDS.observe(int(late) / 1000)
        until_next = int(reply[0])
        return claims, (IDLE_SECONDS if until_next < 0 else min(IDLE_SECONDS, until_next / 1000))

    def hold_call(self, claim: Claim, seconds: float | None) -> Call:
        """Return the script call of `hold`, or of `finish` for no seconds, for a pipeline; the claim ends with it."""
        left = -1 if seconds is None else int(seconds * 1000)
        return "hold", self._keys[:1], (claim.conversation, claim.score, left)

    async def hold(self, claim: Claim, seconds: float) -> None:
        """Keep the claim for `seconds` more, or let it be due again after them."""
        [score] = await self._scripts.run_all(self.hold_call(claim, seconds))
        if (text := score.decode() if isinstance(score, bytes) else str(score)) != "0":
            claim.score = text

    async def finish(self, claim: Claim) -> None:
        """Take the conversation out of the set, unless it was woken since it was claimed."""
        await self._scripts.run_all(self.hold_call(claim, None))

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
