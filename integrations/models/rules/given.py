"""What a rule gets and may return: the same input and output as any other model's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.models.rules.reading import Lane
from integrations.models.rules.talk import Talk
from integrations.models.rules.words.things import Shapes

ESCALATE = "escalate_to_human"
SEARCH = "search_knowledge"
PROVE = "verify_identity"


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


class LaneWanted(Exception):
    """Which specialist a wish is for, by its meaning, has to be known first."""

    def __init__(self, text: str) -> None:
        super().__init__("a lane is wanted")
        self.text = text


@dataclass(frozen=True)
class Given:
    """One call of the model.

    Args:
        specialists: name → what the description of its transfer says.
        shapes: what ids look like to the tools.
        language: of our own sentences.
        tools_of: specialist → the schemas of its tools' arguments; empty where nobody can tell.
        lanes: a wish's words → the specialist that it is for by their meaning; None where nobody can tell.
    """

    instructions: str
    talk: Talk
    tools: Mapping[str, Face]
    specialists: Mapping[str, str]
    shapes: Shapes
    language: str = "en"
    lanes: Mapping[str, Lane] | None = field(default=None)
    tools_of: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def lane(self, text: str) -> Lane:
        """Return the specialist that a wish is for, as far as its meaning tells.

        Raises:
            LaneWanted: it has to be asked for first.
        """
        if self.lanes is None:
            return Lane()
        if text not in self.lanes:
            raise LaneWanted(text)
        return self.lanes[text]


@dataclass(frozen=True)
class Say:
    """Answer the customer.

    Args:
        greets: whether it may begin with a greeting; what answers thanks or a goodbye does not.
    """

    text: str
    greets: bool = True


@dataclass(frozen=True)
class Use:
    """Call a tool; a transfer is one too."""

    tool: str
    arguments: Mapping[str, Any]


Move = Say | Use
