"""Turns a desk's functions into tools for a model; code, not the model, fills in who the customer is."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from agents.function_schema import FuncSchema, function_schema

from bot.desk.tools.tool_context import Injected, ToolContext, injected_in


class Unfit(TypeError):
    """A function of a desk that cannot be what its decorator says; the text names it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


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
    also runs for the unverified; `Data`, `Knowledge`, `Clock`, `BusinessHours`, `Limits`, `Handover` and the desk's
    own `Context` are put in likewise. The result is text, or anything JSON can say; an id that belongs to another
    customer has to answer like one that does not exist.

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
