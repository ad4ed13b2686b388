"""What goes wrong at a double's next calls, as a test says: refused, put off, or done without an answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.domain.errors import RemoteError, UnknownOutcome


@dataclass
class Failure:
    """One thing that goes wrong.

    Args:
        error: what the caller sees.
        times: how often it still does.
        is_done: whether the call has its effect nevertheless.
    """

    error: RemoteError
    times: int
    is_done: bool


@dataclass
class Failures:
    """What goes wrong, by the port's method."""

    coming: dict[str, Failure] = field(default_factory=dict)

    def refuse(self, method: str, error: RemoteError, times: int = 1) -> None:
        """Let the method's next calls do nothing but raise."""
        self.coming[method] = Failure(error, times, is_done=False)

    def lose_answer(self, method: str) -> None:
        """Let the method's next call do its work, and the caller never hear of it."""
        self.coming[method] = Failure(UnknownOutcome(f"{method}: no answer"), 1, is_done=True)

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Do the method's work in the body, unless it is to fail.

        Raises:
            RemoteError: it is to fail; after the body where only its answer is lost.
        """
        failure = self._next(method)
        if failure and not failure.is_done:
            raise failure.error
        yield
        if failure:
            raise failure.error

    def _next(self, method: str) -> Failure | None:
        failure = self.coming.get(method)
        if failure is None:
            return None
        failure.times -= 1
        if not failure.times:
            del self.coming[method]
        return failure
