"""The benchmark's database: filled from documents, read back as documents, and put back as it was."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from bot.desk import Session
from bot.desk.database import audit
from tests.desks.retail.data import Line, Method, Order, Payment, Product, User, Variant
from tests.retail.documents import (
    Documents,
    grouped,
    order_document,
    order_rows,
    product_document,
    product_rows,
    user_document,
    user_rows,
)
from tests.retail.tasks import Changes


async def fill(session: Session, documents: Documents) -> None:
    """Add the documents to the tables."""
    for kind, make in (("users", user_rows), ("products", product_rows), ("orders", order_rows)):
        rows: dict[type[Any], list[dict[str, Any]]] = {}
        for document in documents.get(kind, {}).values():
            for table, row in make(document):
                rows.setdefault(table, []).append(row)
        for table, found in rows.items():
            await session.execute(insert(table), found)


async def put_back(session: Session, first: Documents, changed: Changes) -> None:
    """Let what was changed be as it was at first, and forget what was committed."""
    owned: dict[str, Sequence[tuple[type[Any], Any]]] = {
        "orders": ((Line, Line.order_id), (Payment, Payment.order_id), (Order, Order.id)),
        "products": ((Variant, Variant.product_id), (Product, Product.id)),
    }
    for kind, tables in owned.items():
        for table, key in tables:
            await session.execute(delete(table).where(key.in_(list(changed.get(kind, {})))))
    for user_id in changed.get("users", {}):
        for table, row in user_rows(first["users"][user_id]):
            await session.merge(table(**row))
    await fill(session, {kind: {name: first[kind][name] for name in changed.get(kind, {})} for kind in owned})
    await session.execute(delete(audit))


async def read_back(session: Session) -> Documents:
    """Return the whole database as documents."""
    lines, payments, methods, items = [
        grouped((await session.execute(query)).mappings())
        for query in (
            select(Line.order_id.label("of"), *_but(Line, "order_id")).order_by(Line.place),
            select(Payment.order_id.label("of"), *_but(Payment, "order_id")).order_by(Payment.place),
            select(Method.user_id.label("of"), *_but(Method, "user_id")).order_by(Method.place),
            select(Variant.product_id.label("of"), *_but(Variant, "product_id")),
        )
    ]
    orders, users, products = [
        [dict(row) for row in (await session.execute(select(*table.__table__.columns).order_by(table.id))).mappings()]
        for table in (Order, User, Product)
    ]
    owned = grouped({"of": order["user_id"], "id": order["id"]} for order in orders)
    return {
        "users": {user["id"]: user_document(user, methods[user["id"]], owned[user["id"]]) for user in users},
        "products": {product["id"]: product_document(product, items[product["id"]]) for product in products},
        "orders": {order["id"]: order_document(order, lines[order["id"]], payments[order["id"]]) for order in orders},
    }


def _but(table: type[Any], name: str) -> list[Any]:
    return [column for column in table.__table__.columns if column.name != name]
