"""What a measurement prints: rows beside their targets."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A figure that was promised.

    Args:
        wanted: the promise in words.
        got: the figure in words.
    """

    name: str
    wanted: str
    got: str
    is_met: bool

    def line(self) -> str:
        """Return the target as a line."""
        return f"{'ok    ' if self.is_met else 'MISSED'} {self.name}: {self.got} ({self.wanted})"


@dataclass(frozen=True)
class Table:
    """One part's figures.

    Args:
        notes: how they were taken.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = ()

    def render(self) -> str:
        """Return the table as text, the first column left, the others right."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        head, *body = [_aligned(line, widths) for line in lines]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join(
            [self.title, "", head, rule, *body, "", *(target.line() for target in self.targets), *self.notes]
        )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def at_most(name: str, got: float, wanted: float, unit: str = "") -> Target:
    """Return the promise that a figure is not above another; where it is missed, it says by how much."""
    is_met = got <= wanted
    over = "" if is_met else f", {got / wanted - 1:.0%} over"
    return Target(name, f"at most {wanted:g}{unit}", f"{got:.2f}{unit}{over}", is_met)


def at_least(name: str, got: float, wanted: float, unit: str = "") -> Target:
    """Return the promise that a figure is not below another; where it is missed, it says by how much."""
    is_met = got >= wanted
    short = "" if is_met else f", {1 - got / wanted:.0%} short"
    return Target(name, f"at least {wanted:g}{unit}", f"{got:.2f}{unit}{short}", is_met)


def percentile(times: Sequence[float], share: float) -> float:
    """Return the value that this share (0 to 1) of all is not above; 0 of none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def ms(seconds: float) -> str:
    """Return seconds as milliseconds in words."""
    return f"{seconds * 1000:,.1f}" if seconds < 0.1 else f"{seconds * 1000:,.0f}"
