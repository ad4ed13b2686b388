"""What was given up, kept for somebody to look at: the newest ten thousand."""

from dataclasses import dataclass

from bot.domain.errors import TemporaryFailure
from bot.mailbox import keys
from bot.mailbox.connection import Client, store_errors


@dataclass(frozen=True)
class DeadLetter:
    """One thing given up.

    Args:
        id: `milliseconds-number`, by time.
        payload: the effect or message as JSON; it may hold customers' words.
        reason: the vendor's error code or the error's kind.
        since: of an effect, Unix seconds no later than the first attempt to carry it out; 0 where it is not known.
    """

    id: str
    conversation: str
    kind: str
    payload: str
    reason: str
    since: float = 0.0

    @property
    def at(self) -> float:
        """Unix seconds."""
        return int(self.id.partition("-")[0]) / 1000


class DeadLetters:
    """The stream of what was given up."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def bury(self, conversation: str, kind: str, payload: str, reason: str, since: float = 0.0) -> None:
        """Keep one dead letter.

        Raises:
            TemporaryFailure: the store is down.
        """
        what = {"conversation": conversation, "kind": kind, "payload": payload}
        entry = {**what, "reason": reason, "since": f"{since:.3f}"}
        try:
            await self._client.xadd(keys.DEAD, entry, maxlen=keys.DEAD_LETTERS, approximate=True)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
