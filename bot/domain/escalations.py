"""Escalations as colleagues see them in their channel: what a card tells that is kept nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Escalation:
    """The hand-over that a card tells of.

    Args:
        cause: id of the message that led to it; the card's effects derive their ids from it.
        customer: name of who needs a human.
        summary: what it is about, in a sentence or two.
        reason: why a human is needed.
        taken_by: name of the human who has it, empty for nobody.
        card: digest of what the card says, empty while there is none.
        edits: how often the card was changed.
        at: Unix seconds when people were asked, 0 where a version before did not say.
        zone: the time zone of who needs a human, an IANA name, empty where it is not known.
        is_trouble: whether something went wrong for the customer, so that they hear that we are sorry.
        more: fields of a newer version, kept as they were read.
    """

    cause: str
    customer: str = ""
    summary: str = ""
    reason: str = ""
    taken_by: str = ""
    card: str = ""
    edits: int = 0
    at: float = 0.0
    is_trouble: bool = False
    zone: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)
