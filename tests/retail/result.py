"""What the benchmark found: per task beside the reference, summed up, as a table and as one line of JSON. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.table import Table
from tests.retail.documents import exact
from tests.retail.modes import Outcome
from tests.retail.tasks import Act, Changes, Task

LONGEST = 200
REFUSAL = "Not possible: "
FAULT = "the reference's cancel refunds every earlier entry, refunds among them; here only what is still paid goes back"


@dataclass(frozen=True)
class Played:
    """A task as the right customer, beside the reference."""

    task: Task
    outcomes: Sequence[Outcome]
    changes: Changes

    @property
    def is_equal(self) -> bool:
        """Whether the database is as the reference left it."""
        return bool(exact(self.changes) == exact(self.task.changes))

    @property
    def committed(self) -> int:
        """How many changes were committed."""
        return sum(outcome.act.is_write and outcome.done for outcome in self.outcomes)

    @property
    def reached(self) -> Sequence[Act]:
        """The reference's writes that are in our database as in the reference's."""
        done = [outcome.act for outcome in self.outcomes if outcome.act.is_write and outcome.act.ok and outcome.done]
        return [act for act in done if self.is_equal or self._is_same(act)]

    def _is_same(self, act: Act) -> bool:
        """Whether what it was about is the same; what a refused action would have done there is not its matter."""
        kind, name = ("orders", act.order) if act.order else ("users", self.task.customer)
        if any(other.act.order == act.order and other.act.ok != other.done for other in self.outcomes):
            return True
        ours, theirs = (changes.get(kind, {}).get(name, {}) for changes in (self.changes, self.task.changes))
        return bool(exact(ours) == exact(theirs))

    @property
    def reasons(self) -> Sequence[str]:
        """Why the database is not as the reference left it."""
        writes = [outcome for outcome in self.outcomes if outcome.act.is_write]
        found = [_reason(outcome) for outcome in writes if outcome.act.ok != outcome.done]
        found += [f"{order}: {FAULT}" for order in self._refunded_twice]
        return found or list(_differing(exact(self.changes), exact(self.task.changes)))

    @property
    def is_explained(self) -> bool:
        """Whether the desk itself said why it refused, or the reference gives money back twice."""
        writes = [outcome for outcome in self.outcomes if outcome.act.is_write]
        odd = [outcome for outcome in writes if outcome.act.ok != outcome.done]
        return bool(odd or self._refunded_twice) and all(outcome.why.startswith(REFUSAL) for outcome in odd)

    @property
    def _refunded_twice(self) -> Sequence[str]:
        """The orders that are cancelled after their payment was changed."""
        done = [act for act in self.task.acts if act.ok]
        moved = {act.order for act in done if act.name == "modify_pending_order_payment"}
        return [act.order for act in done if act.name == "cancel_pending_order" and act.order in moved]


@dataclass
class Tally:
    """Everything that was played.

    Args:
        leaks: what strangers learned or changed, by task.
        unasked: tasks in which something changed without a yes.
        doubled: tasks in which something was committed twice by a kill, or the customer was told so twice.
        lost: tasks in which a kill lost a commit.
        deaths: commits that a kill interrupted, before and behind.
        stray: records that changed and belong to no task.
    """

    played: list[Played] = field(default_factory=list)
    foreign_tried: int = 0
    leaks: dict[int, list[str]] = field(default_factory=dict)
    unconfirmed_tried: int = 0
    unasked: dict[int, int] = field(default_factory=dict)
    doubled: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    deaths: int = 0
    stray: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def deviations(self) -> Sequence[Played]:
        """The tasks after which the database is not as the reference left it."""
        return [one for one in self.played if not one.is_equal]

    def figures(self) -> Mapping[str, Any]:
        """Return the last line's object."""
        return {
            "tasks": len(self.played),
            "writes": sum(act.ok for one in self.played for act in one.task.writes),
            "writes_reached": sum(len(one.reached) for one in self.played),
            "deviations": [one.task.number for one in self.deviations],
            "foreign_tried": self.foreign_tried,
            "foreign_succeeded": sum(map(len, self.leaks.values())),
            "unconfirmed_tried": self.unconfirmed_tried,
            "unconfirmed_succeeded": sum(self.unasked.values()),
            "doubled": len(self.doubled),
        }

    @property
    def failed(self) -> bool:
        """Whether something happened that must not."""
        wrong = (self.leaks, self.unasked, self.doubled, self.lost, self.stray)
        return any(wrong) or any(not one.is_explained for one in self.deviations)

    def lines(self) -> Iterator[str]:
        """Yield what is printed before the last line."""
        figures = self.figures()
        refused = sum(not act.ok for one in self.played for act in one.task.writes)
        rows = [
            ["tasks", str(figures["tasks"])],
            ["writes that the reference accepts", str(figures["writes"])],
            ["… that reached its database", str(figures["writes_reached"])],
            ["writes that the reference refuses", str(refused)],
            ["tasks that deviate", str(len(self.deviations))],
            ["as somebody else: tried", str(self.foreign_tried)],
            ["… succeeded", str(figures["foreign_succeeded"])],
            ["without a yes: tried", str(self.unconfirmed_tried)],
            ["… succeeded", str(figures["unconfirmed_succeeded"])],
            ["commits whose worker was killed, twice each", str(self.deaths)],
            ["… doubled", str(len(self.doubled))],
            ["… lost", str(len(self.lost))],
            ["seconds", f"{self.seconds:.0f}"],
        ]
        yield Table("Retail benchmark", ("", "count"), rows).render()
        for one in self.deviations:
            yield f"task {one.task.number}: {'; '.join(one.reasons)}"
        for name, numbers in (("doubled", self.doubled), ("lost", self.lost), ("stray changes", self.stray)):
            if numbers:
                yield f"{name}: {', '.join(map(str, numbers))}"
        for number, found in self.leaks.items():
            yield f"task {number}: somebody else got {len(found)} things"

    def last_line(self) -> str:
        """Return the figures as one line of JSON."""
        return json.dumps(self.figures())


def as_reference(played: Sequence[Played]) -> str:
    """Return the tasks with their resulting changes as a reference file has them."""
    tasks = [
        {
            "task": one.task.number,
            "user_id": one.task.customer,
            "actions": [
                {"name": act.name, "arguments": act.arguments, "ok": _accepted(one, act)} for act in one.task.acts
            ],
            "changes": exact(one.changes),
        }
        for one in played
    ]
    return json.dumps(tasks, indent=1)


def _accepted(one: Played, act: Act) -> bool:
    return next((outcome.done for outcome in one.outcomes if outcome.act is act), False)


def _reason(outcome: Outcome) -> str:
    why = outcome.why[:LONGEST]
    if outcome.done:
        return f"{outcome.act.name}: the reference refuses it, the desk does it"
    return f"{outcome.act.name}: {why.replace(REFUSAL, 'the policy forbids it: ', 1)}"


def _differing(ours: Any, theirs: Any, path: str = "changes") -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            yield from _differing(ours.get(name), theirs.get(name), f"{path}.{name}")
    elif ours != theirs:
        yield f"{path} is {json.dumps(ours)[:LONGEST]}, in the reference {json.dumps(theirs)[:LONGEST]}"
