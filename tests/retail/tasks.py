"""The benchmark's tasks, and how a customer and a model put them: pure.

A task names a customer and the reference's actions; `changes` is what they did to its database.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.models.rules.given import Use

WRITES = {
    "cancel_pending_order": "propose_cancel",
    "modify_pending_order_address": "propose_order_address",
    "modify_pending_order_items": "propose_order_items",
    "modify_pending_order_payment": "propose_order_payment",
    "modify_user_address": "propose_address",
    "return_delivered_order_items": "propose_return",
    "exchange_delivered_order_items": "propose_exchange",
}
"""The reference's writes → the desk's actions."""

READS = {
    "find_user_id_by_email": "lookup_customer",
    "find_user_id_by_name_zip": "lookup_customer",
    "get_user_details": "lookup_customer",
    "get_order_details": "lookup_order",
    "get_product_details": "lookup_product",
    "list_all_product_types": "list_products",
}
HANDOVER = "transfer_to_human_agents"
UNSAID = frozenset({"calculate", "think"})
"""What a model does by itself, or code does for it."""

_WHO = frozenset({"user_id", "email", "first_name", "last_name"})  # who asks is never an argument
_RENAMED = {"zip": "zip_code"}

Changes = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""`orders`, `users` or `products` → id → field → value."""


@dataclass(frozen=True)
class Act:
    """One action of the reference.

    Args:
        ok: whether the reference's tool accepted it.
    """

    name: str
    arguments: Mapping[str, Any]
    ok: bool = True

    @property
    def is_write(self) -> bool:
        """Whether it would change the database."""
        return self.name in WRITES

    @property
    def order(self) -> str:
        """Id of the order it is about, empty for none."""
        return str(self.arguments.get("order_id", ""))

    @property
    def wish(self) -> str:
        """What a customer writes who wants it: one line, and another one for every other action."""
        if self.name == HANDOVER:
            return "Please give me to somebody who can look at the rest of it."
        parts = [f"{name.replace('_', ' ')} {_said(value)}" for name, value in self.arguments.items()]
        return f"Please {self.name.replace('_', ' ')}: {'; '.join(parts) or 'now'}"

    @property
    def use(self) -> Use | None:
        """The call a model makes for it, None where it makes none."""
        if self.name == HANDOVER:
            return Use("escalate_to_human", {"reason": "out of scope"})
        tool = WRITES.get(self.name) or READS.get(self.name)
        if tool is None:
            return None
        if tool in {"lookup_customer", "list_products"}:
            return Use(tool, {})
        given = {name: value for name, value in self.arguments.items() if name not in _WHO}
        return Use(tool, {_RENAMED.get(name, name): value for name, value in given.items()})


@dataclass(frozen=True)
class Task:
    """One task of a split."""

    number: int
    customer: str
    acts: tuple[Act, ...]
    changes: Changes

    @property
    def wishes(self) -> Sequence[Act]:
        """The actions that a customer asks for; whom people have taken over asks no model any more."""
        said = [act for act in self.acts if act.use is not None]
        return sorted(said, key=lambda act: act.name == HANDOVER)

    @property
    def writes(self) -> Sequence[Act]:
        """The actions that would change the database."""
        return [act for act in self.acts if act.is_write]


def read_tasks(folder: Path, split: str) -> tuple[Task, ...]:
    """Return the tasks of `reference_SPLIT.json`.

    Raises:
        FileNotFoundError: the folder has no such split.
    """
    tasks: list[Any] = json.loads((folder / f"reference_{split}.json").read_text("utf-8"))
    return tuple(
        Task(
            number=task["task"],
            customer=task["user_id"],
            acts=tuple(Act(act["name"], act["arguments"], bool(act.get("ok", True))) for act in task["actions"]),
            changes=task.get("changes", {}),
        )
        for task in tasks
    )


def look(order: str) -> Act:
    """Return the look at an order."""
    return Act("get_order_details", {"order_id": order})


def profile(customer: str) -> Act:
    """Return the look at a customer's record."""
    return Act("get_user_details", {"user_id": customer})


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
