"""Comment text: HTML and plain forms, rendered placeholders, clean tags."""

import html
import re
from collections.abc import Iterable

from integrations.sandbox.zendesk.state import Ticket, ZendeskUser

_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_UNSAFE = re.compile(r"<\s*(script|style|iframe)\b.*?(?:</\s*\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_HANDLER = re.compile(r"""\son\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_BLANKS = re.compile(r"\n{3,}")
_ROLES = {"end-user": "End-user", "agent": "Agent", "admin": "Administrator"}


def plain(markup: str) -> str:
    """The text of an HTML comment."""
    text = _TAG.sub("", _BREAK.sub("\n", _UNSAFE.sub("", markup)))
    return _BLANKS.sub("\n\n", html.unescape(text)).strip()


def markup(text: str) -> str:
    """The HTML Zendesk makes of a plain comment."""
    paragraphs = html.escape(text, quote=False).split("\n\n")
    inner = "".join(f'<p dir="auto">{p.replace(chr(10), "<br>")}</p>' for p in paragraphs)
    return f'<div class="zd-comment" dir="auto">{inner}</div>'


def wrapped(markup_text: str) -> str:
    """An HTML comment as Zendesk stores it: without scripts, in its own container."""
    safe = _HANDLER.sub("", _UNSAFE.sub("", markup_text))
    return f'<div class="zd-comment" dir="auto">{safe}</div>'


def render(text: str, values: dict[str, str]) -> str:
    """Replace ``{{…}}``; what is unknown becomes empty, as Liquid does."""
    if "{{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), text)


def placeholders(ticket: Ticket, requester: ZendeskUser | None, actor: ZendeskUser) -> dict[str, str]:
    """https://support.zendesk.com/hc/en-us/articles/4408886858138 (those in common use)."""
    latest = next((c for c in reversed(ticket.comments) if c.public), None)
    values = {
        "ticket.id": ticket.id,
        "ticket.title": ticket.subject,
        "ticket.status": ticket.status.capitalize(),
        "ticket.priority": ticket.priority and ticket.priority.capitalize(),
        "ticket.tags": " ".join(ticket.tags),
        "ticket.external_id": ticket.external_id,
        "ticket.requester.name": requester and requester.name,
        "ticket.requester.email": requester and requester.email,
        "ticket.requester.id": ticket.requester_id,
        "ticket.latest_public_comment": latest and latest.body,
        "ticket.latest_public_comment_html": latest and latest.html_body,
        "current_user.id": actor.id,
        "current_user.name": actor.name,
        "current_user.email": actor.email,
        "current_user.role": _ROLES.get(actor.role),
    }
    return {name: str(value or "") for name, value in values.items()}


def clean_tags(tags: Iterable[object]) -> list[str]:
    """Tags as Zendesk keeps them: lower case, split at spaces and commas, each once."""
    found: dict[str, None] = {}
    for tag in tags:
        for part in re.split(r"[\s,]+", str(tag).lower()):
            if part:
                found[part] = None
    return list(found)
