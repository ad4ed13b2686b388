"""What a run with a real model will cost, before it begins: a rough figure, from the desk's own texts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.desk.loader import Desk
from bot.evals.trial import Named

_CHARS = 4  # per token
_HOUSE = 450  # tokens of the rules that every specialist has
_TOOL = 120  # of a tool's or a transfer's description
_SAID = 150  # of an answer, and of a tool's output
_TRANSCRIPT = 300  # of a turn, as a judge reads it


@dataclass(frozen=True)
class Estimate:
    """Model calls and tokens."""

    calls: int
    tokens_in: int
    tokens_out: int

    def __str__(self) -> str:
        return (
            f"about {self.calls:,} model calls, {self.tokens_in / 1000:,.0f} thousand tokens in and "
            f"{self.tokens_out / 1000:,.0f} thousand out"
        )


def estimate(cases: Sequence[Named], desks: Mapping[str, Desk], plays: int) -> Estimate:
    """Return what the cases take: per line a call for each tool it needs, one to route and one to answer."""
    calls = tokens_in = 0
    for named in cases:
        prompt = _prompt(desks[named.desk])
        history = 0
        for turn in named.case.turns:
            steps = 2 + len(turn.tools)
            calls += steps
            tokens_in += steps * (prompt + history + len(turn.says) // _CHARS) + _SAID * steps * (steps - 1) // 2
            history += _SAID * steps
        calls += len(named.case.judge)
        tokens_in += len(named.case.judge) * _TRANSCRIPT * len(named.case.turns)
    return Estimate(calls * plays, tokens_in * plays, calls * plays * _SAID)


def _prompt(desk: Desk) -> int:
    """Tokens of an average specialist's instructions, tools and transfers."""
    sizes = [
        len(each.instructions) // _CHARS + _TOOL * (len(each.tools) + len(each.transfers) + 1)
        for each in desk.specialists.values()
    ]
    return _HOUSE + len(desk.voice) // _CHARS + sum(sizes) // len(sizes)
