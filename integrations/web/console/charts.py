"""Draws charts as SVG on the server: columns, lines, sparklines, bars. Nothing runs in the browser.

The drawing is stretched to the width there is, and all text stands beside or above it as HTML, so that it reads the
same on a phone. What is seen by pointing stands in a table under each chart too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from bot.figures.definitions import Unit
from integrations.web.console.numbers import Value, shown, tick

HEIGHT = 100.0
STEP = 10.0
GAP = 1.2
"""Between two columns, in the same unit as `STEP`."""
TICKS = 4
SPARK_FLOOR = 0.6
"""A sparkline begins at this part of its least value: from zero, most of them would be flat."""
TIME_STEPS = (2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)
DAY = 86_400.0
LABELS = 6
"""At most so many labels stand under a chart."""


@dataclass(frozen=True)
class Series:
    """What one colour stands for.

    Args:
        tone: `one` to `five`, `good`, `bad`, `warn`, `soft` or `muted`.
        values: one for each place, None where there is none.
    """

    name: str
    tone: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Chart:
    """One chart over time.

    Args:
        labels: of the places, `2026-11-29`.
        unit: of all values.
        stacked: columns upon each other instead of lines.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: Unit
    stacked: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)

    @property
    def top(self) -> float:
        """Where the scale ends."""
        if self.stacked:
            sums = [
                sum(value or 0 for value in column) for column in zip(*(s.values for s in self.series), strict=True)
            ]
        else:
            sums = [value or 0 for one in self.series for value in one.values]
        return top_of(max(sums, default=0), self.unit)


def top_of(value: float, unit: Unit) -> float:
    """Return where a scale ends that has round numbers at its `TICKS`."""
    step = max(value, 0.0) / TICKS
    if not step:
        return TICKS if unit is Unit.COUNT else 1.0
    if unit is Unit.SECONDS and step > 1:
        return TICKS * _time_step(step)
    return TICKS * _round_step(step, whole=unit is Unit.COUNT)


def _round_step(step: float, *, whole: bool) -> float:
    size = 10.0 ** math.floor(math.log10(step))
    if whole and size <= 1:
        return next(each for each in (1, 2, 5, 10) if each >= step)
    return size * next(each for each in (1, 2, 2.5, 5, 10) if each * size >= step * 0.999_999)


def _time_step(step: float) -> float:
    return next((each for each in TIME_STEPS if each >= step), math.ceil(step / DAY) * DAY)


def draw(chart: Chart) -> str:
    """Return the chart with its legend and its scales, for those who see it; a table says the same to everybody."""
    top = chart.top
    marks = _columns(chart, top) if chart.stacked else "".join(_line(one, top) for one in chart.series)
    width = STEP * max(len(chart.labels), 1)
    grid = "".join(
        f'<line class="grid" x1="0" x2="{width:g}" y1="{y:g}" y2="{y:g}"/>'
        for y in (HEIGHT * part / TICKS for part in range(TICKS + 1))
    )
    names = legend([(one.name, one.tone) for one in chart.series])
    scale = "".join(f"<span>{escape(tick(top * part / TICKS, chart.unit))}</span>" for part in range(TICKS, -1, -1))
    return (
        f'{names}<div class="chart" aria-hidden="true"><div class="scale">{scale}</div><div class="plot">'
        f'<svg viewBox="0 0 {width:g} {HEIGHT:g}" preserveAspectRatio="none">{grid}{marks}</svg>'
        f'<ol class="hits">{_hits(chart)}</ol></div><div class="under">{_under(chart.labels)}</div></div>'
    )


def spark(values: Sequence[Value]) -> str:
    """Return a small line without scales; the figure beside it says what it is."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or not any(known):
        return '<svg class="spark" aria-hidden="true"></svg>'
    low, high = min(known) * SPARK_FLOOR, max(known)
    span = (high - low) or 1.0
    scaled = [None if value is None else (value - low) / span * 0.95 for value in values]
    line = _line(Series("", "one", scaled), 1.0, area=True)
    width = STEP * (len(values) - 1)
    box = f'viewBox="{STEP / 2:g} 0 {width:g} {HEIGHT:g}" preserveAspectRatio="none"'
    return f'<svg class="spark" {box} aria-hidden="true">{line}</svg>'


def bar(share: float, tone: str = "one") -> str:
    """Return a bar that is that part of its place wide."""
    width = max(0.0, min(1.0, share)) * 100
    return (
        f'<svg class="meter {tone}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="ground" width="100" height="1"/><rect class="fill" width="{width:.2f}" height="1"/></svg>'
    )


def strip(parts: Sequence[tuple[str, float]]) -> str:
    """Return one bar of all parts beside each other.

    Args:
        parts: the tone and the size of each.
    """
    total = sum(size for _, size in parts) or 1.0
    drawn, at = "", 0.0
    for tone, size in parts:
        width = size / total * 100
        drawn += f'<rect class="fill {tone}" x="{at:.3f}" width="{width:.3f}" height="1"/>'
        at += width
    return f'<svg class="strip" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'


def _columns(chart: Chart, top: float) -> str:
    drawn = []
    for place, column in enumerate(zip(*(one.values for one in chart.series), strict=True)):
        y = HEIGHT
        for one, value in zip(chart.series, column, strict=True):
            height = (value or 0) / top * HEIGHT
            y -= height
            if height:
                x, width = place * STEP + GAP, STEP - 2 * GAP
                drawn.append(
                    f'<rect class="fill {one.tone}" x="{x:g}" y="{y:.2f}" width="{width:g}" height="{height:.2f}"/>'
                )
    return "".join(drawn)


def _line(one: Series, top: float, *, area: bool = False) -> str:
    """Return a line that is broken where there is no value; a value alone is a dot."""
    points = [
        None if value is None else (place * STEP + STEP / 2, HEIGHT - min(value / top, 1.0) * HEIGHT)
        for place, value in enumerate(one.values)
    ]
    drawn = ""
    for is_there, run in groupby(points, key=lambda point: point is not None):
        if is_there:
            drawn += _path(one.tone, [point for point in run if point], area=area)
    return drawn


def _path(tone: str, points: Sequence[tuple[float, float]], *, area: bool) -> str:
    path = "M" + "L".join(f"{x:g} {y:.2f}" for x, y in points)
    if len(points) == 1:
        return f'<path class="stroke dot {tone}" d="{path}h0"/>'
    ground = f'<path class="area {tone}" d="{path}V{HEIGHT:g}H{points[0][0]:g}Z"/>' if area else ""
    return f'{ground}<path class="stroke {tone}" d="{path}"/>'


def legend(names: Sequence[tuple[str, str]]) -> str:
    """Return what each colour stands for; nothing for a single one.

    Args:
        names: each with its tone.
    """
    if len(names) < 2:
        return ""
    shown_names = "".join(f'<li><i class="{tone}"></i>{escape(name)}</li>' for name, tone in names)
    return f'<ul class="legend" aria-hidden="true">{shown_names}</ul>'


def _hits(chart: Chart) -> str:
    half = len(chart.labels) / 2
    hits = []
    for place, label in enumerate(chart.labels):
        side = ' class="late"' if place >= half else ""
        hits.append(f'<li{side}><span class="tip"><b>{escape(label)}</b>{_tip(chart, place)}</span></li>')
    return "".join(hits)


def _tip(chart: Chart, place: int) -> str:
    told = [(one, shown(one.values[place], chart.unit)) for one in chart.series]
    return "".join(
        f'<span><i class="{one.tone}"></i>{escape(one.name)} <b>{escape(value)}</b></span>' for one, value in told
    )


def _under(labels: Sequence[str]) -> str:
    """Return a few of the labels, evenly spread, the first and the last one among them."""
    if not labels:
        return ""
    count = min(LABELS, len(labels))
    chosen = [labels[round(number * (len(labels) - 1) / max(count - 1, 1))] for number in range(count)]
    return "".join(f"<span>{escape(_short(label))}</span>" for label in dict.fromkeys(chosen))


def _short(label: str) -> str:
    """Return `11-29` for a day, anything else as it is."""
    return label[5:] if len(label) == 10 and label[4] == "-" else label
