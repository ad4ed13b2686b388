"""Proposals: actions that a model asked for and only code may carry out, from the offer to the outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.ids import AuthorId

CONFIRM = "frontdesk_confirm"
DECLINE = "frontdesk_decline"
APPROVE = "frontdesk_approve"
REJECT = "frontdesk_reject"
"""Slack's `action_id`s; the two of an approval are, with `_ID`, Zendesk's tags too."""

OFFER_SECONDS = 3 * 86_400.0
"""How long a yes to an offer counts; it is checked again in any case, so this only bounds a forgotten one."""

KEPT = 20
"""Proposals a conversation remembers, so that a late click can be answered."""


class Stage(StrEnum):
    """What a proposal waits for, or what became of it."""

    OFFERED = "offered"  # the customer's yes
    REASON = "reason"  # the customer's own words
    APPROVAL = "approval"  # a human's agreement
    DONE = "done"
    DECLINED = "declined"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    FAILED = "failed"


OPEN = frozenset({Stage.OFFERED, Stage.REASON, Stage.APPROVAL})


@dataclass(frozen=True)
class Proposal:
    """One action that a customer may confirm.

    Args:
        id: opaque; the buttons' value, the tags' ID, and the key under which the commit happens once.
        action: name of the desk's action.
        arguments: as the model gave them, JSON.
        author: author id of the one whose messages led to it; nobody else's yes counts.
        customer: the desk's id of the verified customer.
        subject: the thing it is about.
        summary: what the customer says yes to, in the words that approvers and the books have.
        worded: the summary as the customer read it, empty where that is the same.
        afterwards: what the customer should know once it is done.
        amount: in the desk's currency, empty where there is none.
        at: Unix seconds of the offer.
        asked_at: Unix seconds when people were asked to approve, 0 while they were not.
        words: the customer's own words that led to it.
        note: the model's account of why.
        confirmed_by: id of the message that said yes.
        reason: the customer's own words, where the policy asks for a reason.
        settled_at: Unix seconds when it was done, declined, rejected or failed; 0 before.
        settled_by: name of the human who approved or rejected it, empty where nobody had to.
        outcome: why it was not done, or that nobody knows whether it was; empty else.
        more: fields of a newer version, kept as they were read.
    """

    id: str
    action: str
    arguments: str
    author: AuthorId
    customer: str
    subject: str
    summary: str
    afterwards: str = ""
    amount: str = ""
    at: float = 0.0
    stage: Stage = Stage.OFFERED
    words: str = ""
    note: str = ""
    confirmed_by: str = ""
    reason: str = ""
    asked_at: float = 0.0
    settled_at: float = 0.0
    settled_by: str = ""
    outcome: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)
    worded: str = ""

    @property
    def told(self) -> str:
        """The summary in the customer's language."""
        return self.worded or self.summary

    @property
    def is_open(self) -> bool:
        """Whether anything may still come of it."""
        return self.stage in OPEN

    def expired(self, now: float) -> bool:
        """Return whether the customer's word comes too late; a pending approval waits for its human.

        Args:
            now: Unix seconds.
        """
        return self.stage in {Stage.OFFERED, Stage.REASON} and now - self.at > OFFER_SECONDS
