"""Spans of what is done; they are nothing, and cost nothing, until somebody says where they go (`send_to`).

An exception leaves its class on a span and never its text, which may quote a customer.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

Value = str | int | float | bool
Attributes = Mapping[str, Value]


class Span(Protocol):
    """Something that is being done."""

    def tell(self, attributes: Attributes) -> None:
        """Add what became known."""

    def fail(self, error: str) -> None:
        """Say that it failed.

        Args:
            error: the class of the error, or another name from a small set.
        """

    def end(self) -> None:
        """It is done."""


class Destination(Protocol):
    """Makes spans and takes them away."""

    def begin(self, name: str, attributes: Attributes, *, calls_out: bool) -> Span:
        """Return a span that has begun, inside the current one."""

    def current(self, span: Span) -> AbstractContextManager[None]:
        """Let spans that begin in the body be inside this one."""


class _Nothing:
    """The span of whoever sends none."""

    def tell(self, attributes: Attributes) -> None:
        """Forget it."""

    def fail(self, error: str) -> None:
        """Forget it."""

    def end(self) -> None:
        """Forget it."""


NOTHING: Span = _Nothing()
NO_SPAN = nullcontext(NOTHING)
_destination: Destination | None = None


def send_to(destination: Destination | None) -> None:
    """Send the spans of this process somewhere, None for nowhere."""
    global _destination  # noqa: PLW0603  # one process, one destination, as with its log
    _destination = destination


def are_sent() -> bool:
    """Return whether spans go anywhere."""
    return _destination is not None


def begin(name: str, attributes: Attributes, *, calls_out: bool = False) -> Span:
    """Return a span that its maker ends; nothing else is inside it.

    Args:
        calls_out: whether somebody else does the work and we wait.
    """
    return _destination.begin(name, attributes, calls_out=calls_out) if _destination else NOTHING


def span(name: str, attributes: Attributes, *, calls_out: bool = False) -> AbstractContextManager[Span]:
    """Let the body be a span, and what begins in it be inside it."""
    return _within(_destination, name, attributes, calls_out) if _destination else NO_SPAN


@contextmanager
def _within(destination: Destination, name: str, attributes: Attributes, calls_out: bool) -> Iterator[Span]:
    begun = destination.begin(name, attributes, calls_out=calls_out)
    try:
        with destination.current(begun):
            yield begun
    except BaseException as error:
        begun.fail(type(error).__name__)
        raise
    finally:
        begun.end()
