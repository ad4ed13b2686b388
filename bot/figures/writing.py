"""Writes a report for other programs, as JSON and CSV, and for people at a terminal."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

from bot.figures.definitions import FIGURES, Figure, Unit
from bot.figures.report import Report, Values

_DASH = "–"


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as names and values.

    A name with a dot stands as it is, and as a group too: `total["csat.value"]` is `total["csat"]["value"]`.
    """
    return {
        "from": str(report.period.first),
        "to": str(report.period.last),
        "by": report.by,
        "time_zone": report.time_zone,
        "rules": report.rules,
        "total": _named(report.total),
        "before": _named(report.before),
        "rows": [{"key": row.key, **_named(row.values)} for row in report.rows],
    }


def _named(values: Values) -> dict[str, Any]:
    told: dict[str, Any] = dict(values)
    for name, value in values.items():
        *groups, last = name.split(".")
        place = told
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = value
    return told


def as_csv(report: Report) -> str:
    """Return a report as CSV: a line per row, under the names of the figures."""
    text = StringIO()
    names = [figure.name for figure in FIGURES]
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["key", *names])
    for row in report.rows:
        lines.writerow([_cell(row.key), *("" if row.values[name] is None else row.values[name] for name in names)])
    return text.getvalue()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection"""
    return f"'{text}" if text[:1] in set("=+-@\t\r") else text


def as_text(report: Report) -> str:
    """Return a report for people: each figure beside the period before, then the rows that say most."""
    period, zone = report.period, report.time_zone
    head = f"{period.first} to {period.last} ({zone}), beside the {period.days} days before"
    width = max(len(figure.title) for figure in FIGURES)
    lines = [
        f"  {figure.title:<{width}}  {shown(figure, report.total):>12}  {shown(figure, report.before):>12}"
        for figure in FIGURES
        if not _is_nothing(figure, report.total, report.before)
    ]
    return "\n".join([head, *lines, "", *_rows(report)])


_SHOWN = ("conversations", "answered", "resolved.confirmed", "resolved.presumed", "undone", "escalated", "open")


def _rows(report: Report) -> list[str]:
    names = [name.rpartition(".")[2] for name in _SHOWN]
    width = max(len(report.by), *(len(row.key) for row in report.rows), 0) if report.rows else len(report.by)
    head = f"  {report.by:<{width}}  {'  '.join(f'{name:>13}' for name in names)}"
    rows = [
        f"  {row.key:<{width}}  {'  '.join(f'{row.values[name] or 0:>13}' for name in _SHOWN)}" for row in report.rows
    ]
    return [head, *rows]


def _is_nothing(figure: Figure, *several: Values) -> bool:
    return not any(values[figure.name] for values in several)


def shown(figure: Figure, values: Mapping[str, float | int | None]) -> str:
    """Return a figure as people read it."""
    value = values[figure.name]
    if value is None:
        return _DASH
    match figure.unit:
        case Unit.SHARE:
            return f"{100 * value:.1f} %"
        case Unit.SECONDS:
            return _time(value)
        case Unit.DOLLARS:
            return f"{value:.2f} USD" if value >= 1 or not value else f"{value:.4f} USD"
        case Unit.TURNS:
            return f"{value:.1f}"
    return f"{value:,}"


def _time(seconds: float) -> str:
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.1f} s"
