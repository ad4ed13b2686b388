"""Charges every model call: an estimate is reserved before it, the real cost is counted after it.

The caps of the desk are looked at before the call, together with all that others have set aside, so that they hold
with any number of conversations at once. What is over a cap goes to a human. A replayed answer costs nothing, a call
whose worker died stays counted by its estimate.

What holds: a cap is exceeded by at most what calls under way cost above their estimates. The input is estimated from
above (`BYTES_PER_TOKEN`), so that only an answer of more than `ANSWER_TOKENS` goes over.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from agents import Model, ModelResponse, Usage
from agents.items import TResponseStreamEvent
from openai import APIConnectionError, APIStatusError, APITimeoutError
from openai.types.responses import ResponseCompletedEvent, ResponseUsage

from bot.desk.policy.pricing import Price, Tokens
from bot.domain.errors import AgentError
from bot.domain.models.cost import MICRO, Used
from bot.domain.ports import Refusal, Reservation, SpendingLedger
from bot.telemetry import metrics

BYTES_PER_TOKEN = 3
ANSWER_TOKENS = 1_500
REASONS = {
    Refusal.CUSTOMER: "this customer's limit of model costs for today is reached",
    Refusal.DESK: "the desk's limit of model costs for this month is reached",
}


class Overspent(AgentError):
    """A cap is reached: no model is called, a human takes the conversation."""

    is_fault = False


@dataclass
class CostScope:
    """Who pays in a turn.

    Args:
        customer: whose day it counts for: the author's id, the customer's once they are known.
        total: what the conversation has cost so far in millionths of a dollar, None while nothing was paid here.
        paid: what the calls of this scope cost.
        input: tokens that they read, as far as servers tell.
        output: tokens that they wrote.
        corrected: what their real costs added to their estimates.
    """

    spending: SpendingLedger
    conversation: str
    customer: str
    total: int | None = None
    paid: int = 0
    input: int = 0
    output: int = 0
    corrected: int = 0

    def settle(self, held: Reservation, cost: int, corrected_before: int) -> None:
        """Count what a call really cost.

        Args:
            corrected_before: when its estimate was set aside; what other calls corrected since is not in its total.
        """
        self.paid += cost
        self.corrected += cost - held.estimate
        self.total = held.total + self.corrected - corrected_before
        self.spending.settle(held, cost)

    def used_since(self, before: int) -> Used:
        """Return what was used: the attempts before this one count in what the conversation has cost by now.

        Args:
            before: what it had cost when its last turn was committed.
        """
        return Used(max(self.paid, (self.total or 0) - before), self.input, self.output)

    def count(self, tokens: "Tokens | None") -> None:
        """Add the tokens of one call."""
        if tokens:
            self.input += tokens.input
            self.output += tokens.output


_current: ContextVar[CostScope | None] = ContextVar("purse", default=None)


@contextmanager
def paying(purse: CostScope) -> Iterator[CostScope]:
    """Let every model that is called in the body be paid from this purse."""
    token = _current.set(purse)
    try:
        yield purse
    finally:
        _current.reset(token)


def paid_by(customer: str) -> None:
    """From now on the turn's calls count for this customer."""
    if purse := _current.get():
        purse.customer = customer


class MeteredModel(Model):
    """Any model, whose calls are paid for.

    Args:
        name: for the metric.
    """

    def __init__(self, model: Model, name: str, price: Price) -> None:
        self._model = model
        self._name = name
        self._price = price

    async def close(self) -> None:
        """Close the model behind it."""
        await self._model.close()

    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Pay for one response.

        Raises:
            Overspent: a cap is reached.
        """
        call = await self._begin(given, named)
        try:
            response = await self._model.get_response(*given, **named)
        except Exception as error:
            self._failed(call, error)
            raise
        self._settle(call, response.usage, response.output)
        return response

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Pay for one streamed response.

        Raises:
            Overspent: a cap is reached.
        """
        call = await self._begin(given, named)
        try:
            async for event in self._model.stream_response(*given, **named):
                if isinstance(event, ResponseCompletedEvent):
                    self._settle(call, event.response.usage, event.response.output)
                yield event
        except Exception as error:
            self._failed(call, error)
            raise

    async def _begin(self, given: Any, named: Any) -> "_Call | None":
        """Set the estimate aside; None where nothing is paid."""
        purse = _current.get()
        if purse is None or self._price.is_free:
            return None
        expected, corrected = expected_tokens(given, named), purse.corrected
        held = await purse.spending.set_aside(purse.customer, purse.conversation, self._price.of(expected))
        if isinstance(held, Refusal):
            metrics.OVERSPENT.labels(cap=str(held)).inc()
            raise Overspent(REASONS[held])
        return _Call(purse, held, expected.input, corrected)

    def _settle(self, call: "_Call | None", usage: Usage | ResponseUsage | None, output: Sequence[Any]) -> None:
        used = used_tokens(usage)
        if purse := _current.get():
            purse.count(used)
        self._count_tokens(used)
        if call:
            self._count(call, used or Tokens(call.input, _tokens(output)))

    def _count_tokens(self, used: Tokens | None) -> None:
        if used:
            metrics.MODEL_TOKENS.labels(direction="input", model=self._name).inc(used.input)
            metrics.MODEL_TOKENS.labels(direction="output", model=self._name).inc(used.output)

    def _failed(self, call: "_Call | None", error: Exception) -> None:
        """Only what the provider surely did not do costs nothing."""
        refused = isinstance(error, APIStatusError | APIConnectionError) and not isinstance(error, APITimeoutError)
        if call and refused:
            self._count(call, Tokens(0, 0))

    def _count(self, call: "_Call", tokens: Tokens) -> None:
        """Count the real cost; while the store is away the estimate stays."""
        cost = self._price.of(tokens)
        metrics.SPENT.labels(model=self._name).inc(cost / MICRO)
        call.purse.settle(call.held, cost, call.corrected)


@dataclass(frozen=True)
class _Call:
    """A call under way.

    Args:
        input: tokens that it is expected to read.
        corrected: by how much its scope had corrected estimates when this one was set aside.
    """

    purse: CostScope
    held: Reservation
    input: int
    corrected: int


def expected_tokens(given: Any, named: Any) -> Tokens:
    """Return what a call may use, estimated from above: its arguments, and an answer of usual length."""
    tools = named.get("tools") or next(iter(given[3:4]), ())
    schemas = [getattr(tool, "params_json_schema", None) for tool in tools]
    return Tokens(_tokens([*given[:2], named.get("system_instructions"), named.get("input"), schemas]), ANSWER_TOKENS)


def _tokens(said: Sequence[Any]) -> int:
    """An estimate from above, for the time before the provider tells, and for one that never does.

    Python's own notation is as long as JSON, escapes included, and made in half the time.
    """
    return len(ascii(said)) // BYTES_PER_TOKEN + 1


def used_tokens(usage: Usage | ResponseUsage | None) -> Tokens | None:
    """Return what a call used, None where the provider does not tell."""
    if usage is None or not (usage.input_tokens or usage.output_tokens):
        return None
    cached = usage.input_tokens_details.cached_tokens or 0
    return Tokens(usage.input_tokens, usage.output_tokens, min(cached, usage.input_tokens))
