"""`@before`: functions of a desk that look something up each time before a specialist answers."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import structlog

from bot.desk.tools.calls import TOOL_SECONDS, called
from bot.desk.tools.error_location import place_of
from bot.desk.tools.tool_context import Injected, ToolContext, injected_in, put_in
from bot.desk.tools.tools import Unfit

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Hook:
    """A desk's function that runs before a specialist answers.

    Args:
        injected: parameter → what is put in.
    """

    specialist: str
    function: Callable[..., Any]
    injected: Mapping[str, Injected]

    async def run(self, context: ToolContext) -> None:
        """Run it; where it needs a verified customer and there is none, or it fails, everything stays as it was."""
        if context.customer is None and "customer" in self.injected.values():
            return
        try:
            async with asyncio.timeout(TOOL_SECONDS):
                await called(self.function, {name: put_in(kind, context) for name, kind in self.injected.items()})
        except Exception as error:
            at = place_of(error, self.function)
            log.warning("hook.failed", specialist=self.specialist, error=type(error).__name__, at=at, exc_info=error)


def before(specialist: str) -> Callable[[Callable[..., Any]], Hook]:
    """Run a function whenever this specialist takes over, by a transfer too, or goes on in a later turn.

    Its parameters are put in by their types, as a tool's are: `Customer`, `Data`, the desk's own `Context`, … What it
    returns is not looked at; it sets fields of the context.

    Raises:
        TypeError: it has a parameter that nobody can fill.
    """

    def decorate(function: Callable[..., Any]) -> Hook:
        injected = injected_in(get_type_hints(function, include_extras=True))
        if unknown := [name for name in inspect.signature(function).parameters if name not in injected]:
            raise Unfit(
                f"{function.__name__}: nobody can fill `{unknown[0]}`", "type it as Customer, Data or your Context"
            )
        return Hook(specialist, function, injected)

    return decorate
