"""Recommends for each topic how much the desk may do by itself, by a rule that the report states. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.replay.intervals import Share

Advice = Literal["public", "draft", "leave"]

FEWEST = 10
"""Comparable tickets below which nothing speaks against a topic for good."""
ENOUGH = 50
"""Comparable tickets from which on a topic may be public: https://en.wikipedia.org/wiki/Rule_of_three_(statistics)"""
MOST_WRONG = 0.10
LEAST_HELPFUL = 0.20

RULE = (
    f"**public**: at least {ENOUGH} comparable tickets, none wrong about money or an action, surely (95 %) fewer than "
    f"{MOST_WRONG:.0%} wrong, surely more than {LEAST_HELPFUL:.0%} settled or acted on. "
    f"**leave**: of at least {FEWEST} comparable tickets surely more than {MOST_WRONG:.0%} wrong, or surely fewer than "
    f"{LEAST_HELPFUL:.0%} settled or acted on. **draft**: everything else; so where too few tickets tell anything, "
    "drafts will. What the judge, in both orders, calls a contradiction counts as wrong here."
)


@dataclass(frozen=True)
class Tally:
    """What is known of one topic.

    Args:
        comparable: tickets.
        wrong: those that contradict what people did, by the facts or by the judge.
        wrong_about_money: those of them about an amount or an action.
        helpful: those that were settled or acted on, and are not wrong.
    """

    comparable: int
    wrong: int
    wrong_about_money: int
    helpful: int


def recommend(tally: Tally) -> tuple[Advice, str]:
    """Return the recommendation, and what decided it."""
    wrong, helpful = Share(tally.wrong, tally.comparable), Share(tally.helpful, tally.comparable)
    if tally.comparable >= FEWEST and (reason := _against_it(wrong, helpful)):
        return "leave", reason
    if reasons := list(_against_public(tally, wrong, helpful)):
        return "draft", "; ".join(reasons)
    return "public", f"wrong {wrong.told()}, settled or acted on {helpful.told()}"


def _against_it(wrong: Share, helpful: Share) -> str:
    if wrong.low > MOST_WRONG:
        return f"wrong: {wrong.told()}"
    return f"of little use: settled or acted on {helpful.told()}" if helpful.high < LEAST_HELPFUL else ""


def _against_public(tally: Tally, wrong: Share, helpful: Share) -> Sequence[str]:
    checks = (
        (tally.comparable < ENOUGH, f"{tally.comparable} comparable tickets, {ENOUGH} are needed for public"),
        (tally.wrong_about_money > 0, f"{tally.wrong_about_money} wrong about money or an action"),
        (wrong.high >= MOST_WRONG, f"wrong up to {wrong.high:.0%}"),
        (helpful.low <= LEAST_HELPFUL, f"settled or acted on perhaps only {helpful.low:.0%}"),
    )
    return [reason for holds, reason in checks if holds]
