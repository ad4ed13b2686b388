"""Estimates what an eval with a real model will cost, from the desk's own texts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.desk.loading.desk import Desk
from bot.desk.policy.pricing import Tokens
from bot.domain.models.cost import dollars
from bot.evals.trial import Named

_CHARS = 4  # per token
_HOUSE = 450  # tokens of the rules that every specialist has
_TOOL = 120  # of a tool's or a transfer's description
_SAID = 150  # of an answer, and of a tool's output
_TRANSCRIPT = 300  # of a turn, as a judge reads it


@dataclass(frozen=True)
class Estimate:
    """Model calls, tokens, and their price in millionths of a dollar.

    Args:
        is_guess: whether a desk has no price for the model, so that it counts as the dearest it knows.
    """

    calls: int
    tokens_in: int
    tokens_out: int
    cost: int
    is_guess: bool

    def __str__(self) -> str:
        guess = " (no price of this model in desk.yml: reckoned as the dearest there)" if self.is_guess else ""
        return (
            f"about {self.calls:,} model calls, {self.tokens_in / 1000:,.0f} thousand tokens in and "
            f"{self.tokens_out / 1000:,.0f} thousand out, {dollars(self.cost)}{guess}"
        )


def estimate(cases: Sequence[Named], desks: Mapping[str, Desk], plays: int, model: str) -> Estimate:
    """Return what the cases take: per line a call for each tool it needs, one to route and one to answer.

    Args:
        model: every call is reckoned at its price, though a small model makes some of them.
    """
    calls = tokens_in = cost = 0
    for named in cases:
        used = _calls(named), _tokens_in(named, _prompt(desks[named.desk]))
        calls, tokens_in = calls + used[0], tokens_in + used[1]
        cost += desks[named.desk].policy.spending.price_of(model).of(Tokens(used[1], used[0] * _SAID))
    is_guess = any(desk.policy.spending.unpriced((model,)) for desk in desks.values())
    return Estimate(calls * plays, tokens_in * plays, calls * plays * _SAID, cost * plays, is_guess)


def _calls(named: Named) -> int:
    return sum(2 + len(turn.tools) for turn in named.case.turns) + len(named.case.judge)


def _tokens_in(named: Named, prompt: int) -> int:
    """Every call reads the prompt, and what was said and returned before it."""
    tokens = history = 0
    for turn in named.case.turns:
        steps = 2 + len(turn.tools)
        tokens += steps * (prompt + history + len(turn.says) // _CHARS) + _SAID * steps * (steps - 1) // 2
        history += _SAID * steps
    return tokens + len(named.case.judge) * _TRANSCRIPT * len(named.case.turns)


def _prompt(desk: Desk) -> int:
    """Tokens of an average specialist's instructions, tools and transfers."""
    sizes = [
        len(each.instructions) // _CHARS + _TOOL * (len(each.tools) + len(each.transfers) + 1)
        for each in desk.specialists.values()
    ]
    return _HOUSE + len(desk.voice) // _CHARS + sum(sizes) // len(sizes)
