"""Prices model calls and states how much may be spent: the `spending` section of `desk.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.models.cost import MICRO

FREE = "offline"
"""The rule model; it costs nothing."""


class Price(BaseModel):
    """USD per million tokens.

    Args:
        input: tokens of the prompt.
        cached: those of them that the provider had cached; left out: the same as any other.
        output: tokens of the answer, thoughts included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0)
    cached: Decimal | None = Field(None, ge=0)
    output: Decimal = Field(ge=0)

    @property
    def is_free(self) -> bool:
        """Whether nothing of it costs anything."""
        return not (self.input or self.cached or self.output)

    def of(self, tokens: "Tokens") -> int:
        """Return what these tokens cost, in millionths of a dollar, rounded up."""
        cached = self.input if self.cached is None else self.cached
        cost = (tokens.input - tokens.cached) * self.input + tokens.cached * cached + tokens.output * self.output
        return int(cost.to_integral_value(ROUND_CEILING))


@dataclass(frozen=True)
class Tokens:
    """What a call used; `cached` is a part of `input`."""

    input: int
    output: int
    cached: int = 0


DEAREST = Price(input=Decimal(15), output=Decimal(75))
"""Of a model that no table knows, where there is no table at all: caps hold all the same."""


class SpendingPolicy(BaseModel):
    """What models cost and how much may be spent; without a cap everything is counted and nothing refused.

    Args:
        prices: model → its price.
        prices_of: the day on which the prices were looked up.
        per_customer_day: USD that one customer's conversations may cost in a day (UTC).
        per_month: USD that the desk's conversations may cost in a calendar month (UTC).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prices: Mapping[str, Price] = Field(default_factory=dict)
    prices_of: date | None = None
    per_customer_day: Decimal | None = Field(None, ge=0)
    per_month: Decimal | None = Field(None, ge=0)

    def price_of(self, model: str) -> Price:
        """Return a model's price; one that is not listed costs as much as the dearest that is."""
        if model == FREE:
            return Price(input=Decimal(0), output=Decimal(0))
        listed = max(self.prices.values(), key=lambda price: price.output, default=DEAREST)
        return self.prices.get(model, listed)

    @property
    def caps(self) -> tuple[int | None, int | None]:
        """The caps of a customer's day and of the desk's month, in millionths of a dollar."""
        day, month = (None if cap is None else int(cap * MICRO) for cap in (self.per_customer_day, self.per_month))
        return day, month

    def unpriced(self, models: tuple[str, ...]) -> list[str]:
        """Return the models whose price is a guess."""
        return sorted({model for model in models if model != FREE and model not in self.prices})
