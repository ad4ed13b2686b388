"""Reads and checks a desk's cases (`cases/*.yml`): conversations and searches with expected outcomes.

Each file is a list under `cases`, or has `searches`, or both. No server reads them: a broken case stops no customer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.desk.loading.desk import Desk
from bot.desk.loading.schema import Also, Section
from bot.desk.loading.specialist import TURN_TOOLS
from bot.desk.loading.yaml_source import Mistake, Source, nearest
from bot.desk.policy.sections import Priority
from bot.desk.searches import Searches

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
        name: of the tool; alone, or before a colon and its arguments, it need not be called `name`.
        arguments: those that matter, as text; the others may be anything.
    """

    name: str = Field(min_length=1)
    arguments: Mapping[str, str] = Field(default_factory=dict)


class Happening(Section):
    """Something that has to follow; what is left out may be anything.

    Args:
        kind: what happens.
        action: the tool that proposes it, for all kinds but `escalate`.
        subject: what it is about, such as an order's id.
        amount: of money.
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
        says: what the customer writes.
        specialist: who answers in the end.
        tools: have to be called, others may be.
        no_tools: must not be called.
        effects: have to follow, others may.
        no_effects: must not follow.
        answer: of what the customer reads.
        note: of the internal note that a human agent reads.
    """

    says: str = Field(min_length=1)
    specialist: str = ""
    tools: tuple[Annotated[ExpectedCall, BeforeValidator(_call), Also({"type": ["string", "object"]})], ...] = ()
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
        turns: line after line.
        judge: yes-or-no questions about the whole conversation that a model has to answer with yes.
    """

    name: str = Field(min_length=1)
    customer: str = ""
    turns: tuple[TurnOfCase, ...] = Field(min_length=1)
    judge: tuple[str, ...] = ()


class CaseFile(Section):
    """A file of cases: conversations, searches, or both.

    Args:
        cases: conversations with what has to follow.
        searches: questions with the section that they have to find.
    """

    cases: tuple[Case, ...] = Field((), min_length=1)
    searches: Searches | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.cases or self.searches):
            raise ValueError("has neither `cases` nor `searches`")
        return self


_Place = tuple[str | int, ...]
"""Where something stands in a file: keys and numbers from the top."""


@dataclass(frozen=True)
class _Used:
    """A name that a case uses.

    Args:
        kind: what it is a name of.
        at: where it stands in its turn.
    """

    kind: Literal["specialist", "tool", "action", "group"]
    name: str
    at: _Place


def read_cases(desk: Desk, beside: Path | None = None) -> tuple[list[tuple[str, Case]], list[Mistake]]:
    """Return the desk's cases with the file each stands in, and every mistake found.

    Args:
        beside: a folder with further files of this desk and of others, `DESK-….yml`; None for none.
    """
    known = _known_names(desk)
    sources = sorted({passage.source for passage in desk.knowledge.passages()})
    found: list[tuple[str, Case]] = []
    mistakes: list[Mistake] = []

    more = sorted(beside.glob(f"{desk.id}-*.yml")) if beside else []
    for path in [*sorted((desk.folder / "cases").glob("*.yml")), *more]:
        source = Source(f"cases/{path.name}", path.read_text("utf-8", "replace"))
        read = source.read(CaseFile)
        for number, case in enumerate(read.cases if read else ()):
            _check_name(case, {other.name for _, other in found}, source, number)
            _check_used_names(case, known, source, number)
            found.append((path.stem, case))
        _check_sources(read.searches if read else None, sources, source)
        mistakes += source.mistakes
    return found, mistakes


def searches_of(desk: Desk) -> list[Searches]:
    """Return the searches of those files that can be read."""
    texts = [path.read_text("utf-8", "replace") for path in sorted((desk.folder / "cases").glob("*.yml"))]
    files = [Source("cases", text).read(CaseFile) for text in texts]
    return [file.searches for file in files if file and file.searches]


def _check_sources(searches: Searches | None, known: Sequence[str], source: Source) -> None:
    """A section that does not exist is never found; a Help Center's articles are not known here."""
    for number, search in enumerate(searches.questions if searches else ()):
        for name in search.finds:
            if "://" not in name and name not in known:
                mend = nearest(name, known) or "name a section as FILE#ITS-HEADING"
                source.add(f"there is no section `{name}`", mend, "searches", "questions", number, "finds")


def _known_names(desk: Desk) -> Mapping[str, Sequence[str]]:
    """Return what a case may name, by kind."""
    transfers = [f"transfer_to_{name}" for name in desk.specialists]
    return {
        "specialist": list(desk.specialists),
        "tool": [*desk.tools, *desk.served, *TURN_TOOLS, *transfers],
        "action": list(desk.actions),
        "group": [*desk.policy.groups, desk.policy.default_group],
    }


def _check_name(case: Case, others: Collection[str], source: Source, number: int) -> None:
    if case.name in others:
        source.add(f"there is another case “{case.name}”", "give each its own name", "cases", number, "name")


def _check_used_names(case: Case, known: Mapping[str, Sequence[str]], source: Source, number: int) -> None:
    for turn_number, turn in enumerate(case.turns):
        for used in _names_in(turn):
            names = known[used.kind]
            if used.name and used.name not in names:
                mend = nearest(used.name, names) or f"known are {', '.join(names) or 'none'}"
                place = ("cases", number, "turns", turn_number, *used.at)
                source.add(f"there is no `{used.name}`", mend, *place)


def _names_in(turn: TurnOfCase) -> Iterator[_Used]:
    yield _Used("specialist", turn.specialist, ("specialist",))
    for index, call in enumerate(turn.tools):
        yield _Used("tool", call.name, ("tools", index))
    for index, tool in enumerate(turn.no_tools):
        yield _Used("tool", tool, ("no_tools", index))
    for index, effect in enumerate(turn.effects):
        yield _Used("action", effect.action, ("effects", index, "action"))
        yield _Used("group", effect.group, ("effects", index, "group"))
