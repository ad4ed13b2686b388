"""How sure a share is: Wilson's interval, at 95 %. Pure.

https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
"""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959964
"""Standard deviations that hold 95 of 100."""


@dataclass(frozen=True)
class Share:
    """So many of so many, with the interval in which the true share lies 95 times of 100; all are fractions."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share itself, 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        """The lower end."""
        return max(0.0, self._middle - self._half) if self.count else 0.0

    @property
    def high(self) -> float:
        """The upper end: of nothing everything is possible."""
        if not self.of or self.count == self.of:
            return 1.0
        return min(1.0, self._middle + self._half)

    @property
    def _middle(self) -> float:
        return (self.value + _Z**2 / (2 * self.of)) / (1 + _Z**2 / self.of)

    @property
    def _half(self) -> float:
        spread = sqrt(self.value * (1 - self.value) / self.of + _Z**2 / (4 * self.of**2))
        return _Z * spread / (1 + _Z**2 / self.of)

    def told(self) -> str:
        """Return it as people read it."""
        return f"{self.count} of {self.of} ({self.value:.0%}; {self.low:.0%} to {self.high:.0%})"


def kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Return how far two judges agree beyond chance, None where chance alone decides.

    https://en.wikipedia.org/wiki/Cohen%27s_kappa
    """
    if not pairs:
        return None
    size = len(pairs)
    agreed = sum(one == other for one, other in pairs) / size
    names = {name for pair in pairs for name in pair}
    by_chance = sum(
        sum(one == name for one, _ in pairs) * sum(other == name for _, other in pairs) / size**2 for name in names
    )
    return None if by_chance >= 1 else (agreed - by_chance) / (1 - by_chance)
