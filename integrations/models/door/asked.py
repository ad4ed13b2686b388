"""One call of a model: what it asks, the same without the thoughts that a server refuses, and the limit it may hit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openai import APIStatusError

from integrations.models.door.offered_tools import Offered
from integrations.models.door.reasoning import without_thoughts
from integrations.models.door.trouble import ended

_OF_THOUGHTS = ("reasoning", "encrypted", "rs_", "item with id", "thinking", "signature")
"""Words by which servers refuse a thought that is sent back to them."""


@dataclass
class Asked:
    """One call of the model.

    Args:
        arguments: as `Model.get_response` takes them.
        is_typed: whether the answer is data by a schema.
        taken: ids of calls that the conversation has already.
    """

    arguments: dict[str, Any]
    offered: Offered
    is_typed: bool
    taken: set[str] = field(default_factory=set)

    def without_thoughts(self) -> Mapping[str, Any]:
        """Return the arguments with a history that holds no thought."""
        return {**self.arguments, "input": without_thoughts(self.arguments["input"])}

    def has_refused_thoughts(self, error: APIStatusError) -> bool:
        """Whether the server does not take a thought back; keys, accounts and providers behind a gateway change."""
        if error.status_code not in {400, 404, 422} or not self._holds_thoughts:
            return False
        words = f"{error.code} {error.message}".lower()
        return any(word in words for word in _OF_THOUGHTS)

    @property
    def _holds_thoughts(self) -> bool:
        said = self.arguments["input"]
        return not isinstance(said, str) and any(item.get("type") == "reasoning" for item in said)

    def raise_at_limit(self, tokens: int | None) -> None:
        """Let pass what ended below the limit of an answer; llama.cpp calls a response completed that it has cut there.

        Raises:
            ModelTrouble: the answer has as many tokens as it may have.
        """
        most = self.arguments["model_settings"].max_tokens
        if most and (tokens or 0) >= most:
            ended("length")
