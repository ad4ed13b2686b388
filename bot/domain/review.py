"""A review entry: one exchange that people look at again, without personal data, and the verdicts that they give."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from bot.domain.newer import Open


class Why(Open):
    """Why an exchange is looked at again."""

    RATING = "bad rating"
    THUMB = "thumbs down"
    DISCARDED = "draft discarded"
    REWRITTEN = "draft rewritten"
    CUT = "cut by a check"
    SAMPLE = "random sample"


class Verdict(StrEnum):
    """What people say of it, in the order of the keys 1 to 4."""

    GOOD = "good"
    WRONG_FACT = "wrong_fact"
    WRONG_TONE = "wrong_tone"
    HUMAN = "should_have_been_human"

    @property
    def is_wrong(self) -> bool:
        """Whether the desk should have done something else."""
        return self is not Verdict.GOOD


@dataclass(frozen=True)
class ReviewEntry:
    """One exchange; nobody's name, address or number stands in its words.

    Args:
        id: the same however often it is found.
        topic: the specialist who answered.
        at: Unix seconds.
        person: author id of the customer, by whom it is exported and forgotten.
        earlier: what the customer wrote before, oldest first.
        reason: what the customer said was wrong, or what people wrote instead; empty where nobody said.
        customer: the desk's id of the customer, empty where it is not known.
    """

    id: str
    why: Why
    conversation: str
    topic: str
    at: float
    person: str = ""
    earlier: tuple[str, ...] = ()
    question: str = ""
    answer: str = ""
    reason: str = ""
    customer: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def dump(self) -> str:
        """Return it as JSON text."""
        known = asdict(self)
        return json.dumps({**known.pop("more"), **known}, ensure_ascii=False, separators=(",", ":"))

    def with_reason(self, reason: str) -> "ReviewEntry":
        """Return it with what somebody said was wrong."""
        return replace(self, reason=reason)


def load_entry(text: str | bytes) -> ReviewEntry:
    """Return the entry that `dump` wrote; fields of a newer version are kept."""
    raw: dict[str, Any] = json.loads(text)
    names = {one.name for one in fields(ReviewEntry)}
    known = {name: value for name, value in raw.items() if name in names}
    more = {name: value for name, value in raw.items() if name not in names}
    known |= {"why": Why(raw["why"]), "earlier": tuple(raw.get("earlier", ())), "more": more}
    return ReviewEntry(**known)


@dataclass(frozen=True)
class Decided:
    """What was said of one entry: it stays when its words are gone."""

    topic: str
    verdict: str
    at: float
    by: str
