"""The benchmark's folder as documents, and what of them stands in which table: pure."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.desks.retail.data import Line, Method, Order, Payment, Product, User, Variant
from tests.retail.tasks import Changes

Documents = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""`users`, `products` and `orders` → id → document, as the folder's files have them."""

Row = tuple[type[Any], dict[str, Any]]
KINDS = ("users", "products", "orders")  # what is pointed at comes first


def read_folder(folder: Path) -> Documents:
    """Return the folder's files; amounts are exact."""
    documents: dict[str, dict[str, Any]] = {
        kind: json.loads((folder / f"{kind}.json").read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
        for kind in KINDS
    }
    return documents | {"users": {name: {"user_id": name, **user} for name, user in documents["users"].items()}}


def differences(before: Documents, after: Documents) -> Changes:
    """Return the fields that are others than before."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in KINDS:
        for name in before[kind].keys() | after[kind].keys():
            old, new = before[kind].get(name, {}), after[kind].get(name, {})
            fields = {field: new.get(field) for field in old.keys() | new.keys() if old.get(field) != new.get(field)}
            if fields:
                found.setdefault(kind, {})[name] = fields
    return found


def exact(value: Any) -> Any:
    """Return a JSON value with its amounts to the cent, so that two of them can be compared."""
    match value:
        case dict():
            return {name: exact(part) for name, part in value.items()}
        case list() | tuple():
            return [exact(part) for part in value]
        case bool() | str() | None:
            return value
        case _:
            return round(float(value), 2)


def user_rows(user: Mapping[str, Any]) -> Iterable[Row]:
    """Yield a customer's rows."""
    yield (
        User,
        {
            "id": user["user_id"],
            "first_name": user["name"]["first_name"],
            "last_name": user["name"]["last_name"],
            "email": user["email"],
            "address": user["address"],
        },
    )
    for place, method in enumerate(user["payment_methods"].values()):
        balance = method.get("balance")
        yield (
            Method,
            {
                "id": method["id"],
                "user_id": user["user_id"],
                "place": place,
                "source": method["source"],
                "brand": method.get("brand", ""),
                "last_four": method.get("last_four", ""),
                "balance": None if balance is None else _money(balance),
            },
        )


def product_rows(product: Mapping[str, Any]) -> Iterable[Row]:
    """Yield a product's rows."""
    yield Product, {"id": product["product_id"], "name": product["name"]}
    for item in product["variants"].values():
        yield (
            Variant,
            {
                "id": item["item_id"],
                "product_id": product["product_id"],
                "options": item["options"],
                "available": item["available"],
                "price": _money(item["price"]),
            },
        )


def order_rows(order: Mapping[str, Any]) -> Iterable[Row]:
    """Yield an order's rows."""
    own = {name: order[name] for name in ("user_id", "status", "address", "fulfillments")}
    yield Order, {"id": order["order_id"], "cancel_reason": "", "request": {}, "price_difference": None, **own}
    for place, item in enumerate(order["items"]):
        line = {name: item[name] for name in ("name", "product_id", "item_id", "options")}
        yield Line, {"order_id": order["order_id"], "place": place, "price": _money(item["price"]), **line}
    for place, payment in enumerate(order["payment_history"]):
        yield (
            Payment,
            {
                "order_id": order["order_id"],
                "place": place,
                "kind": payment["transaction_type"],
                "amount": _money(payment["amount"]),
                "method_id": payment["payment_method_id"],
            },
        )


def user_document(user: Mapping[str, Any], methods: Sequence[Mapping[str, Any]], orders: Any) -> Mapping[str, Any]:
    """Return a customer's document."""
    return {
        "user_id": user["id"],
        "name": {"first_name": user["first_name"], "last_name": user["last_name"]},
        "address": user["address"],
        "email": user["email"],
        "payment_methods": {method["id"]: _method(method) for method in methods},
        "orders": [order["id"] for order in orders],
    }


def _method(method: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {"source": method["source"], "id": method["id"]}
    if method["brand"]:
        told |= {"brand": method["brand"], "last_four": method["last_four"]}
    return told if method["balance"] is None else {**told, "balance": method["balance"]}


def product_document(product: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return a product's document."""
    variants = {
        item["id"]: {"item_id": item["id"], **{name: item[name] for name in ("options", "available", "price")}}
        for item in items
    }
    return {"name": product["name"], "product_id": product["id"], "variants": variants}


def order_document(
    order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], payments: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return an order's document."""
    names = ("name", "product_id", "item_id", "price", "options")
    more: dict[str, Any] = {"cancel_reason": order["cancel_reason"]} if order["cancel_reason"] else {}
    if order["price_difference"] is not None:
        more["exchange_price_difference"] = order["price_difference"]
    return {
        "order_id": order["id"],
        **{name: order[name] for name in ("user_id", "address", "fulfillments", "status")},
        "items": [{name: line[name] for name in names} for line in lines],
        "payment_history": [
            {
                "transaction_type": payment["kind"],
                "amount": payment["amount"],
                "payment_method_id": payment["method_id"],
            }
            for payment in payments
        ],
        **order["request"],
        **more,
    }


def grouped(rows: Iterable[Mapping[Any, Any]]) -> Mapping[str, list[Mapping[Any, Any]]]:
    """Return the rows by what they are part of."""
    found: defaultdict[str, list[Mapping[Any, Any]]] = defaultdict(list)
    for row in rows:
        found[row["of"]].append(row)
    return found


def _money(amount: Any) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))
