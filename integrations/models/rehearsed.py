"""Wraps a model for a rehearsal on past tickets: masks what it is asked, and stops at a hard limit of its cost."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

from agents import Model, ModelResponse
from agents.items import TResponseStreamEvent
from openai.types.responses import ResponseCompletedEvent
from typing_extensions import override

from bot.desk.policy.pricing import Price, SpendingPolicy, Tokens
from bot.domain.errors import AgentError
from bot.turn.agent.model_cost import expected_tokens, used_tokens
from integrations.models import ModelClients
from integrations.models.offline import OfflineModel

Masking = Callable[[Any], Any]


class LimitReached(AgentError):
    """Another call might cost more than may be spent."""

    is_fault = False


@dataclass
class Budget:
    """What may be spent, in millionths of a dollar; calls under way count by their estimates.

    Args:
        most: None for no limit.
    """

    most: int | None = None
    spent: int = 0
    held: int = 0

    def set_aside(self, estimate: int) -> None:
        """Hold an estimate.

        Raises:
            LimitReached: with it the limit might be passed.
        """
        if self.most is not None and self.spent + self.held + estimate > self.most:
            raise LimitReached("the limit of this replay's cost is reached")
        self.held += estimate

    def settle(self, estimate: int, cost: int) -> None:
        """Count what a call really cost in the place of its estimate."""
        self.held -= estimate
        self.spent += cost


@dataclass
class RehearsedCalls:
    """One ticket's calls.

    Args:
        mask: masks every text of a request.
        is_stopped: whether a call was refused by the limit, so that what came of it is no answer.
        is_failing: whether the last call got no answer.
    """

    budget: Budget
    mask: Masking
    is_stopped: bool = False
    is_failing: bool = False


class RehearsedModel(Model):
    """Any model; what it sees holds no personal data."""

    def __init__(self, model: Model, price: Price, calls: RehearsedCalls) -> None:
        self._model = model
        self._price = price
        self._calls = calls

    @override
    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    @override
    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Ask with masked words.

        Raises:
            LimitReached: no more may be spent.
        """
        given, named = self._masked(given, named)
        held = self._begin(given, named)
        cost, self._calls.is_failing = held, True
        try:
            response = await self._model.get_response(*given, **named)
            cost, self._calls.is_failing = self._cost(response.usage, held), False
        finally:
            self._calls.budget.settle(held, cost)
        return response

    @override
    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Ask with masked words, and yield what comes.

        Raises:
            LimitReached: no more may be spent.
        """
        given, named = self._masked(given, named)
        held = self._begin(given, named)
        cost, self._calls.is_failing = held, True
        try:
            async for event in self._model.stream_response(*given, **named):
                if isinstance(event, ResponseCompletedEvent):
                    cost, self._calls.is_failing = self._cost(event.response.usage, held), False
                yield event
        finally:
            self._calls.budget.settle(held, cost)

    def _masked(self, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The first two arguments are the instructions and the items."""
        mask = self._calls.mask
        texts = {name: mask(value) for name, value in named.items() if name in {"system_instructions", "input"}}
        return (*[mask(each) for each in given[:2]], *given[2:]), named | texts

    def _begin(self, given: Any, named: Any) -> int:
        estimate = self._price.of(expected_tokens(given, named))
        try:
            self._calls.budget.set_aside(estimate)
        except LimitReached:
            self._calls.is_stopped = True
            raise
        return estimate

    def _cost(self, usage: Any, estimate: int) -> int:
        tokens: Tokens | None = used_tokens(usage)
        return self._price.of(tokens) if tokens else estimate


def rehearse(
    models: ModelClients, names: tuple[str, str], spending: SpendingPolicy, calls: RehearsedCalls
) -> ModelClients:
    """Return the models for one ticket; the rule model leaves nothing and costs nothing, so that it stays as it is.

    Args:
        names: of the large and the small one, for their prices.
    """
    large, small = (
        model if isinstance(model, OfflineModel) else RehearsedModel(model, spending.price_of(name), calls)
        for model, name in zip((models.large, models.small), names, strict=True)
    )
    return replace(models, large=large, small=small, clients=())
