"""Finds whose things are whose: ids that belong to another customer, and the colleagues who share things."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, MetaData, Row, String, Table, select

from bot.desk.database.data import DeskData, Session
from bot.desk.tools.customer import Customer


@dataclass(frozen=True)
class _Claim:
    """An id, and a customer to whom it may belong."""

    id: str
    customer: str


async def foreign_ids(
    session: Session, desk: DeskData, ids: Collection[str], customer: Customer | None
) -> frozenset[str]:
    """Return which of these ids stand for another customer, or for a thing of theirs.

    A thing is a row found by its key; its customer is whoever one of its foreign keys names.
    """
    claims = {_Claim(each, each) for each in ids}
    claims |= await _claims_on_rows(session, desk.metadata, ids)

    named = {claim.customer for claim in claims}.difference(customer.ids if customer else ())
    others = {who for who in named if await desk.customer_by_id(session, who)}
    return frozenset(claim.id for claim in claims if claim.customer in others)


async def _claims_on_rows(session: Session, metadata: MetaData, ids: Collection[str]) -> set[_Claim]:
    claims: set[_Claim] = set()
    for table in metadata.sorted_tables:
        people = _columns_of_people(table)
        if not people:
            continue
        for key in _key_columns(table):
            rows = await session.execute(select(key, *people).where(key.in_(ids)))
            for row in rows:
                claims |= _claims_of(row)
    return claims


def _claims_of(row: Row[Any]) -> set[_Claim]:
    thing, *people = tuple(row)
    return {_Claim(str(thing), str(person)) for person in people if person}


def _columns_of_people(table: Table) -> Sequence[Column[Any]]:
    """Return the columns that may name the customer of a row."""
    return [column for column in table.columns if column.foreign_keys and isinstance(column.type, String)]


def _key_columns(table: Table) -> Sequence[Column[Any]]:
    """Return the columns each of which names a row by text."""
    return [column for column in table.columns if isinstance(column.type, String) and _is_key(column, table)]


def _is_key(column: Column[Any], table: Table) -> bool:
    is_whole_key = column.primary_key and len(table.primary_key) == 1
    return is_whole_key or bool(column.unique)


async def with_colleagues(
    session: Session, desk: DeskData, customer: Customer, organisations: Mapping[str, Sequence[str]]
) -> Customer:
    """Return the customer with those who share things with them, by the first organisation that names them."""
    names = {customer.id, customer.email.lower()}
    for organisation, people in organisations.items():
        if names.isdisjoint(_normal(person) for person in people):
            continue
        ids = [await _id_of(session, desk, _normal(person)) for person in people]
        others = set(ids) - {customer.id, ""}
        return replace(customer, organisation=organisation, colleagues=tuple(sorted(others)))
    return customer


def _normal(person: str) -> str:
    """Return an address in lower case; ids stay as they are."""
    return person.lower() if "@" in person else person


async def _id_of(session: Session, desk: DeskData, person: str) -> str:
    """Return the id of a customer named by id or address; empty where there is none."""
    find = desk.customer_by_email if "@" in person else desk.customer_by_id
    found = await find(session, person)
    return found.id if found else ""


async def key_values(session: Session, metadata: MetaData, most: int) -> Sequence[str]:
    """Return what names the rows of the tables by text: of each table the first `most`."""
    found: list[str] = []
    for table in metadata.sorted_tables:
        for key in _key_columns(table):
            found += [str(value) for value in await session.scalars(select(key).limit(most)) if value]
    return found
