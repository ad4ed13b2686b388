"""`desk check` finds what a start would not: slips that work, and mislead or fail later."""

from pathlib import Path
from typing import Any

import pytest

from bot.desk.loading.loader import load_desk, read_desk
from bot.desk.loading.scrutiny import doubts, seeding
from tests.doubles.clock import ManualClock
from tests.unit.desk.desk_folder import DESK, TOOLS, write_desk

GROUPS = "groups: {Billing: [refund], Technical Support: [bug]}\n"
SERVERS = """\
mcp_servers:
  points:
    url: https://points.example.com/mcp
    headers: {Authorization: POINTS_TOKEN}
    read: [balance]
  stock:
    command: [stock-server]
    environment: [STOCK_URL, STOCK_KEY]
    read: [count]
"""
ACTION = """\
from decimal import Decimal

from bot.desk import Customer, Offer, action


async def done(session, offer, customer, clock): ...


@action("refund", commit=done)
async def give(customer: Customer, {parameter}) -> Offer:
    '''Give it back.

    Args:
        {name}: how much.
    '''
    return Offer("order", "Refund of an order", {offered})
"""
DATA = """\
from sqlalchemy import Column, MetaData, String, Table

from bot.desk.database import Money

metadata = MetaData()
plates = Table("plates", metadata, Column("id", String(9), primary_key=True), Column("price", Money))


async def seed(session, clock):
    row = {"id": "p1", "price": PRICE}
    await session.execute(plates.insert().values(row))


async def customer_by_email(session, email): ...


async def customer_by_id(session, customer_id): ...
"""


def nothing_set(_names: Any) -> dict[str, str]:
    return {}


def told(folder: Path, **variables: str) -> list[str]:
    def given(names: Any) -> dict[str, str]:
        return {name: variables[name] for name in names if name in variables}

    return [str(mistake) for mistake in doubts(load_desk(str(folder)), given)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Suport", "Support"), ("Biling", "Billing"), ("billing", "Billing"), ("Technical Suport", "Technical Support")],
)
def test_a_group_that_is_a_slip_of_the_pen_is_told(tmp_path: Path, written: str, meant: str) -> None:
    folder = write_desk(tmp_path / "acme", desk=f"{DESK}{GROUPS}answer_groups: [Billing, {written}]\n")

    line = len(DESK.splitlines()) + 2
    assert told(folder) == [f"desk.yml:{line}: no group is called `{written}` elsewhere; did you mean `{meant}`?"]


@pytest.mark.parametrize("group", ["Support", "Returns", "Support EU", "Support 2", "Billing"])
def test_another_group_is_no_slip(tmp_path: Path, group: str) -> None:
    assert told(write_desk(tmp_path / "acme", desk=f"{DESK}{GROUPS}answer_groups: [{group}]\n")) == []


def test_variables_of_servers_that_are_not_set_are_told_with_their_lines(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "acme", desk=DESK + SERVERS)
    first = len(DESK.splitlines())

    found = told(folder, STOCK_URL="https://stock.example.com")

    assert [line.partition(";")[0] for line in found] == [
        f"desk.yml:{first + 4}: `points` would go without `POINTS_TOKEN`: the environment variable is not set",
        f"desk.yml:{first + 8}: `stock` would go without `STOCK_KEY`: the environment variable is not set",
    ]
    assert told(folder, STOCK_URL="u", STOCK_KEY="k", POINTS_TOKEN="t") == []


@pytest.mark.parametrize(
    ("parameter", "offered", "line", "what"),
    [
        ("amount: float", "Decimal(amount)", 9, "`amount` is an amount and no Decimal"),
        ("refund_amount: str", "Decimal(1)", 9, "`refund_amount` is an amount and no Decimal"),
        ("count: int", "49.90", 16, "`amount` of this Offer is no Decimal"),
        ("count: int", "amount=float(count)", 16, "`amount` of this Offer is no Decimal"),
        ("count: int", "so_far=-1", 16, "`so_far` of this Offer is no Decimal"),
        ("count: int", "amount=count * 9.9", 16, "`amount` of this Offer is no Decimal"),
    ],
)
def test_an_amount_that_is_no_decimal_is_told(
    tmp_path: Path, parameter: str, offered: str, line: int, what: str
) -> None:
    name = parameter.partition(":")[0]
    actions = ACTION.format(parameter=parameter, name=name, offered=offered)

    found = told(write_desk(tmp_path / "acme", actions=actions))

    assert len(found) == 1
    assert found[0].startswith(f"actions.py:{line}: ")
    assert what in found[0]


@pytest.mark.parametrize(
    ("parameter", "offered"), [("amount: Decimal", "amount"), ("amount: Decimal | None", 'amount or Decimal("1.00")')]
)
def test_exact_amounts_are_well(tmp_path: Path, parameter: str, offered: str) -> None:
    actions = ACTION.format(parameter=parameter, name="amount", offered=offered)
    assert told(write_desk(tmp_path / "acme", actions=actions)) == []


async def test_first_rows_that_fail_are_told_with_their_line(tmp_path: Path) -> None:
    wrong = write_desk(tmp_path / "wrong", data=DATA.replace("PRICE", "9.9"))
    right = write_desk(
        tmp_path / "right", data="from decimal import Decimal\n" + DATA.replace("PRICE", 'Decimal("9.90")')
    )

    [mistake] = await seeding(load_desk(str(wrong)), ManualClock())

    assert str(mistake).startswith("data.py:11: its first rows fail: ValueError: money is a Decimal")
    assert await seeding(load_desk(str(right)), ManualClock()) == []


@pytest.mark.parametrize("name", ["store", "airline"])
async def test_the_built_in_desks_are_well(name: str) -> None:
    desk = load_desk(name)
    assert doubts(desk, nothing_set) == []
    assert await seeding(desk, ManualClock()) == []


def test_a_broken_import_is_one_mistake_where_it_stands(tmp_path: Path) -> None:
    folder = write_desk(
        tmp_path / "acme",
        tools="from .data import plates\n" + TOOLS,
        data="import no_such_library\n" + DATA,
        actions="from .tools import bake\n",
    )

    _, mistakes = read_desk(folder)

    assert [(mistake.file, mistake.line) for mistake in mistakes] == [("data.py", 1)]
    assert "there is no module `no_such_library`" in str(mistakes[0])


def test_a_file_that_is_no_python_is_one_mistake_too(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "acme", tools="from .data import plates\n" + TOOLS, data="def seed(:\n")

    _, mistakes = read_desk(folder)

    assert [(mistake.file, mistake.line) for mistake in mistakes] == [("data.py", 1)]


@pytest.mark.parametrize("written", ["from data import plates", "import data"])
def test_a_file_of_the_desk_is_imported_with_a_dot(tmp_path: Path, written: str) -> None:
    folder = write_desk(tmp_path / "acme", tools=f"{written}\n{TOOLS}", data=DATA.replace("PRICE", "None"))

    _, mistakes = read_desk(folder)

    assert [str(mistake) for mistake in mistakes] == [
        "tools.py:1: cannot be imported: `data` is a file of this desk; write `from .data import …`, with the dot"
    ]
