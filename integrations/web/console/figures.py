"""`/console/figures`: every figure as a chart with its table, its sentence, and the way to what it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.figures.definitions import BY_NAME, FIGURES, STATES, Figure
from bot.figures.report import FiguresReader, Period, Report, Row
from integrations.web.access import Access
from integrations.web.console.charts import Chart, Series, bar, draw, legend, strip
from integrations.web.console.elements import badge, link, nothing, row, spaced, table
from integrations.web.console.layout import page
from integrations.web.console.numbers import change, shown
from integrations.web.console.periods import (
    SPANS,
    by_time,
    dates,
    figure_path,
    last_days,
    period_of,
    said,
    span_links,
    way_of,
)
from integrations.web.console.summary import STATE_TONES

PATH = "/console/figures"
OVER_TIME = frozenset({"day", "week"})
WAY_NAMES = {"day": "day", "week": "week", "channel": "channel", "specialist": "specialist", "reason": "reason"}


@dataclass(frozen=True)
class Group:
    """Figures that stand in one chart.

    Args:
        tones: by a figure's name.
        stacked: columns upon each other instead of lines.
    """

    title: str
    tones: dict[str, str]
    stacked: bool = False

    @property
    def figures(self) -> Sequence[Figure]:
        """Its figures, in the order in which they are drawn."""
        return [BY_NAME[name] for name in self.tones]


GROUPS = (
    Group("What became of conversations", {name: STATE_TONES[name] for name in STATES}, stacked=True),
    Group("Automation and escalation", {"automation_rate": "one", "escalation_rate": "three"}),
    Group("First answer by the bot", {"first_response.bot.p50": "one", "first_response.bot.p95": "four"}),
    Group("First answer by a human", {"first_response.human.p50": "two", "first_response.human.p95": "four"}),
    Group("From the hand-over to a human", {"time_to_human.p50": "two", "time_to_human.p95": "four"}),
    Group("Promises kept", {"promises_kept": "two"}),
    Group("Customer satisfaction", {"csat.value": "one", "csat.response_rate": "five"}),
    Group("Thumbs", {"thumbs.up": "good", "thumbs.down": "bad"}, stacked=True),
    Group("Cost", {"cost.total": "one"}, stacked=True),
    Group("Cost of one", {"cost.per_conversation": "one", "cost.per_confirmed_resolution": "four"}),
    Group("Tokens", {"tokens.input": "one", "tokens.output": "two"}, stacked=True),
    Group(
        "What humans made of drafts",
        {
            "drafts.sent": "good",
            "drafts.used": "soft",
            "drafts.sent_edited": "two",
            "drafts.edited": "one",
            "drafts.rewritten": "three",
            "drafts.discarded": "bad",
            "drafts.superseded": "five",
            "drafts.ignored": "muted",
        },
        stacked=True,
    ),
    Group("Turns to resolution", {"turns_to_resolution": "one"}),
    Group("Stopped", {"stopped.brake": "bad", "stopped.cap": "warn"}, stacked=True),
)


def figures_router(access: Access, reader: FiguresReader) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get(PATH, response_model=None)
    async def show(request: Request, days: str = "", by: str = "") -> HTMLResponse:
        token = access.token_of(access.operator(request))
        period = period_of(request, reader.usual(), days)
        way = way_of(by) or by_time(period)
        report = await reader.report(period, way)
        span = _span_of(period, reader.usual())
        more = {"by": way} if way not in OVER_TIME else {}
        return page("Figures", render_figures(report), token, at=PATH, aside=span_links(PATH, span, **more))

    return router


def _span_of(period: Period, usual: Period) -> int:
    return next((days for days in SPANS if last_days(usual, days) == period), 0)


def render_figures(report: Report) -> str:
    """Return the body of the page."""
    charts = "".join(_group(group, report) for group in GROUPS)
    return f'{_form(report)}<div class="charts">{charts}</div>{_definitions(report)}'


def _form(report: Report) -> str:
    period = report.period
    named = {**dates(period), "by": report.by}
    options = "".join(
        f'<option value="{way}"{" selected" if way == report.by else ""}>{name}</option>'
        for way, name in WAY_NAMES.items()
    )
    asked = urlencode(named)
    downloads = f"{link(f'{PATH}.csv?{asked}', 'CSV')} {link(f'{PATH}.json?{asked}', 'JSON')}"
    return (
        f'<form class="filters" method="get" action="{PATH}">'
        f'<label>From <input type="date" name="from" value="{period.first}"></label>'
        f'<label>To <input type="date" name="to" value="{period.last}"></label>'
        f'<label>By <select name="by">{options}</select></label><button>Show</button>'
        f'<span class="row downloads">{downloads}</span></form>'
        f'<p class="muted">{escape(said(period))}, days in {escape(report.time_zone)}, beside '
        f"{escape(said(period.before))}.</p>"
    )


def _group(group: Group, report: Report) -> str:
    drawn = _over_time(group, report) if report.by in OVER_TIME else _by_name(group, report)
    heads = "".join(_headline(figure, report) for figure in group.figures[:3]) if not group.stacked else ""
    shown_heads = f'<div class="headlines">{heads}</div>' if heads else ""
    label = escape(group.title)
    return f'<section class="card" aria-label="{label}"><h2>{label}</h2>{shown_heads}{drawn}</section>'


def _headline(figure: Figure, report: Report) -> str:
    now = report.total.get(figure.name)
    changed = change(figure, now, report.before.get(figure.name))
    return (
        f"<p><b>{link(figure_path(figure.path, report.period), shown(now, figure.unit))}</b> "
        f'<span class="change {changed.tone}">{escape(changed.text)}</span> '
        f'<small><a href="#{figure.path}">{escape(figure.title)}</a></small></p>'
    )


def _over_time(group: Group, report: Report) -> str:
    series = [
        Series(figure.title, group.tones[figure.name], [each.values.get(figure.name) for each in report.rows])
        for figure in group.figures
    ]
    chart = Chart(group.title, [each.key for each in report.rows], series, group.figures[0].unit, stacked=group.stacked)
    drawn = nothing("Nothing to draw in this period.") if chart.is_empty else draw(chart)
    return drawn + _table(group, report)


def _by_name(group: Group, report: Report) -> str:
    """Return the figures of each channel, specialist or reason as bars."""
    rows = [each for each in report.rows if any(each.values.get(figure.name) for figure in group.figures)]
    if not rows:
        return nothing("Nothing to draw in this period.") + _table(group, report)
    parts = group.stacked and len(group.figures) > 1
    bars = "".join(_strip(each, group) for each in rows) if parts else _bars(rows, group)
    said_once = legend([(figure.title, group.tones[figure.name]) for figure in group.figures]) if parts else ""
    return f'{said_once}<ul class="parts bars" aria-hidden="true">{bars}</ul>{_table(group, report)}'


def _strip(each: Row, group: Group) -> str:
    sizes = [(group.tones[figure.name], float(each.values.get(figure.name) or 0)) for figure in group.figures]
    total = shown(sum(size for _, size in sizes), group.figures[0].unit)
    return f"<li><span>{escape(spaced(each.key) or 'none')}</span><b>{escape(total)}</b>{strip(sizes)}</li>"


def _bars(rows: Sequence[Row], group: Group) -> str:
    first = group.figures[0]
    most = max(float(each.values.get(first.name) or 0) for each in rows) or 1.0
    return "".join(_bar(each, first, most, group.tones[first.name]) for each in rows)


def _bar(each: Row, figure: Figure, most: float, tone: str) -> str:
    value = each.values.get(figure.name)
    name, told = escape(spaced(each.key) or "none"), escape(shown(value, figure.unit))
    return f"<li><span>{name}</span><b>{told}</b>{bar(float(value or 0) / most, tone)}</li>"


def _table(group: Group, report: Report) -> str:
    figures = group.figures
    titles = [figure.title for figure in figures]
    head = (WAY_NAMES[report.by].capitalize(), *titles)
    rows = [_table_row(each, figures, report) for each in report.rows]
    listed = table(head, rows, f"{group.title}, by {report.by}", numbers=titles)
    return f"<details><summary>Table</summary>{listed}</details>"


def _table_row(each: Row, figures: Sequence[Figure], report: Report) -> str:
    cells = [_cell(figure, each, report) for figure in figures]
    return row([escape(spaced(each.key) or "none"), *cells], numbers=range(1, len(cells) + 1))


def _cell(figure: Figure, each: Row, report: Report) -> str:
    value = each.values.get(figure.name)
    told = shown(value, figure.unit)
    return link(figure_path(figure.path, report.period, by=report.by, key=each.key), told) if value else escape(told)


def _definitions(report: Report) -> str:
    rows = [_definition(figure, report) for figure in FIGURES]
    columns = ("Figure", "Now", "Before", "Change", "How it is counted")
    listed = table(columns, rows, "All figures", numbers=columns[1:3])
    return f"<h2>All figures, and how each is counted</h2>{listed}"


def _definition(figure: Figure, report: Report) -> str:
    now, before = report.total.get(figure.name), report.before.get(figure.name)
    changed = change(figure, now, before)
    cells = (
        f'<span id="{figure.path}">{escape(figure.title)}</span>',
        link(figure_path(figure.path, report.period), shown(now, figure.unit)),
        escape(shown(before, figure.unit)),
        badge(changed.text, changed.tone) if changed.text else "",
        escape(figure.sentence),
    )
    return row(cells, numbers=(1, 2)).replace(
        "<td>" + escape(figure.sentence), '<td class="because">' + escape(figure.sentence)
    )
