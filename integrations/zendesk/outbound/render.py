"""Renders effects as request bodies and texts as HTML that Zendesk shows as meant. Pure.

Zendesk fills in `{{ticket.…}}` and `{% … %}` in what agents send, and shows `html_body` as HTML: both would
let a customer's or a model's words do more than be read.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

import html
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt

from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.events import File
from integrations.zendesk.outbound.parse import EFFECT

MAX_SUBJECT_CHARS = 150

Json = dict[str, Any]

# Tags between the braces do not stop Zendesk, which also renders the plain text.
_PLACEHOLDER = re.compile(r"\{(?=(?:<[^>]*>)*[{%])")


def markdown_html(text: str) -> str:
    """Return the bot's own Markdown as HTML; raw HTML in it stays text, images are not loaded."""
    return _break(_markdown().render(text))


def words_html(text: str) -> str:
    """Return a customer's words as HTML that shows exactly them."""
    return _break(html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>"))


def subject_text(text: str) -> str:
    """Return a one-line subject within Zendesk's limit."""
    line = " ".join(text.split())
    short = line if len(line) <= MAX_SUBJECT_CHARS else f"{line[: MAX_SUBJECT_CHARS - 1]}…"
    return re.sub(r"\{(?=[{%])", "{\u200b", short) or "(no subject)"


def new_ticket(effect: OpenTicket, *, requester_id: int, group_id: int | None, uploads: Sequence[str]) -> Json:
    """Return the fields of a ticket whose first, public comment is the requester's own words, or the bot's to them."""
    comment: Json = {"html_body": words_html(effect.words) or _file_names(effect.files), "public": True}
    if not effect.ours:
        comment["author_id"] = requester_id
    fields: Json = {
        "subject": subject_text(effect.subject),
        "comment": comment | ({"uploads": list(uploads)} if uploads else {}),
        "requester_id": requester_id,
        "status": effect.status,
        "tags": list(effect.tags),
        "metadata": {EFFECT: effect.id},
    }
    if effect.priority:
        fields["priority"] = effect.priority
    if effect.external_id:
        fields["external_id"] = effect.external_id
    if group_id is not None:
        fields["group_id"] = group_id
    if effect.follows:
        fields["via_followup_source_id"] = int(effect.follows)
    return fields


def ticket_changes(
    effect: UpdateTicket, *, author_id: int | None, group_id: int | None, uploads: Sequence[str], stamp: str
) -> Json:
    """Return the fields of one update: everything the effect sets, and nothing else.

    Args:
        author_id: whose comment it is, None for the bot's own.
        stamp: `updated_at` that must still hold, empty for a blind update.
    """
    fields: Json = {"metadata": {EFFECT: effect.id}}
    if effect.comment or uploads:
        fields["comment"] = _comment(effect, author_id, uploads)
    if effect.status:
        fields["status"] = effect.status
    if effect.priority:
        fields["priority"] = effect.priority
    if group_id is not None:
        fields["group_id"] = group_id
    if effect.unassign:
        fields["assignee_id"] = None
    if effect.add_tags:
        fields["additional_tags"] = list(effect.add_tags)
    if effect.remove_tags:
        fields["remove_tags"] = list(effect.remove_tags)
    if stamp:
        # As text: zenpy would send a datetime without its time.
        fields |= {"safe_update": True, "updated_stamp": stamp}
    return fields


def _comment(effect: UpdateTicket, author_id: int | None, uploads: Sequence[str]) -> Json:
    # Words of a person are shown as they were typed, the bot's own as the Markdown they are.
    text = markdown_html(effect.comment) if author_id is None else words_html(effect.comment)
    comment: Json = {"html_body": text or _file_names(effect.files), "public": effect.public}
    if author_id is not None:
        comment["author_id"] = author_id
    return comment | ({"uploads": list(uploads)} if uploads else {})


def _file_names(files: Sequence[File]) -> str:
    return words_html("\n".join(file.name for file in files)) or "—"


def _break(markup: str) -> str:
    return _PLACEHOLDER.sub("{&#8203;", markup)


@cache
def _markdown() -> MarkdownIt:
    options = {"html": False, "breaks": True, "linkify": False, "typographer": False}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("image")
