"""Audit events: what happened in a conversation, in ids, amounts, durations and outcomes, in nobody's words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bot.domain.newer import Open
from bot.domain.text.storable import STORABLE, to_json


class Deed(Open):
    """What an event tells of; `outcome` says how it ended."""

    MESSAGE = "message"  # customer, staff, ticket, click: somebody wrote or did something
    TOOL = "tool"  # ok, proposed, not possible, not verified, withheld, unreadable, failed
    TRANSFER = "transfer"  # the specialist it went to
    PROPOSAL = "proposal"  # offered, expired
    CONFIRMATION = "confirmation"  # yes, no, reason given, not verified, too late
    APPROVAL = "approval"  # asked, approved, rejected, expired
    IDENTITY = "identity"  # address asked, code asked, code refused, proven
    COMMIT = "commit"  # done, refused, unknown
    DRAFT = "draft"  # drafted, and what became of it: sent, sent_edited, used, edited, rewritten, discarded, …
    ESCALATION = "escalation"  # who asked for a human: model, rule, failure, button, operator
    OWNER = "owner"  # "bot → human"
    TURN = "turn"  # the verdict
    RATING = "rating"  # asked, good, bad; once each in a conversation
    FEEDBACK = "feedback"  # up, down: a thumb on one answer, which is no rating; `answer` in its details names it
    CHECK = "check"  # cut: a check took something out of an answer; `by` in its details says which
    BRAKE = "brake"  # "on: draft", "on: silent", off; of no conversation
    DELIVERY = "delivery"  # done, adopted, withheld, dead


ANSWER, NOTICE = "answer", "notice"
"""What a turn `says` to the customer: a specialist's answer, or something else in our own words."""
STAFF, THANKS, NO_WORD = "staff", "thanks", "none"
"""What a customer's `line` is beside one: a human agent wrote it in the thread; it is nothing but thanks; it is
nobody's word, such as an answering machine's."""


def short(effect: str) -> str:
    """Return how a turn names the effect that its delivery names by its whole id."""
    return sha256(effect.encode("utf-8", STORABLE)).hexdigest()[:12]


@dataclass(frozen=True)
class AuditEvent:
    """One thing that happened; it holds no message text, no token and no e-mail address.

    Args:
        author: author id of the person who did it or for whom it was done, empty for nobody.
        specialist: the specialist who did it, empty where none was at work.
        seconds: how long it took, 0 where that means nothing.
        details: ids and amounts.
        at: Unix seconds; all events of a turn have the turn's own time.
        turn: number of the turn, as the transcript counts them.
        id: unique in the conversation, and the same for every attempt of a turn.
    """

    deed: Deed
    outcome: str
    author: str = ""
    specialist: str = ""
    seconds: float = 0.0
    details: Mapping[str, str] = field(default_factory=dict)
    at: float = 0.0
    turn: int = 0
    id: str = ""
    conversation: str = ""

    def dump(self) -> str:
        """Return it as a compact JSON array without the conversation, whose stream it stands in."""
        values = (
            *(self.id, self.deed, self.outcome, self.author, self.specialist),
            *(round(self.seconds, 4), dict(self.details), round(self.at, 3), self.turn),
        )
        return to_json(values)

    def told(self) -> dict[str, Any]:
        """Return it as names and values, for people and other programs."""
        return {
            "conversation": self.conversation,
            "id": self.id,
            "deed": str(self.deed),
            "outcome": self.outcome,
            "at": self.at,
            "turn": self.turn,
            "author": self.author,
            "specialist": self.specialist,
            "seconds": round(self.seconds, 4),
            "details": dict(self.details),
        }


def load_event(text: str | bytes, conversation: str) -> AuditEvent:
    """Return the event that `dump` wrote."""
    name, deed, outcome, author, specialist, seconds, details, at, turn, *_ = json.loads(text)
    return AuditEvent(Deed(deed), outcome, author, specialist, seconds, details, at, turn, name, conversation)
