"""What a rule gets and may return: the same input and output as any other model's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.models.rules.talk import Talk

ESCALATE = "escalate_to_human"
SEARCH = "search_knowledge"


@dataclass(frozen=True)
class Face:
    """A tool as a model sees it."""

    name: str
    description: str
    schema: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Its arguments by name."""
        return self.schema.get("properties") or {}


@dataclass(frozen=True)
class Given:
    """One call of the model.

    Args:
        specialists: name → what the description of its transfer says.
    """

    instructions: str
    talk: Talk
    tools: Mapping[str, Face]
    specialists: Mapping[str, str]


@dataclass(frozen=True)
class Say:
    """Answer the customer."""

    text: str


@dataclass(frozen=True)
class Use:
    """Call a tool; a transfer is one too."""

    tool: str
    arguments: Mapping[str, Any]


Move = Say | Use
