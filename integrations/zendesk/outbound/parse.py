"""Parses tickets and comments from the API's JSON, in which any value may be null. Pure.

https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.domain.events import File
from bot.domain.ports import Comment, Profile
from bot.domain.tickets import Ticket

OWN = "own"
"""Effect id of a comment by the bot's user that names none: never answered."""

SYSTEM = "system"
"""Effect id of a comment by nobody: Zendesk itself."""

CALL, AUTO_REPLY = "call", "auto_reply"
"""What Zendesk says of a comment that no person wrote: the log of a phone call, or an answering machine."""

MERGED = "closed_by_merge"
MESSAGING = "native_messaging"
EFFECT = "effect_id"

_AUTOMATIC = 4  # "the comment was automatically generated"
_CALLS = frozenset({"VoiceComment", "TpeVoiceComment"})
_CALLED = frozenset({"voice", "phone", "tpe"})
_ABOUT_FILES = frozenset({5, 15})  # too large, malware: say nothing of the author
_MERGED_INTO = re.compile(r"\s*This request was closed and merged into request #([1-9][0-9]{0,18})\b")


def ticket_of(
    fields: Mapping[str, Any],
    *,
    own_id: int,
    by_customer: bool,
    follows: str = "",
    copied: tuple[str, ...] = (),
    assignee_name: str = "",
) -> Ticket:
    """Return the domain's ticket.

    Args:
        own_id: the bot's user.
        by_customer: whether the submitter is an end user.
        copied: ids of the customers in copy who are not of the requester's organisation.
    """
    assignee = fields.get("assignee_id")
    return Ticket(
        id=_text(fields.get("id")),
        status=fields.get("status") or "new",
        priority=fields.get("priority") or "",
        group_id=_text(fields.get("group_id")),
        assignee_id=_text(assignee),
        requester_id=_text(fields.get("requester_id")),
        submitter_id=_text(fields.get("submitter_id")),
        external_id=fields.get("external_id") or "",
        via=_channel_of(fields),
        tags=tuple(fields.get("tags") or ()),
        updated_at=fields.get("updated_at") or "",
        created_at=seconds(fields.get("created_at")),
        subject=fields.get("subject") or "",
        submitted_by_customer=by_customer,
        assigned_to_person=assignee is not None and assignee != own_id,
        assignee=assignee_name,
        follows=follows,
        copied=copied,
        brand_id=_text(fields.get("brand_id")),
    )


def _channel_of(fields: Mapping[str, Any]) -> str:
    """Return where the ticket came from; the flag also tells messaging channels whose names we do not know."""
    if fields.get("from_messaging_channel") is True:
        return MESSAGING
    via = fields.get("via")
    return (via.get("channel") or "") if isinstance(via, Mapping) else ""


def comment_of(fields: Mapping[str, Any], author: Profile, own_id: int) -> Comment:
    """Return the domain's comment."""
    return Comment(
        id=int(fields.get("id") or 0),
        author=author,
        text=_plain(fields),
        public=fields.get("public") is True,
        at=seconds(fields.get("created_at")),
        files=tuple(files_of(fields.get("attachments") or ())),
        flagged=is_flagged(fields),
        effect_id=_effect_of_comment(fields, own_id),
        html=str(fields.get("html_body") or ""),
        sender=_sender(fields) or author.email,
        automatic=_automatic(fields),
    )


def _automatic(fields: Mapping[str, Any]) -> str:
    """Return what Zendesk itself says of a machine behind the comment.

    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#json-format (type, flags)
    """
    if fields.get("type") in _CALLS or _channel_of(fields) in _CALLED:
        return CALL
    return AUTO_REPLY if _AUTOMATIC in _flags(_metadata(fields)) else ""


def _sender(fields: Mapping[str, Any]) -> str:
    """Return the address that a mail came from; the author may be known by another one."""
    via = fields.get("via")
    source = via.get("source") if isinstance(via, Mapping) else None
    come_from = source.get("from") if isinstance(source, Mapping) else None
    address = come_from.get("address") if isinstance(come_from, Mapping) else None
    return address if isinstance(address, str) else ""


def is_flagged(fields: Mapping[str, Any]) -> bool:
    """Return whether Zendesk doubts that the author wrote it; flags we do not know count as doubt."""
    metadata = _metadata(fields)
    doubts = set(_flags(metadata)) - _ABOUT_FILES
    suspended = metadata.get("suspension_type_id") is not None
    return bool(doubts) or suspended or metadata.get("trusted") is False


def effect_in(fields: Mapping[str, Any]) -> str:
    """Return the effect id in a comment's or an audit's metadata, empty for none."""
    custom = _metadata(fields).get("custom")
    effect = custom.get(EFFECT) if isinstance(custom, Mapping) else None
    return effect if isinstance(effect, str) else ""


def comment_in(audit: Mapping[str, Any]) -> int:
    """Return the id of the comment an audit made, 0 for none; it equals the comment's own id."""
    events = audit.get("events") or ()
    return next((int(event["id"]) for event in events if event.get("type") == "Comment"), 0)


def tag_added(audit: Mapping[str, Any], tag: str) -> bool:
    """Return whether the person behind the audit put the tag on; what a rule of the account did is not theirs."""
    for event in audit.get("events") or ():
        by_rule = (event.get("via") or {}).get("channel") == "rule"
        if event.get("field_name") == "tags" and event.get("type") in {"Create", "Change"} and not by_rule:
            return tag in _tags(event.get("value")) and tag not in _tags(event.get("previous_value"))
    return False


def files_of(attachments: Iterable[Mapping[str, Any]]) -> list[File]:
    """Return a comment's files without deleted ones and those in which Zendesk found malware.

    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/
    """
    return [
        File(
            id=_text(fields.get("id")),
            name=fields.get("file_name") or "file",
            url=fields.get("content_url") or "",
            mime=fields.get("content_type") or "application/octet-stream",
            size=int(fields.get("size") or 0),
        )
        for fields in attachments
        if fields.get("malware_scan_result") != "malware_found" and fields.get("deleted") is not True
    ]


def merge_target(audits: Iterable[Mapping[str, Any]]) -> str:
    """Return the ticket that a merge names in the newest audits of the closed ticket, empty when none does."""
    for audit in audits:
        via = audit.get("via")
        source = via.get("source") if isinstance(via, Mapping) else None
        if isinstance(source, Mapping) and source.get("rel") == "merge":
            to = source.get("to")
            target = _text(to.get("ticket_id")) if isinstance(to, Mapping) else ""
            if target.isdecimal():
                return target
    return ""


def merge_words(fields: Mapping[str, Any]) -> str:
    """Return the ticket that Zendesk's own closing words in a comment name, empty when they name none."""
    match = _MERGED_INTO.match(_plain(fields))
    return match[1] if match else ""


def seconds(time: Any) -> float:
    """Return Unix seconds of the API's ISO 8601 text, 0 for null or anything else."""
    try:
        return datetime.fromisoformat(time).timestamp() if isinstance(time, str) else 0.0
    except ValueError:
        return 0.0


def _effect_of_comment(fields: Mapping[str, Any], own_id: int) -> str:
    author = fields.get("author_id")
    effect = effect_in(fields)
    if effect or author == own_id:
        return effect or OWN
    nobody = not isinstance(author, int) or author <= 0
    return SYSTEM if nobody else ""


def _plain(fields: Mapping[str, Any]) -> str:
    text = fields.get("plain_body") or fields.get("body") or ""
    return str(text).replace("&nbsp;", " ").replace("\r\n", "\n").strip()


def _metadata(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = fields.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _flags(metadata: Mapping[str, Any]) -> list[Any]:
    flags = metadata.get("flags")
    return [flag for flag in flags if isinstance(flag, int | str)] if isinstance(flags, list) else []


def _tags(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else [str(tag) for tag in value or ()]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
