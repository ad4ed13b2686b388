"""Why a human is asked, as the model's tool, the desk's tools or a rule say it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HandoffRequest:
    """Why a human is asked; empty fields are filled from the conversation."""

    reason: str
    priority: str = ""
    topic: str = ""
    issue: str = ""
    confirmed_facts: str = ""
    tried: str = ""
    next_step: str = ""
