"""Which tasks are played beside each other: those of different customers, so that a change has one cause. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.retail.documents import Documents
from tests.retail.tasks import Changes, Task

MOST = 150  # tasks beside each other


@dataclass(frozen=True)
class Part:
    """A task in its round.

    Args:
        parties: the customer, and whoever owns an order that the task names.
        stranger: a customer who has nothing to do with any task of the round; empty where nobody is left.
    """

    task: Task
    parties: frozenset[str]
    stranger: str = ""

    def changed(self, changes: Changes, documents: Documents) -> Changes:
        """Return what was changed of the parties' records."""
        return _of(changes, documents, self.parties)


@dataclass
class _Round:
    parts: list[Part] = field(default_factory=list)
    parties: set[str] = field(default_factory=set)


def rounds(tasks: Iterable[Task], documents: Documents) -> Sequence[Sequence[Part]]:
    """Return the tasks in rounds, in which nobody is a party twice, with a stranger for each."""
    people = sorted(documents["users"])
    found: list[_Round] = []
    for task in tasks:
        parties = parties_of(task, documents)
        room = (one for one in found if not parties & one.parties and len(one.parts) < MOST)
        fitting = next((one for one in room if 2 * (len(one.parties) + len(parties)) <= len(people)), None)
        if fitting is None:
            fitting = _Round()
            found.append(fitting)
        fitting.parts.append(Part(task, parties))
        fitting.parties |= parties
    return [_with_strangers(one, people) for one in found]


def parties_of(task: Task, documents: Documents) -> frozenset[str]:
    """Return whose records a task could touch."""
    owners = {documents["orders"][act.order]["user_id"] for act in task.acts if act.order in documents["orders"]}
    return frozenset(owners | {task.customer}) & documents["users"].keys()


def unexplained(changes: Changes, documents: Documents, people: Iterable[str]) -> Changes:
    """Return what was changed of records that belong to none of these people."""
    known = frozenset(people)
    everybody = frozenset(documents["users"])
    return {
        **{kind: records for kind, records in changes.items() if kind == "products"},
        **_of(changes, documents, everybody - known),
    }


def _with_strangers(one: _Round, people: Sequence[str]) -> Sequence[Part]:
    free = [person for person in people if person not in one.parties]
    strangers = [*free[: len(one.parts)], *[""] * len(one.parts)]
    return [Part(part.task, part.parties, stranger) for part, stranger in zip(one.parts, strangers, strict=False)]


def _of(changes: Changes, documents: Documents, people: frozenset[str]) -> Changes:
    def owner(kind: str, name: str) -> str:
        record: Mapping[str, Any] = documents[kind].get(name, {})
        return name if kind == "users" else str(record.get("user_id", ""))

    found = {
        kind: {name: fields for name, fields in records.items() if owner(kind, name) in people}
        for kind, records in changes.items()
        if kind != "products"
    }
    return {kind: records for kind, records in found.items() if records}
