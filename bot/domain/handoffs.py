"""Why a human is asked, as the model's tool, the desk's tools or a rule say it."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a conversation was handed over, as figures count it: one of these, or the name of a rule of the desk's."""

    ASKED_FOR_HUMAN = "asked_for_human"
    UPSET = "upset"
    SPECIALIST = "specialist"
    UNRESOLVED = "unresolved"
    REPEATED = "repeated"
    FAILURE = "failure"
    CAP = "cap"
    APPROVAL = "approval"
    THUMBS_DOWN = "thumbs_down"


HUMAN_BUTTON = "frontdesk_human"
"""With which a customer asks for one."""
ASKED_BY_BUTTON = "the customer asked for a human by button"
"""The reason then."""


@dataclass(frozen=True)
class HandoffRequest:
    """Why a human is asked; empty fields are filled from the conversation.

    Args:
        rule: the `Reason`, or the name of the desk's rule, as figures count it; empty goes by who asked.
    """

    reason: str
    priority: str = ""
    topic: str = ""
    issue: str = ""
    confirmed_facts: str = ""
    tried: str = ""
    next_step: str = ""
    rule: str = ""
