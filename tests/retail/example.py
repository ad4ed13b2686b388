"""A small invented shop in the benchmark's form: six customers, two products, six orders, and tasks on them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

ADA, BEN, CLEO = "ada_berg_1", "ben_holm_2", "cleo_lind_3"
STRANGERS = ("dan_moss_4", "eva_rust_5", "finn_ward_6")

ADDRESS = {"address1": "1 Elm Row", "address2": "", "city": "Austin", "state": "TX", "country": "USA", "zip": "78701"}
ELSEWHERE = {**ADDRESS, "address1": "9 Oak Way", "address2": "Suite 2"}


def _user(first: str, last: str, street: str, methods: Mapping[str, float | None], orders: list[str]) -> dict[str, Any]:
    return {
        "name": {"first_name": first, "last_name": last},
        "address": {**ADDRESS, "address1": street},
        "email": f"{first}.{last}@example.com".lower(),
        "payment_methods": {name: _method(name, balance) for name, balance in methods.items()},
        "orders": orders,
    }


def _stranger(name: str) -> dict[str, Any]:
    first, last, number = name.split("_")
    return _user(first.title(), last.title(), f"{number} Bay Road", {f"paypal_{number}1": None}, [])


def _method(name: str, balance: float | None) -> dict[str, Any]:
    source = name.rpartition("_")[0]
    if source == "credit_card":
        return {"source": source, "brand": "visa", "last_four": "4242", "id": name}
    return {"source": source, "id": name} | ({} if balance is None else {"balance": balance})


def _order(name: str, customer: str, status: str, items: list[str], method: str, paid: float) -> dict[str, Any]:
    return {
        "order_id": name,
        "user_id": customer,
        "address": ADDRESS,
        "items": [_line(item) for item in items],
        "fulfillments": [{"tracking_id": [f"9{name[2:]}"], "item_ids": items}],
        "status": status,
        "payment_history": [{"transaction_type": "payment", "amount": paid, "payment_method_id": method}],
    }


_ITEMS: dict[str, tuple[str, str, dict[str, str], bool, float]] = {
    "101": ("10", "Lamp", {"color": "black"}, True, 20.0),
    "102": ("10", "Lamp", {"color": "white"}, True, 25.5),
    "103": ("10", "Lamp", {"color": "red"}, False, 30.0),
    "104": ("10", "Lamp", {"color": "gold"}, True, 95.1),
    "201": ("20", "Mug", {"color": "blue"}, True, 5.0),
    "202": ("20", "Mug", {"color": "green"}, True, 4.0),
}


def _line(item: str) -> dict[str, Any]:
    product, name, options, _, price = _ITEMS[item]
    return {"name": name, "product_id": product, "item_id": item, "price": price, "options": options}


def _products() -> dict[str, Any]:
    products: dict[str, Any] = {}
    for item, (product, name, options, available, price) in _ITEMS.items():
        kind = products.setdefault(product, {"name": name, "product_id": product, "variants": {}})
        kind["variants"][item] = {"item_id": item, "options": options, "available": available, "price": price}
    return products


FILES: Mapping[str, Mapping[str, Any]] = {
    "products": _products(),
    "users": {
        ADA: _user(
            "Ada",
            "Berg",
            "11 Fir Street",
            {"gift_card_11": 10.0, "credit_card_12": None, "paypal_13": None},
            ["#W1", "#W2", "#W3"],
        ),
        BEN: _user("Ben", "Holm", "22 Ash Lane", {"gift_card_21": 100.0, "paypal_22": None}, ["#W4", "#W5"]),
        CLEO: _user("Cleo", "Lind", "33 Yew Court", {"paypal_31": None}, ["#W6"]),
        **{name: _stranger(name) for name in STRANGERS},
    },
    "orders": {
        "#W1": _order("#W1", ADA, "pending", ["101", "201"], "credit_card_12", 25.0),
        "#W2": _order("#W2", ADA, "delivered", ["101", "101", "201"], "paypal_13", 45.0),
        "#W3": _order("#W3", ADA, "processed", ["201"], "paypal_13", 5.0),
        "#W4": _order("#W4", BEN, "pending", ["201"], "gift_card_21", 5.0),
        "#W5": _order("#W5", BEN, "delivered", ["101"], "paypal_22", 20.0),
        "#W6": _order("#W6", CLEO, "delivered", ["101"], "paypal_31", 20.0),
    },
}

_SWAPPED = {
    "order_id": "#W1",
    "item_ids": ["101"],
    "new_item_ids": ["102"],
    "payment_method_id": "gift_card_11",
}
_PAID = FILES["orders"]["#W1"]["payment_history"]
TASKS: list[dict[str, Any]] = [
    {
        "task": 0,
        "user_id": ADA,
        "actions": [
            {"name": "get_order_details", "arguments": {"order_id": "#W1"}, "ok": True},
            {"name": "modify_pending_order_address", "arguments": {"order_id": "#W1", **ELSEWHERE}, "ok": True},
            {"name": "modify_pending_order_items", "arguments": _SWAPPED, "ok": True},
        ],
        "changes": {
            "orders": {
                "#W1": {
                    "status": "pending (item modified)",
                    "address": ELSEWHERE,
                    "items": [_line("102"), _line("201")],
                    "payment_history": [
                        *_PAID,
                        {"transaction_type": "payment", "amount": 5.5, "payment_method_id": "gift_card_11"},
                    ],
                }
            },
            "users": {
                ADA: {
                    "payment_methods": {
                        **FILES["users"][ADA]["payment_methods"],
                        "gift_card_11": _method("gift_card_11", 4.5),
                    }
                }
            },
        },
    },
    {
        "task": 1,
        "user_id": CLEO,
        "actions": [
            {
                "name": "exchange_delivered_order_items",
                "arguments": {
                    "order_id": "#W6",
                    "item_ids": ["101"],
                    "new_item_ids": ["101"],
                    "payment_method_id": "paypal_31",
                },
                "ok": True,
            },
            {"name": "transfer_to_human_agents", "arguments": {"summary": "wants a new shade"}, "ok": True},
        ],
        "changes": {
            "orders": {
                "#W6": {
                    "status": "exchange requested",
                    "exchange_items": ["101"],
                    "exchange_new_items": ["101"],
                    "exchange_payment_method_id": "paypal_31",
                    "exchange_price_difference": 0.0,
                }
            }
        },
    },
    {
        "task": 2,
        "user_id": BEN,
        "actions": [
            {
                "name": "cancel_pending_order",
                "arguments": {"order_id": "#W5", "reason": "no longer needed"},
                "ok": False,
            },
            {"name": "modify_user_address", "arguments": {"user_id": BEN, **ELSEWHERE}, "ok": True},
        ],
        "changes": {"users": {BEN: {"address": ELSEWHERE}}},
    },
]


def documents() -> Mapping[str, Mapping[str, Any]]:
    """Return the shop with exact amounts, as it is read from files."""
    found: dict[str, dict[str, Any]] = json.loads(json.dumps(FILES), parse_float=Decimal)
    return found | {"users": {name: {"user_id": name, **user} for name, user in found["users"].items()}}


def write(folder: Path, split: str = "example") -> Path:
    """Write the shop and its tasks as the benchmark's files; return the folder."""
    for kind, records in FILES.items():
        (folder / f"{kind}.json").write_text(json.dumps(records), "utf-8")
    (folder / f"reference_{split}.json").write_text(json.dumps(TASKS), "utf-8")
    return folder
