"""Reads and checks a desk's cases (`cases/*.yml`): conversations with expected outcomes for `frontdesk eval`.

They stand in `cases/*.yml`, each file a list under `cases`. No server reads them: a broken case stops no customer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bot.desk.loading.loader import Desk
from bot.desk.loading.schema import Section
from bot.desk.loading.specialist import TURN_TOOLS
from bot.desk.loading.yaml_source import Mistake, Source, nearest
from bot.desk.policy.policy import Priority

Kind = Literal["propose", "reason", "approval", "commit", "decline", "escalate"]
"""What can happen: an action is offered, waits for the customer's reason, waits for a human, is done, is declined by
the customer; or the conversation goes to people."""


def _call(value: Any) -> Any:
    """`lookup_order`, or `lookup_order: {order_id: A1001}`."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and len(value) == 1 and "name" not in value:
        [(name, arguments)] = value.items()
        return {"name": name, "arguments": arguments}
    return value


class ExpectedCall(Section):
    """A tool that has to be called.

    Args:
        arguments: those that matter, as text; the others may be anything.
    """

    name: str = Field(min_length=1)
    arguments: Mapping[str, str] = Field(default_factory=dict)


class Happening(Section):
    """Something that has to follow; what is left out may be anything.

    Args:
        action: the tool that proposes it, for all kinds but `escalate`.
        subject: what it is about, such as an order's id.
        group, priority: of the ticket, for `escalate`.
    """

    kind: Kind
    action: str = ""
    subject: str = ""
    amount: Decimal | None = None
    group: str = ""
    priority: Priority | Literal[""] = ""


class Words(Section):
    """What a text has to say; upper and lower case are the same.

    Args:
        has: every one of these.
        any: at least one of these.
        lacks: none of these.
    """

    has: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class TurnOfCase(Section):
    """One line of the customer, and what has to follow from it.

    Args:
        specialist: who answers in the end.
        tools: have to be called, others may be.
        answer: of what the customer reads.
        note: of the internal note that a human agent reads.
    """

    says: str = Field(min_length=1)
    specialist: str = ""
    tools: tuple[Annotated[ExpectedCall, BeforeValidator(_call)], ...] = ()
    no_tools: tuple[str, ...] = ()
    effects: tuple[Happening, ...] = ()
    no_effects: tuple[Kind, ...] = ()
    answer: Words = Words()
    note: Words = Words()


class Case(Section):
    """One conversation.

    Args:
        name: says the guarantee; unique in the desk.
        customer: whom the author is verified as, by the desk's id; empty for somebody unknown.
        judge: yes-or-no questions about the whole conversation that a model has to answer with yes.
    """

    name: str = Field(min_length=1)
    customer: str = ""
    turns: tuple[TurnOfCase, ...] = Field(min_length=1)
    judge: tuple[str, ...] = ()


class _File(Section):
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True)
class _Names:
    """What a case may name."""

    specialists: Sequence[str]
    tools: Sequence[str]
    actions: Sequence[str]
    groups: Sequence[str]


def read_cases(desk: Desk) -> tuple[list[tuple[str, Case]], list[Mistake]]:
    """Return the desk's cases with the file each stands in, and every mistake found."""
    names = _Names(
        list(desk.specialists),
        [*desk.tools, *desk.served, *TURN_TOOLS, *(f"transfer_to_{name}" for name in desk.specialists)],
        list(desk.actions),
        [*desk.policy.groups, desk.policy.default_group],
    )
    found: list[tuple[str, Case]] = []
    mistakes: list[Mistake] = []
    for path in sorted((desk.folder / "cases").glob("*.yml")):
        source = Source(f"cases/{path.name}", path.read_text("utf-8", "replace"))
        read = source.read(_File)
        for number, case in enumerate(read.cases if read else ()):
            if case.name in {other.name for _, other in found}:
                source.add(f"there is another case “{case.name}”", "give each its own name", "cases", number, "name")
            for what, known, path_to in _named(case, names):
                mend = nearest(what, known) or f"known are {', '.join(known) or 'none'}"
                source.add(f"there is no `{what}`", mend, "cases", number, *path_to)
            found.append((path.stem, case))
        mistakes += source.mistakes
    return found, mistakes


def _named(case: Case, names: _Names) -> Iterator[tuple[str, Sequence[str], tuple[str | int, ...]]]:
    """Yield every name in a case that means nothing, what it could have been, and where it stands."""
    for number, turn in enumerate(case.turns):
        here: tuple[str | int, ...] = ("turns", number)
        if turn.specialist and turn.specialist not in names.specialists:
            yield turn.specialist, names.specialists, (*here, "specialist")
        for index, call in enumerate(turn.tools):
            if call.name not in names.tools:
                yield call.name, names.tools, (*here, "tools", index)
        for index, tool in enumerate(turn.no_tools):
            if tool not in names.tools:
                yield tool, names.tools, (*here, "no_tools", index)
        for index, effect in enumerate(turn.effects):
            if effect.action and effect.action not in names.actions:
                yield effect.action, names.actions, (*here, "effects", index, "action")
            if effect.group and effect.group not in names.groups:
                yield effect.group, names.groups, (*here, "effects", index, "group")
