"""A model that does what a test's script says: the worst one there is, where the script is an attacker's."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from agents import Model, ModelResponse, ModelSettings, Usage

from integrations.models import ModelClients
from integrations.models.offline import _events, _item
from integrations.models.rules.given import Move, Say, Use

Script = Mapping[str, Sequence[Use | str]]
"""Words of the customer's latest line → what the model does about it, one after the other; a text ends it."""


class ScriptedModel(Model):
    """Acts by the first entry of the script whose words the latest line holds; says "Hm." to anything else.

    What tools returned to it is kept in `returned`, and each call's instructions with the latest line in `asked`.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.returned: list[str] = []
        self.asked: list[tuple[str, str]] = []

    async def get_response(self, system_instructions: Any, input: Any, *_: Any, **__: Any) -> ModelResponse:  # noqa: A002
        return ModelResponse(
            output=[_item(self._move(system_instructions, input))], usage=Usage(requests=1), response_id=None
        )

    async def stream_response(self, system_instructions: Any, input: Any, *_: Any, **__: Any) -> AsyncIterator[Any]:  # noqa: A002
        for event in _events(_item(self._move(system_instructions, input))):
            yield event

    def _move(self, instructions: Any, items: Any) -> Move:
        rows: list[Any] = [{"role": "user", "content": items}] if isinstance(items, str) else list(items)
        last = max(index for index, row in enumerate(rows) if row.get("role") == "user")
        outputs = [row for row in rows[last:] if row.get("type") == "function_call_output"]
        self.returned += [_text(row["output"]) for row in outputs[-1:]]
        latest = _text(rows[last]["content"])
        self.asked.append((_text(instructions), latest))
        moves = self.moves(latest)
        move = moves[min(len(outputs), len(moves) - 1)]
        return Say(move) if isinstance(move, str) else move

    def moves(self, latest: str) -> Sequence[Use | str]:
        """Return what the script says to the customer's latest line."""
        return next((moves for words, moves in self.script.items() if words in latest), ["Hm."])

    def models(self) -> ModelClients:
        """Both sizes of the model."""
        return ModelClients(self, self, ModelSettings())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def call(tool: str, **arguments: Any) -> Use:
    """Return the move of calling a tool."""
    return Use(tool, arguments)
