"""What the desk answered to a past ticket, as it is recorded: masked, and enough to judge it again. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.replay.masking import Mask


@dataclass(frozen=True)
class Proposed:
    """An action that would have been offered to the customer.

    Args:
        action: name of the desk's tool.
        subject: what it is about, such as an order's id.
        amount: as a number, empty for none.
    """

    action: str
    subject: str = ""
    amount: str = ""


@dataclass(frozen=True)
class Handed:
    """The hand-over that would have been made."""

    group: str
    priority: str
    reason: str = ""


@dataclass(frozen=True)
class DeskAnswer:
    """What would have happened.

    Args:
        text: what the customer would have read, masked.
        specialist: who answered, empty for nobody.
        calls: tools that were called, in order.
        found: what they returned, masked.
        held_back: what would have been written, and where nothing was: `tickets`, `comments`, `database`.
        spent: in millionths of a dollar.
        trouble: why there is no answer, empty where there is one.
    """

    text: str = ""
    specialist: str = ""
    calls: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    handed: Handed | None = None
    held_back: Mapping[str, int] | None = None
    spent: int = 0
    seconds: float = 0.0
    trouble: str = ""

    def masked(self, mask: Mask) -> "DeskAnswer":
        """Return it as it may be stored: what a model makes up is masked like everything else."""
        return replace(
            self,
            text=mask(self.text),
            found=tuple(map(mask, self.found)),
            proposed=tuple(replace(each, subject=mask(each.subject)) for each in self.proposed),
            handed=replace(self.handed, reason=mask(self.handed.reason)) if self.handed else None,
        )

    def dump(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def load_answer(raw: Mapping[str, Any]) -> DeskAnswer:
    """Return what `dump` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    handed = raw.get("handed")
    return DeskAnswer(
        text=str(raw["text"]),
        specialist=str(raw["specialist"]),
        calls=_texts(raw["calls"]),
        found=_texts(raw["found"]),
        proposed=tuple(Proposed(**each) for each in raw["proposed"]),
        handed=Handed(**handed) if handed else None,
        held_back=dict(raw["held_back"] or {}),
        spent=int(raw["spent"]),
        seconds=float(raw["seconds"]),
        trouble=str(raw["trouble"]),
    )


def _texts(raw: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in raw)
