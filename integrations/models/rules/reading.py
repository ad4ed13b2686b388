"""What the offline model knows of its desk besides what it is told: its languages, and whom a line is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

_LIKELY = 0.45


class Route(Protocol):
    """Where a line belongs."""

    @property
    def specialist(self) -> str:
        """The likeliest specialist."""

    @property
    def confidence(self) -> float:
        """Its probability, 0 to 1."""

    @property
    def sure(self) -> bool:
        """Whether it is surely for that one."""


class Routes(Protocol):
    """The desk's router, which has learnt from the specialists' own examples."""

    async def route(self, text: str) -> Route:
        """Return where a line belongs."""


@dataclass(frozen=True)
class Lane:
    """The specialist that a line is for.

    Args:
        sure: whether to go there whatever the words say.
        likely: whether to go there where the words say nothing.
    """

    specialist: str = ""
    sure: bool = False
    likely: bool = False


@dataclass(frozen=True)
class Reading:
    """One desk.

    Args:
        languages: that it claims, its first one first.
        router: None where a process has none.
        tools: specialist → the schemas of its tools' arguments, by which ids are known before it is its turn.
    """

    languages: Sequence[str]
    router: Routes | None
    tools: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    async def lane(self, text: str) -> Lane:
        """Return the specialist that a line is for."""
        if self.router is None:
            return Lane()
        route = await self.router.route(text)
        return Lane(route.specialist, sure=route.sure, likely=route.confidence >= _LIKELY)
