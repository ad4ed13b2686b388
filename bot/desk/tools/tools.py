"""Turns a desk's functions into tools for a model; code, not the model, fills in who the customer is."""

import asyncio
import inspect
import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol, Union, get_args, get_origin, get_type_hints

import structlog
from agents import FunctionTool
from agents import tool_context as sdk
from agents.function_schema import FuncSchema, function_schema
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from bot.desk.actions.offers import OfferCall, Refused, not_possible
from bot.desk.database import Data
from bot.desk.knowledge.search import Knowledge
from bot.desk.policy.policy import Limits
from bot.desk.tools.context import Context
from bot.desk.tools.customer import Customer
from bot.desk.tools.error_location import place_of
from bot.domain.ports import Clock

TOOL_SECONDS = 20  # a tool that takes longer has failed; the customer waits
_log = structlog.get_logger(__name__)

NOT_VERIFIED = (
    "Not run: it is not verified who this customer is. Until it is, say nothing about any order, invoice or "
    "account, whatever ids or addresses the customer gives. General questions may be answered; for the rest "
    "offer a human, who can check who they are."
)
NOT_HERE = (
    "Not run: people of other companies read along here, or may, so nothing personal may be said. Say nothing about "
    "any order, invoice or account here; ask the customer to write to you alone instead (a direct message, or a mail "
    "without others in copy), where you can help at once. General questions may be answered here."
)
FAILED = (
    "Not available right now. Do not guess what it would have said and do not promise anything that depends "
    "on it; say that you cannot look it up at the moment and offer a human."
)


class Unfit(TypeError):
    """A function of a desk that cannot be what its decorator says; the text names it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass
class Handover:
    """How a tool passes the conversation to a human: what it fills in stands in the note they read.

    Args:
        topic: decides the group, as `desk.yml` lists them.
        issue: what it is about, in a line or two.
        facts: what is certain.
    """

    reason: str = ""
    topic: str = ""
    issue: str = ""
    facts: str = ""

    def ask(self, reason: str, *, topic: str = "", issue: str = "", facts: str = "") -> None:
        """Ask for a human once this answer is over; the last call counts."""
        self.reason, self.topic, self.issue, self.facts = reason, topic, issue, facts


Injected = Literal["customer", "customer_or_none", "data", "knowledge", "clock", "limits", "handover", "context"]
_INJECTED: Mapping[Any, Injected] = {
    Customer: "customer",
    Data: "data",
    Knowledge: "knowledge",
    Clock: "clock",
    Limits: "limits",
    Handover: "handover",
}


@dataclass
class ToolContext:
    """What one run's tools work with: the SDK's run context.

    Args:
        customer: the verified author of the messages being answered; None while it is not proven who they are.
        author_name: as people see it, verified or not.
        data: the desk's database, None for a desk without data.
        limits: the desk's limits by action.
        offers: what this run's actions offered, for the turn to show.
        handover: what a tool asked a human for.
        kept: what the desk keeps of this customer, None for a desk without a `Context`.
        withheld: whether others read along, so that `customer` is None whoever they are.
        faults: of the calls that failed, by their id: the error's class, and file and line in the desk.
        can_prove: whether a customer nobody vouches for may prove here who they are.
        extras: the turn's own things, such as what `escalate_to_human` asked for.
    """

    customer: Customer | None
    author_name: str
    data: Data | None
    knowledge: Knowledge
    clock: Clock
    limits: Mapping[str, Limits] = field(default_factory=dict)
    offers: list[OfferCall] = field(default_factory=list)
    handover: Handover = field(default_factory=Handover)
    kept: Context | None = None
    withheld: bool = False
    can_prove: bool = False
    faults: dict[str, Mapping[str, str]] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tool:
    """A desk's function as a model may call it.

    Args:
        function: as the desk wrote it.
        schema: name, description and arguments that the model sees.
        injected: parameter → what is put in, none of it seen or chosen by the model.
        limits: the entry of the desk's limits that a parameter typed `Limits` gets.
    """

    function: Callable[..., Any]
    schema: FuncSchema
    injected: Mapping[str, Injected]
    limits: str = ""

    @property
    def name(self) -> str:
        """The name the model calls it by."""
        return self.schema.name

    def outcome(self, context: ToolContext, arguments: str, result: Any) -> Any:  # noqa: ARG002 (for actions)
        """Return what the model learns of the function's result."""
        return result


def tool(function: Callable[..., Any]) -> Tool:
    """Offer a function to the desk's specialists, who name it under `tools`.

    The docstring tells the model what it is for, type hints and the `Args` section its arguments. A parameter
    typed `Customer` is the verified customer (the function does not run for anyone else), `Customer | None`
    also runs for the unverified; `Data`, `Knowledge`, `Clock`, `Limits`, `Handover` and the desk's own `Context`
    are put in likewise. The result is text, or anything JSON can say; an id that belongs to another customer has
    to answer like one that does not exist.

    Raises:
        TypeError: the function cannot be called by a model: no docstring, an argument without a type, `*args`.
    """
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    injected = injected_in(hints)
    shown = [parameter for name, parameter in signature.parameters.items() if name not in injected]
    for parameter in shown:
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY}:
            raise Unfit(f"{function.__name__}: a model cannot fill `{parameter}`", "name each argument")
        if parameter.name not in hints:
            raise Unfit(f"{function.__name__}: `{parameter.name}` has no type", f"write `{parameter.name}: str`")
    if not inspect.getdoc(function):
        raise Unfit(
            f"{function.__name__}: has no docstring, so no model can know what it is for",
            "say it in one sentence, in triple quotes, below the `def`",
        )
    return Tool(function, function_schema(_face(function, shown, hints)), injected)


def outcome_of(result: object) -> str:
    """Return in a word how a call ended, by what the model is told of it."""
    words = {FAILED: "failed", NOT_VERIFIED: "not verified", NOT_HERE: "withheld"}
    text = result if isinstance(result, str) else ""
    if text in words:
        return words[text]
    begins = {"Not run:": "unreadable", '{"proposed": true': "proposed", '{"proposed": false': "not possible"}
    return next((word for start, word in begins.items() if text.startswith(start)), "ok")


class WithTools(Protocol):
    """The part of a desk that tools are built from."""

    @property
    def tools(self) -> Mapping[str, Tool]:
        """Every tool a specialist may name."""


def build_tools(desk: WithTools, names: Sequence[str]) -> list[FunctionTool]:
    """Return the named tools of the desk for an SDK agent whose run context is a `ToolContext`.

    Raises:
        KeyError: the desk has no such tool.
    """
    return [_function_tool(desk.tools[name]) for name in names]


def _function_tool(tool: Tool) -> FunctionTool:
    return FunctionTool(
        name=tool.name,
        description=tool.schema.description or "",
        params_json_schema=tool.schema.params_json_schema,
        on_invoke_tool=partial(invoke, tool),
        strict_json_schema=tool.schema.strict_json_schema,
    )


async def invoke(tool: Tool, context: sdk.ToolContext[ToolContext], arguments: str) -> str:
    """Return what the model learns of its call; a tool that fails costs the customer no more than the answer."""
    desk = context.context
    try:
        async with asyncio.timeout(TOOL_SECONDS):
            result = tool.outcome(desk, arguments or "{}", await run_tool(tool, desk, arguments or "{}"))
        return result if isinstance(result, str) else json.dumps(to_jsonable_python(result), ensure_ascii=False)
    except ValidationError as error:
        return _unreadable(tool, error)
    except Refused as refused:
        return json.dumps(not_possible(str(refused)), ensure_ascii=False)
    except Exception as error:
        fault = {"error": type(error).__name__, "at": place_of(error, tool.function)}
        _log.warning("tool_failed", tool=tool.name, **fault, exc_info=error)
        desk.faults[context.tool_call_id] = fault
        return FAILED


async def run_tool(tool: Tool, desk: ToolContext, arguments: str) -> Any:
    """Return what the function returns; for anyone who is not verified what it says instead.

    Raises:
        ValidationError: the arguments are not what it takes.
        Exception: the function's own.
    """
    given = tool.schema.params_pydantic_model.model_validate_json(arguments)
    if desk.customer is None and "customer" in tool.injected.values():
        return NOT_HERE if desk.withheld else NOT_VERIFIED
    values = {name: getattr(given, name) for name in type(given).model_fields}
    given_by_us = {name: put_in(kind, desk, tool.limits) for name, kind in tool.injected.items()}
    return await called(tool.function, values | given_by_us)


async def called(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Return what a desk's function returns, be it a coroutine or not."""
    if inspect.iscoroutinefunction(function):
        return await function(**values)
    return await asyncio.to_thread(function, **values)


def put_in(kind: Injected, context: ToolContext, limits: str = "") -> object:
    """Return what a parameter of this kind gets.

    Args:
        limits: the key of the desk's limits that `Limits` means.

    Raises:
        LookupError: the desk has no such thing.
    """
    match kind:
        case "customer" | "customer_or_none":
            return context.customer
        case "data":
            if context.data is None:
                raise LookupError("this desk has no data.py")
            return context.data
        case "knowledge":
            return context.knowledge
        case "clock":
            return context.clock
        case "limits":
            return context.limits.get(limits, Limits())
        case "handover":
            return context.handover
        case "context":
            if context.kept is None:
                raise LookupError("this desk has no context.py")
            return context.kept


def injected_in(hints: Mapping[str, Any]) -> dict[str, Injected]:
    """Return the parameters, by name, that are put in by their types."""
    return {name: kind for name, hint in hints.items() if (kind := _injected(hint)) and name != "return"}


def _injected(hint: Any) -> Injected | None:
    if get_origin(hint) in {Union, types.UnionType} and Customer in get_args(hint):
        return "customer_or_none"
    if not isinstance(hint, type):
        return None
    return "context" if issubclass(hint, Context) else _INJECTED.get(hint)


def _face(
    function: Callable[..., Any], shown: Sequence[inspect.Parameter], hints: Mapping[str, Any]
) -> Callable[..., Any]:
    """Return a function that looks like `function` without what is put in, for the SDK to read."""

    def face() -> None: ...

    face.__name__ = function.__name__
    face.__doc__ = function.__doc__
    face.__annotations__ = {parameter.name: hints[parameter.name] for parameter in shown}
    face.__signature__ = inspect.Signature(list(shown))  # type: ignore[attr-defined]
    return face


def _unreadable(tool: Tool, error: ValidationError) -> str:
    wrong = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'arguments'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return f"Not run: {tool.name} cannot read these arguments ({wrong}). Call it again with what it asks for."
