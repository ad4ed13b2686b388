"""The modal in which a draft is edited: a text in as many fields as it takes, and the text back from them. Pure.

https://docs.slack.dev/reference/views/modal-views
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.drafts import DRAFT_EDIT
from integrations.slack.outbound.blocks import conversation_of

FIELD_LIMIT = 3_000
"""A field holds no more: https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element."""
MOST_CHARS = 60_000
"""With 100 blocks, and 250 KB of JSON, a modal holds more than any answer has."""
_PIECE = 2_400
"""Of a text that needs several fields; what is left is for what a human adds."""
_FIELD = "frontdesk_draft_text"
_BREAKS = {"paragraph": "\n\n", "line": "\n", "word": " ", "none": ""}
"""What was cut away between two fields, by the name that the later one carries."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Piece:
    """A part of a text.

    Args:
        after: name of what stands between it and the part before.
    """

    text: str
    after: str = "none"


def fits(text: str) -> bool:
    """Return whether a modal holds the text."""
    return len(text) <= MOST_CHARS


def edit_modal(draft_id: str, conversation: str, text: str, customer: str = "") -> Json:
    """Return the view for `views.open`.

    Args:
        draft_id: opaque, comes back with the submission.
        conversation: whose fields they are; comes back too.
        customer: name of who is answered, empty where it is not known.
    """
    who = f" to {' '.join(customer.split())[:200]}" if customer else ""
    hint = f"What you send goes{who} as the assistant's answer. It is written in Markdown."
    blocks: list[Json] = [{"type": "context", "elements": [_plain(hint)]}]
    for number, piece in enumerate(pieces(text)):
        label = "Answer" if number == 0 else "Answer, continued"
        block = {"type": "input", "block_id": f"{conversation}#{number}", "label": _plain(label)}
        blocks.append({**block, "optional": number > 0, "element": _field(piece)})
    return {
        "type": "modal",
        "callback_id": DRAFT_EDIT,
        "private_metadata": draft_id,
        "title": _plain("Edit the draft"),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def pieces(text: str) -> Iterator[Piece]:
    """Yield the text in parts that fit into a field each; one that nearly fills its own is followed by an empty one."""
    after = "none"
    if len(text) > FIELD_LIMIT:
        while len(text) > _PIECE:
            part, name, text = _cut(text)
            yield Piece(part, after)
            after = name
    yield Piece(text, after)
    if len(text) > _PIECE:
        yield Piece("", "paragraph")


def conversation_in(values: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the conversation whose draft the fields hold, empty where they are none of ours."""
    return next((found for found in map(conversation_of, values) if found), "")


def text_in(values: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text that the fields hold, as `view.state.values` has them."""
    text = ""
    for _, fields in sorted(values.items(), key=lambda item: _number(item[0])):
        for action_id, typed in fields.items():
            name, _, after = action_id.partition(":")
            value = str(typed or "").replace("\r\n", "\n")
            if name == _FIELD and value.strip():
                text += (_BREAKS.get(after, "\n\n") if text else "") + value
    return text.strip()


def _field(piece: Piece) -> Json:
    element: Json = {
        "type": "plain_text_input",
        "action_id": f"{_FIELD}:{piece.after}",
        "multiline": True,
        "max_length": FIELD_LIMIT,
    }
    return {**element, "initial_value": piece.text} if piece.text else element


def _cut(text: str) -> tuple[str, str, str]:
    """Return the first part, the name of what follows it, and the rest; whole paragraphs where they are short."""
    for name, mark in _BREAKS.items():
        at = text.rfind(mark, 1, _PIECE) if mark else _PIECE
        if at > _PIECE // 3:
            return text[:at], name, text[at + len(mark) :]
    return text[:_PIECE], "none", text[_PIECE:]


def _number(block_id: str) -> int:
    number = block_id.rpartition("#")[2]
    return int(number) if number.isdigit() else 0


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
