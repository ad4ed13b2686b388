"""Formats figures for people: a value in its unit, and how it has changed."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.figures.definitions import Figure, Unit

NONE = "–"
Value = float | int | None
SAME = 0.0005
"""A change by less is none."""


@dataclass(frozen=True)
class Change:
    """How a figure has changed.

    Args:
        text: for people, empty where it cannot be told.
        tone: `good`, `bad`, or empty where neither is.
    """

    text: str = ""
    tone: str = ""


def shown(value: Value, unit: Unit) -> str:
    """Return a value for people."""
    return NONE if value is None else _FORMATS[unit](float(value))


def tick(value: float, unit: Unit) -> str:
    """Return a round value at a scale."""
    if unit is Unit.SHARE:
        return f"{value * 100:g} %"
    if unit is Unit.DOLLARS:
        return f"{value:g} USD"
    if unit is Unit.SECONDS and value < 60:
        return f"{value:g} s"
    return f"{value:g}" if unit is Unit.TURNS else shown(value, unit).replace(".0 ", " ")


def change(figure: Figure, now: Value, before: Value) -> Change:
    """Return how a figure has changed since the period before: shares in points, everything else in per cent."""
    if now is None or before is None:
        return Change()
    by = now - before if figure.unit is Unit.SHARE else _relative(now, before)
    if by is None:
        return Change("new")
    return Change("no change") if abs(by) < SAME else _changed(figure, by)


def _changed(figure: Figure, by: float) -> Change:
    unit = "pts" if figure.unit is Unit.SHARE else "%"
    size = f"{abs(by) * 100:.1f}" if abs(by) < 0.0995 else f"{abs(by) * 100:,.0f}"
    text = f"{'▲' if by > 0 else '▼'} {size} {unit}"
    if figure.more_is_better is None:
        return Change(text)
    return Change(text, "good" if (by > 0) is figure.more_is_better else "bad")


def _relative(now: float, before: float) -> float | None:
    if not before:
        return None if now else 0.0
    return (now - before) / abs(before)


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"


def seconds(value: float) -> str:
    """Return a duration: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if value < 60:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    whole = round(value)
    for size, name, next_size, next_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // next_size
            return f"{whole // size} {name} {rest} {next_name}" if rest else f"{whole // size} {name}"
    return f"{whole} s"


def _dollars(value: float) -> str:
    if not value:
        return "0 USD"
    return f"{value:,.2f} USD" if value >= 1 else f"{value:.4f} USD"


def _tokens(value: float) -> str:
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f} {name}"
    return f"{value:.0f}"


def _turns(value: float) -> str:
    return f"{value:.1f}"


_FORMATS: dict[Unit, Callable[[float], str]] = {
    Unit.COUNT: _count,
    Unit.SHARE: _share,
    Unit.SECONDS: seconds,
    Unit.DOLLARS: _dollars,
    Unit.TOKENS: _tokens,
    Unit.TURNS: _turns,
}
