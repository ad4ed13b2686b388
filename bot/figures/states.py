"""Which conversations and rows each figure counts, and on which day: what pages add up and what they list.

A conversation is in one state, whichever question is asked first: handed over, else confirmed, else presumed, else
undone, else open.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, case, cast, func, not_, or_

from bot.domain.drafts import OUTCOMES
from bot.figures.adding import BETWEEN
from bot.figures.tables import conversation as c
from bot.figures.tables import turn as t

Condition = ColumnElement[bool]

escalated: Condition = c.c.escalated_at.is_not(None)
confirmed: Condition = and_(not_(escalated), c.c.confirmed_at.is_not(None))
kept: Condition = c.c.escalated_at + c.c.to_human_seconds <= c.c.promised_until


def presumed(now: float) -> Condition:
    """Return which are presumed to be resolved at a moment."""
    return and_(not_(escalated), c.c.confirmed_at.is_(None), c.c.due_at.is_not(None), c.c.due_at <= now)


def resolved(now: float) -> Condition:
    """Return which are resolved."""
    return or_(confirmed, presumed(now))


def _unresolved(now: float) -> Condition:
    is_waiting = or_(c.c.due_at.is_(None), c.c.due_at > now)
    return and_(not_(escalated), c.c.confirmed_at.is_(None), is_waiting)


def undone(now: float) -> Condition:
    """Return which were resolved, and are not any more."""
    return and_(_unresolved(now), c.c.undone_day.is_not(None))


def opened(now: float) -> Condition:
    """Return which are none of the others."""
    return and_(_unresolved(now), c.c.undone_day.is_(None))


def kept_promise(now: float) -> Condition:
    """Return of which the promise was kept; without one that is over or kept the question is not asked."""
    return and_(asked_promise(now), c.c.to_human_seconds.is_not(None), kept)


def asked_promise(now: float) -> Condition:
    """Return of which it is known whether their promise was kept."""
    is_known = or_(c.c.to_human_seconds.is_not(None), c.c.promised_until < now)
    return and_(escalated, c.c.promised_until.is_not(None), is_known)


def number_of(condition: Condition) -> ColumnElement[int]:
    """Return 1 for a row for which it holds, else 0."""
    return case((condition, 1), else_=0)


def each(seconds: ColumnElement[float]) -> ColumnElement[str]:
    """Return all times of a group in one text, for to fetch a row of each takes longer than to add up everything."""
    return func.aggregate_strings(cast(seconds, String), BETWEEN)


@dataclass(frozen=True)
class Counted:
    """What a figure counts.

    Args:
        condition: which rows.
        day: the column with the day on which they count.
        of_turns: whether they are rows of the table of turns.
    """

    condition: Condition
    day: ColumnElement[int]
    of_turns: bool = False


def counted(figure: str, now: float) -> Counted:
    """Return what a figure counts.

    Raises:
        KeyError: there is none of that name.
    """
    return _table(now)[figure]


def _table(now: float) -> Mapping[str, Counted]:
    everything = c.c.first_day.is_not(None)
    by_answer = Counted(resolved(now), c.c.answer_day)
    handed = Counted(and_(everything, escalated), c.c.first_day)
    all_of_them = Counted(everything, c.c.first_day)
    by_confirmation = Counted(confirmed, c.c.answer_day)
    good = _turns(t.c.counts == "csat.good")
    rated = _turns(t.c.counts.in_(["csat.good", "csat.bad"]))
    paid = _turns(t.c.cost > 0)
    return {
        "conversations": all_of_them,
        "answered": Counted(and_(everything, c.c.answered), c.c.first_day),
        "open": Counted(and_(everything, opened(now)), c.c.first_day),
        "escalated": handed,
        "escalation_rate": handed,
        "undone": Counted(undone(now), c.c.undone_day),
        **{f"drafts.{outcome}": _turns(t.c.counts == f"drafts.{outcome}") for outcome in OUTCOMES},
        "resolved.confirmed": by_confirmation,
        "resolved.presumed": Counted(presumed(now), c.c.answer_day),
        "automation_rate": by_answer,
        "turns_to_resolution": by_answer,
        **_timed("first_response.bot", c.c.bot_seconds),
        **_timed("first_response.human", c.c.human_seconds),
        **_timed("time_to_human", c.c.to_human_seconds),
        "promises_kept": Counted(kept_promise(now), c.c.first_day),
        "csat.good": good,
        "csat.value": good,
        "csat.rated": rated,
        "csat.response_rate": rated,
        "thumbs.up": _turns(t.c.counts == "thumbs.up"),
        "thumbs.down": _turns(t.c.counts == "thumbs.down"),
        "cost.total": paid,
        "cost.per_conversation": paid,
        "cost.per_confirmed_resolution": by_confirmation,
        "tokens.input": _turns(t.c.input > 0),
        "tokens.output": _turns(t.c.output > 0),
        "tokens.total": _turns(or_(t.c.input > 0, t.c.output > 0)),
        "stopped.brake": _turns(t.c.counts == "stopped.brake"),
        "stopped.cap": _turns(t.c.counts == "stopped.cap"),
    }


def _turns(condition: Condition) -> Counted:
    return Counted(condition, t.c.day, of_turns=True)


def _timed(name: str, seconds: ColumnElement[float]) -> dict[str, Counted]:
    told = Counted(seconds.is_not(None), c.c.first_day)
    return {f"{name}.p50": told, f"{name}.p95": told}
