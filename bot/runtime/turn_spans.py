"""The span of a turn: what it decides, and the deliveries that follow at once, are inside it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from bot.store.queue.held import Held
from bot.telemetry import span_names, traces
from bot.turn.context import TurnResult

_current: ContextVar[traces.Span] = ContextVar("turn span", default=traces.NOTHING)


def turn_span(held: Held) -> AbstractContextManager[None]:
    """Let the body be the span of the turn at the head of the inbox."""
    return _turn_span(held) if traces.are_sent() else nullcontext()


@contextmanager
def _turn_span(held: Held) -> Iterator[None]:
    attributes: dict[str, traces.Value] = {
        span_names.OPERATION: span_names.TURN,
        span_names.CONVERSATION: held.id,
        span_names.TURN_NUMBER: held.turn + 1,
        span_names.ATTEMPT: held.attempts,
    }
    with traces.span(span_names.TURN, attributes) as span:
        before = _current.set(span)
        try:
            yield
        finally:
            _current.reset(before)


def tell_turn(outcome: TurnResult) -> None:
    """Add what the turn came to, to its span."""
    told = {
        span_names.VERDICT: outcome.verdict.partition(":")[0],
        span_names.OWNER: str(outcome.conversation.owner),
        span_names.SPECIALIST: outcome.conversation.specialist,
    }
    _current.get().tell({name: value for name, value in told.items() if value})
