"""`/console/figures` and what a figure counts: charts with their tables, definitions, and the way to conversations."""

import re
from dataclasses import replace
from datetime import date

import httpx
import pytest

from bot.figures.definitions import BY_NAME, FIGURES, Unit
from bot.figures.report import Period, Report, Row
from integrations.web.console.charts import Chart, Series, draw, spark, strip, top_of
from integrations.web.console.figures import GROUPS
from integrations.web.console.numbers import change, seconds, shown, tick
from integrations.web.console.summary import Reports, render_summary
from tests.unit.store.redis_harness import RedisHarness
from tests.unit.web.console.made_figures import MadeFigures
from tests.unit.web.webapp import OPS, WEB, open_web

PATH = "/console/figures"
LIST = "/console/conversations"


@pytest.mark.parametrize("path", [PATH, f"{LIST}?figure=escalated"])
async def test_only_the_console_key_sees_them(ops: httpx.AsyncClient, path: str) -> None:
    for headers in ({"Authorization": ""}, WEB):
        assert (await ops.get(path, headers=headers)).status_code == 401


async def test_every_figure_has_its_sentence_and_the_way_to_what_it_counts(ops: httpx.AsyncClient) -> None:
    page = (await ops.get(PATH)).text

    for figure in FIGURES:
        assert f'id="{figure.path}"' in page
        assert f"{LIST}?figure={figure.path}&amp;from=2026-11-23&amp;to=2026-11-29" in page
    assert "no human took part" in page


@pytest.mark.parametrize("query", ["", "?days=364", "?by=reason", "?from=2026-11-29&to=2026-11-29", "?by=week"])
async def test_under_each_chart_stands_its_table(ops: httpx.AsyncClient, query: str) -> None:
    page = (await ops.get(f"{PATH}{query}")).text

    assert page.count("<details><summary>Table</summary>") == len(GROUPS)
    assert "style=" not in page.split("</head>")[1]


async def test_an_empty_desk_draws_nothing(room: RedisHarness) -> None:
    async with open_web(room, figures=MadeFigures(daily=0)) as web:
        page = (await web.get(PATH, headers=OPS)).text
    assert page.count("Nothing to draw in this period.") == len(GROUPS)


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-11-29&to=2026-11-01", "by=moon", "to=2026-13-01"])
async def test_a_period_that_is_none_is_refused(ops: httpx.AsyncClient, query: str) -> None:
    assert (await ops.get(f"{PATH}?{query}")).status_code == 422


async def test_a_figure_opens_exactly_what_it_counts(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks("chat:web:s1", "a secret wish"))
    await room.take_turn("chat:web:s1")
    figures = MadeFigures(listed=("chat:web:s1", "zendesk:9"))
    query = "figure=resolved_confirmed&from=2026-11-01&to=2026-11-29&by=channel&key=slack"
    async with open_web(room, figures=figures) as web:
        page = (await web.get(f"{LIST}?{query}", headers=OPS)).text

    [(figure, period, *asked)] = figures.asked
    assert (figure, period.first.isoformat(), asked) == ("resolved.confirmed", "2026-11-01", ["", "channel", "slack"])
    assert f'href="{LIST}/chat:web:s1"' in page
    assert ("zendesk:9" in page, "no longer kept" in page, "wish" in page) == (True, True, False)
    assert "after=2&amp;by=channel&amp;key=slack" in page
    assert BY_NAME["resolved.confirmed"].sentence.split("“")[0] in page


async def test_a_place_that_is_none_is_refused(room: RedisHarness) -> None:
    async with open_web(room) as web:
        answer = await web.get(f"{LIST}?figure=open&after=rubbish", headers=OPS)
    assert answer.status_code == 422


async def test_what_is_no_figure_is_not_found(ops: httpx.AsyncClient) -> None:
    assert (await ops.get(f"{LIST}?figure=happiness")).status_code == 404


def test_a_change_is_good_or_bad_by_what_the_figure_means() -> None:
    rate, cost, escalated = (BY_NAME[name] for name in ("automation_rate", "cost.total", "escalation_rate"))

    assert (change(rate, 0.5, 0.4).text, change(rate, 0.5, 0.4).tone) == ("▲ 10 pts", "good")
    assert (change(cost, 11.0, 10.0).text, change(cost, 11.0, 10.0).tone) == ("▲ 10 %", "bad")
    assert change(escalated, 0.2, 0.225).tone == ""
    assert [change(cost, *pair).text for pair in ((None, 1), (1, None), (1, 0), (0, 0))] == ["", "", "new", "no change"]


@pytest.mark.parametrize(("conversations", "is_marked"), [(19, False), (20, True)])
def test_a_weak_specialist_is_marked_where_there_are_enough(conversations: int, is_marked: bool) -> None:
    week = Period(date(2026, 11, 23), date(2026, 11, 29))
    weak = Row("billing", {"conversations": conversations, "automation_rate": 0.2})
    total = {"conversations": 100, "automation_rate": 0.5}
    empty = Report(week, "day", "UTC", 1, total, {}, [])

    shown = render_summary(Reports(empty, empty, replace(empty, by="specialist", rows=[weak])))

    assert ('<span class="badge bad">20.0 %</span>' in shown) is is_marked


def test_values_read_as_people_say_them() -> None:
    told = [
        *(shown(1234, Unit.COUNT), shown(0.4256, Unit.SHARE), shown(0.0042, Unit.DOLLARS), shown(1234.5, Unit.DOLLARS)),
        *(shown(1_250_000, Unit.TOKENS), shown(2.345, Unit.TURNS), shown(None, Unit.SHARE)),
    ]
    assert told == ["1,234", "42.6 %", "0.0042 USD", "1,234.50 USD", "1.2 M", "2.3", "–"]
    assert [seconds(value) for value in (0.84, 42.2, 59.9, 200, 7_500, 3_600, 270_000)] == [
        *("0.8 s", "42 s", "60 s", "3 min 20 s", "2 h 5 min", "1 h", "3 d 3 h"),
    ]
    assert [tick(*each) for each in ((0.25, Unit.SHARE), (7_200, Unit.SECONDS), (0.5, Unit.DOLLARS))] == [
        *("25 %", "2 h", "0.5 USD"),
    ]


@pytest.mark.parametrize(
    ("value", "unit", "top"),
    [
        *((0, Unit.COUNT, 4), (3, Unit.COUNT, 4), (95, Unit.COUNT, 100), (401, Unit.COUNT, 800)),
        *((0.6, Unit.SHARE, 0.8), (1.0, Unit.SHARE, 1.0), (9_800, Unit.SECONDS, 14_400), (12, Unit.SECONDS, 20)),
        *((0.13, Unit.DOLLARS, 0.2), (400_000, Unit.SECONDS, 691_200 / 2 * 2)),
    ],
)
def test_a_scale_has_round_numbers(value: float, unit: Unit, top: float) -> None:
    assert top_of(value, unit) == pytest.approx(top)


def test_a_line_is_broken_where_nothing_is_known() -> None:
    drawn = draw(Chart("t", ["a", "b", "c", "d"], [Series("<s>", "one", [1, None, 2, 3])], Unit.COUNT))

    assert drawn.count('class="stroke dot one"') == 1
    assert drawn.count('class="stroke one"') == 1
    assert "<s>" not in drawn


def test_columns_stand_upon_each_other() -> None:
    chart = Chart("t", ["a"], [Series("x", "good", [3]), Series("y", "bad", [1])], Unit.COUNT, stacked=True)
    heights = [float(height) for height in re.findall(r'<rect[^>]* y="([\d.]+)"', draw(chart))]

    assert heights == [25.0, 0.0]


def test_a_sparkline_of_too_little_is_empty_and_a_strip_fills_its_place() -> None:
    assert spark([None, 1.0]) == '<svg class="spark" aria-hidden="true"></svg>'
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', strip([("good", 1), ("bad", 3), ("warn", 0)]))]
    assert sum(widths) == pytest.approx(100)
