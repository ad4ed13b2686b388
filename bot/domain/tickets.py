"""A Zendesk ticket as the bot remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ticket:
    """A Zendesk ticket's fields as last read or written.

    Args:
        group_id, assignee_id, requester_id, submitter_id, brand_id: Zendesk's ids as text, empty for none.
        via: Zendesk's channel name (`email`, `web`, `api`, `native_messaging`, …).
        updated_at: the stamp for `safe_update`, exactly as the API gave it.
        created_at: Unix seconds.
        submitted_by_customer: whether the submitter is an end user.
        assignee: name of who it is assigned to, as people see it; empty where that is nobody, or not known.
        assigned_to_person: whether an assignee other than the bot's own user is set.
        follows: the ticket this one was merged into, empty for none.
        answer_group: whether the group is one whose tickets the bot answers.
        group: what a rule of the desk calls its group, empty where none names it.
        brand_names: what its brand is called, in all ways that a rule may; empty where no rule asks.
        copied: ids of the customers who are in copy and not of the requester's organisation: they read every answer.
        more: fields of a newer version, kept as they were read.
    """

    id: str
    status: str = "new"
    priority: str = ""
    group_id: str = ""
    assignee_id: str = ""
    requester_id: str = ""
    submitter_id: str = ""
    external_id: str = ""
    via: str = ""
    tags: tuple[str, ...] = ()
    updated_at: str = ""
    created_at: float = 0.0
    subject: str = ""
    submitted_by_customer: bool = False
    assigned_to_person: bool = False
    assignee: str = ""
    follows: str = ""
    answer_group: bool = False
    copied: tuple[str, ...] = ()
    brand_id: str = ""
    group: str = ""
    brand_names: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)
