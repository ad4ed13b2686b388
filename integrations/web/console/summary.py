"""Renders the overview's figures: five main ones beside the period before, what became of all, and where it is bad."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from bot.figures.definitions import BY_NAME, STATES
from bot.figures.report import Report, Row, Values
from integrations.web.console.charts import bar, spark, strip
from integrations.web.console.elements import amount, badge, link, nothing, row, spaced, table
from integrations.web.console.numbers import change, shown
from integrations.web.console.periods import dates, figure_path, said

STATE_TONES = {
    "resolved.confirmed": "good",
    "resolved.presumed": "soft",
    "undone": "bad",
    "escalated": "three",
    "open": "muted",
}
MOST_ROWS = 8
ENOUGH = 20
"""Of fewer conversations nothing is said to be weak."""
WEAKER = 0.1
"""So much below all of them is marked."""


@dataclass(frozen=True)
class Reports:
    """The same period in three ways."""

    by_time: Report
    by_reason: Report
    by_specialist: Report


@dataclass(frozen=True)
class Main:
    """One of the main figures.

    Args:
        title: what the card asks, where that is not the figure's own title.
        beside: says more, of the period's values.
    """

    figure: str
    beside: Callable[[Values], str]
    title: str = ""


def told(values: Values, name: str) -> str:
    """Return a figure's value for people."""
    return shown(values.get(name), BY_NAME[name].unit)


MAINS = (
    Main(
        "automation_rate",
        lambda now: f"{told(now, 'resolved.confirmed')} confirmed, {told(now, 'resolved.presumed')} presumed",
        "Resolved by the bot",
    ),
    Main(
        "first_response.bot.p50",
        lambda now: f"95 %: {told(now, 'first_response.bot.p95')} · humans: {told(now, 'first_response.human.p50')}",
        "First response",
    ),
    Main(
        "escalation_rate",
        lambda now: f"{told(now, 'escalated')} handed over · promises kept: {told(now, 'promises_kept')}",
    ),
    Main(
        "csat.value",
        lambda now: f"{amount(told(now, 'csat.rated'), 'rating')} · {told(now, 'csat.response_rate')} answered",
    ),
    Main(
        "cost.total",
        lambda now: (
            f"{told(now, 'cost.per_conversation')} each · "
            f"{told(now, 'cost.per_confirmed_resolution')} per confirmed resolution"
        ),
    ),
)


def render_summary(reports: Reports) -> str:
    """Return the overview's figures."""
    report = reports.by_time
    period, total = report.period, report.total
    count = link(figure_path("conversations", period), amount(told(total, "conversations"), "conversation"))
    line = f'<p class="muted">{escape(said(period))}, beside {escape(said(period.before))} · {count}</p>'
    cards = "".join(_card(main, report) for main in MAINS)
    pair = _section("What became of them", _states(report)) + _section(
        "Why people were needed", _reasons(reports.by_reason)
    )
    return (
        f'{line}<ul class="mains">{cards}</ul><div class="pair">{pair}</div>'
        f"<h2>Where it is good, and where bad</h2>{_specialists(reports.by_specialist)}"
    )


def _section(title: str, body: str) -> str:
    return f'<section class="card" aria-label="{title}"><h2>{title}</h2>{body}</section>'


def _card(main: Main, report: Report) -> str:
    figure = BY_NAME[main.figure]
    now, before = report.total.get(figure.name), report.before.get(figure.name)
    changed = change(figure, now, before)
    told_before = "" if before is None else f"{shown(before, figure.unit)} before"
    values = [each.values.get(figure.name) for each in report.rows]
    definition = f"/console/figures?{_query(report)}#{figure.path}"
    counted = figure_path(figure.path, report.period)
    return (
        f'<li><a class="title" href="{escape(definition)}">{escape(main.title or figure.title)}</a>'
        f'<a class="value" href="{escape(counted)}">{escape(shown(now, figure.unit))}</a>'
        f'<span class="change {changed.tone}">{escape(changed.text)} <span>{escape(told_before)}</span></span>'
        f"{spark(values)}<small>{escape(main.beside(report.total))}</small></li>"
    )


def _query(report: Report) -> str:
    return "&".join(f"{name}={value}" for name, value in dates(report.period).items())


def _states(report: Report) -> str:
    total = report.total
    sizes = [(name, float(total.get(name) or 0)) for name in STATES]
    everything = sum(size for _, size in sizes)
    if not everything:
        return nothing("No conversations in this period.")
    rows = "".join(_state(name, size, size / everything, report) for name, size in sizes)
    return f'{strip([(STATE_TONES[name], size) for name, size in sizes])}<ul class="parts">{rows}</ul>'


def _state(name: str, size: float, share: float, report: Report) -> str:
    counted = link(figure_path(BY_NAME[name].path, report.period), BY_NAME[name].title)
    return f'<li><i class="{STATE_TONES[name]}"></i>{counted}<b>{size:,.0f}</b><span>{share * 100:.0f} %</span></li>'


def _largest(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows with the most of a figure, those with none left out."""
    found = [each for each in rows if each.values.get(name)]
    return sorted(found, key=lambda each: -float(each.values.get(name) or 0))[:MOST_ROWS]


def _reasons(report: Report) -> str:
    rows = _largest(report.rows, "escalated")
    most = max((float(each.values["escalated"] or 0) for each in rows), default=0.0)
    if not most:
        return nothing("Nothing was handed over.")
    shares = "".join(_reason(each, report, most) for each in rows)
    return f'<ul class="parts bars">{shares}</ul>'


def _reason(each: Row, report: Report, most: float) -> str:
    count = float(each.values["escalated"] or 0)
    path = figure_path("escalated", report.period, by="reason", key=each.key)
    name = link(path, spaced(each.key) or "not known")
    return f"<li>{name}<b>{count:,.0f}</b>{bar(count / most, 'three')}</li>"


def _specialists(report: Report) -> str:
    rows = _largest(report.rows, "conversations")
    if not rows:
        return nothing("No conversations in this period.")
    usual = report.total.get("automation_rate")
    columns = ("Specialist", "Conversations", "Resolved by the bot", "Handed over", "Undone", "CSAT", "Cost each")
    lines = [_specialist(each, report, usual) for each in rows]
    return table(columns, lines, "Figures by specialist", numbers=columns[1:])


def _specialist(each: Row, report: Report, usual: float | None) -> str:
    values = each.values

    def counted(name: str) -> str:
        path = figure_path(BY_NAME[name].path, report.period, by="specialist", key=each.key)
        return link(path, told(values, name))

    rate = values.get("automation_rate")
    is_enough = (values.get("conversations") or 0) >= ENOUGH
    is_weak = is_enough and rate is not None and usual is not None and rate < usual - WEAKER
    automated = badge(told(values, "automation_rate"), "bad") if is_weak else told(values, "automation_rate")
    cells = (
        escape(each.key or "none yet"),
        counted("conversations"),
        automated,
        f"{counted('escalated')} <small>{told(values, 'escalation_rate')}</small>",
        counted("undone"),
        told(values, "csat.value"),
        told(values, "cost.per_conversation"),
    )
    return row(cells, numbers=range(1, 7))
