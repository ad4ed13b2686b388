"""Runs a model's tool calls: reads the arguments, keeps the time limit, and puts failures into words for the model."""

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import structlog
from agents import FunctionTool
from agents import tool_context as sdk
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from bot.desk.actions.offers import Refused, not_possible
from bot.desk.tools.error_location import place_of
from bot.desk.tools.tool_context import ToolContext, put_in
from bot.desk.tools.tools import Tool

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


def _unreadable(tool: Tool, error: ValidationError) -> str:
    wrong = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'arguments'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return f"Not run: {tool.name} cannot read these arguments ({wrong}). Call it again with what it asks for."
