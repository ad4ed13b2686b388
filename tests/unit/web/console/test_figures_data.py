"""The figures for other programs: who may read them, what they are asked by, and how they are named."""

import csv
from io import StringIO

import pytest

from bot.figures.definitions import BY_PATH, FIGURES
from tests.unit.store.redis_harness import RedisHarness
from tests.unit.web.webapp import OPS, WEB, open_web

PATHS = ("/console/figures.json", "/console/figures.csv", "/console/figures/undone/conversations")


@pytest.mark.parametrize("path", PATHS)
async def test_only_operators_read_figures(room: RedisHarness, path: str) -> None:
    async with open_web(room) as client:
        answers = [await client.get(path, headers=headers) for headers in ({"Authorization": ""}, WEB, OPS)]

    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert answers[2].headers["cache-control"] == "no-store"


async def test_every_figure_stands_under_its_name_and_in_its_group(room: RedisHarness) -> None:
    async with open_web(room) as client:
        told = (await client.get("/console/figures.json", headers=OPS)).json()

    assert {"from", "to", "by", "time_zone", "rules", "total", "before", "rows"} == set(told)
    assert (told["from"], told["to"], told["by"]) == ("2026-11-23", "2026-11-29", "day")
    for part in (told["total"], told["before"], told["rows"][0]):
        assert {figure.name for figure in FIGURES} <= set(part)
        assert part["first_response"]["bot"]["p50"] is None
        assert part["resolved"] == {"confirmed": 0, "presumed": 0}


async def test_a_table_has_a_line_for_each_row(room: RedisHarness) -> None:
    async with open_web(room) as client:
        answer = await client.get("/console/figures.csv?by=reason", headers=OPS)

    assert answer.headers["content-type"].startswith("text/csv")
    [line] = csv.DictReader(StringIO(answer.text))
    assert list(line) == ["key", *(figure.name for figure in FIGURES)]


@pytest.mark.parametrize(
    "asked",
    ["from=yesterday", "to=2026-02-30", "from=2026-11-20&to=2026-11-19", "by=month", "by=", "from=0001-01-01"],
)
@pytest.mark.parametrize("path", PATHS)
async def test_rubbish_is_refused(room: RedisHarness, path: str, asked: str) -> None:
    async with open_web(room) as client:
        assert (await client.get(f"{path}?{asked}", headers=OPS)).status_code == 422


async def test_every_figure_has_a_list_and_nothing_else_has(room: RedisHarness) -> None:
    async with open_web(room) as client:
        lists = [(await client.get(f"/console/figures/{path}/conversations", headers=OPS)).json() for path in BY_PATH]
        unknown = [
            (await client.get(f"/console/figures/{path}/conversations", headers=OPS)).status_code
            for path in ("deflection", "resolved", "cost")
        ]
        nowhere = await client.get("/console/figures/open/conversations?next=rubbish", headers=OPS)

    assert lists == [{"conversations": [], "next": None}] * len(FIGURES)
    assert (unknown, nowhere.status_code) == ([404] * 3, 422)
