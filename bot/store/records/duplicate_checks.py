"""Lists the Slack threads in which a message of ours may stand twice, and when to look.

A process that was frozen between the proof of its fence and the write to its socket posts when it thaws, although
somebody else has posted meanwhile, and Slack takes no key that would stop it. So wherever an effect was looked up
before it was carried out, or a worker found that it had lost its conversation, the thread is read back some time later,
and once more much later: the frozen one may still have been asleep.
"""

from collections.abc import Sequence

from bot.store import keys
from bot.store.redis import Scripts

LOOK_AFTER_SECONDS = (5.0, 60.0, 600.0)
HOLD_SECONDS = 20.0
MOST_AT_ONCE = 20


class DuplicateChecks:
    """The set of places to read back. Every method raises TemporaryFailure when the store is down.

    Args:
        after: seconds after which a place is read back.
    """

    def __init__(self, scripts: Scripts, after: Sequence[float] = LOOK_AFTER_SECONDS) -> None:
        self._scripts = scripts
        self._after = after
        self._keys = [keys.DOUBTS, f"{keys.DOUBTS}:first"]

    async def add(self, place: str) -> None:
        """Have the thread of a conversation, or the channel `slack::CHANNEL:`, read back."""
        whens = [part for number, delay in enumerate(self._after) for part in (f"{number} {place}", int(delay * 1000))]
        await self._scripts.run("doubt", self._keys[:1], keys.DOUBT_SECONDS, *whens)

    async def claim(self) -> list[tuple[str, str]]:
        """Return places to be read back now, each with what `done` wants to know; nobody else gets them meanwhile."""
        reply = await self._scripts.run("claim", self._keys, MOST_AT_ONCE, int(HOLD_SECONDS * 1000))
        texts = [part.decode() if isinstance(part, bytes) else str(part) for part in reply[1:]]
        return list(zip(texts[::4], texts[1::4], strict=True))  # and how late it is, and an author, whom these have not

    async def done(self, member: str, score: str) -> None:
        """The place was read back."""
        await self._scripts.run("hold", self._keys[:1], member, score, -1)
