"""Builds Block Kit messages: text, buttons, and the metadata that names the effect. Pure.

https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/messaging/message-metadata
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.effects import Button, Moment
from bot.domain.ratings import FEEDBACK_BUTTON
from integrations.slack.outbound.markup import dated, escape, markdown, mrkdwn

EFFECT = "frontdesk_effect"
PREVIEW = "frontdesk_preview"
UPDATE_TEXT_LIMIT = 3_900
"""chat.update refuses a `text` above 4,000 characters: https://docs.slack.dev/reference/methods/chat.update."""
_SECTION_LIMIT = 3_000
_CUT = " …"
_SIDES = ("positive_button", "negative_button")
"""In the order of `SIGNS`."""
_CONVERSATION = re.compile(
    r"(slack:[A-Za-z0-9_.\-]+:[A-Za-z0-9_.\-]+:[0-9.]+|zendesk:[0-9]+|chat:[A-Za-z0-9_.\-]+:[^\s#]{1,150})(?:#[0-9]+)?"
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A message before it has Slack's form.

    Args:
        text: standard Markdown as the model or a person wrote it.
        name: who speaks, when it is not the bot.
        conversation: what the buttons belong to.
        ends_buttons: whether it takes the place of a message whose buttons have to go.
        moments: points of time in the text.
        metadata: the message's label; the bot finds it again by this.
    """

    text: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    buttons: tuple[Button, ...] = ()
    conversation: str = ""
    ends_buttons: bool = False
    moments: tuple[Moment, ...] = ()

    @property
    def effect_id(self) -> str:
        """The effect this message carries out, empty for a preview."""
        return str(self.metadata.get("event_payload", {}).get("effect_id", ""))


def label(effect_id: str, parts: int = 1, files: Sequence[str] = ()) -> Json:
    """Return the metadata of an effect's message; any app in the workspace may read it, so it holds ids alone."""
    payload: Json = {"effect_id": effect_id}
    if parts > 1:
        payload["parts"] = parts
    if files:
        payload["files"] = list(files)
    return {"event_type": EFFECT, "event_payload": payload}


def preview_label(message_id: str) -> Json:
    """Return the metadata of a message that will become the answer to `message_id`."""
    return {"event_type": PREVIEW, "event_payload": {"message_id": message_id}}


def in_markdown(draft: Draft, *, update: bool = False) -> Json:
    """Return the arguments of chat.postMessage or chat.update with standard Markdown.

    `markdown_text` excludes blocks, so a draft with buttons or a name carries its text in a markdown block, and once
    more in `text` for notifications and screen readers. So does one that takes the place of buttons: an update without
    blocks may leave the old ones (https://docs.slack.dev/reference/methods/chat.update).
    """
    if not (draft.buttons or draft.name or draft.ends_buttons):
        return {"markdown_text": dated(markdown(draft.text), draft.moments), **_labelled(draft)}
    spoken = f"**{bold_name(draft.name)}:** {draft.text}" if draft.name else draft.text
    blocks = [{"type": "markdown", "text": dated(markdown(spoken), draft.moments)}, *button_blocks(draft)]
    return {"text": _fallback(draft, update), "blocks": blocks, **_labelled(draft)}


def in_mrkdwn(draft: Draft, *, update: bool = False) -> Json:
    """Return the same arguments for a server that knows no `markdown_text` and no markdown block."""
    arguments: Json = {"text": _fallback(draft, update), **_labelled(draft)}
    if draft.buttons or arguments["text"].endswith(_CUT):
        sections = [
            {"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}}
            for piece in _chunks(_spoken_mrkdwn(draft), _SECTION_LIMIT)
        ]
        arguments["blocks"] = [*sections, *button_blocks(draft)]
    return arguments


def without_thumbs(draft: Draft) -> Draft:
    """Return the same for a server that knows no feedback buttons: whoever was not helped has the other buttons."""
    return replace(draft, buttons=tuple(button for button in draft.buttons if button.action != FEEDBACK_BUTTON))


def button_blocks(draft: Draft) -> list[Json]:
    """Return the rows of buttons, named after the conversation they belong to; an empty list without buttons.

    In one row each `action_id` stands once, and each `block_id` once in a message. The thumbs come last.
    """
    thumbs = [button for button in draft.buttons if button.action == FEEDBACK_BUTTON]
    rows = _rows(without_thumbs(draft).buttons)
    blocks: list[Json] = [{"type": "actions", "elements": [_button(button) for button in row]} for row in rows]
    blocks += _thumbs(thumbs)
    if draft.conversation:
        blocks = [
            {**block, "block_id": f"{draft.conversation}#{number}" if number else draft.conversation}
            for number, block in enumerate(blocks)
        ]
    return blocks


def conversation_of(block_id: str) -> str:
    """Return the conversation a row of buttons belongs to, empty when the row is not one of ours."""
    match = _CONVERSATION.fullmatch(block_id)
    return match[1] if match else ""


def bold_name(name: str) -> str:
    """Return a person's name so that it cannot change the text around it."""
    return " ".join(re.sub(r"[*_`\[\]<>~\\|]", "", name).split()) or "Support"


def _labelled(draft: Draft) -> Json:
    return {"metadata": dict(draft.metadata)} if draft.metadata else {}


def _spoken_mrkdwn(draft: Draft) -> str:
    text = dated(mrkdwn(draft.text), draft.moments)
    return f"{escape(bold_name(draft.name))}: {text}" if draft.name else text


def _fallback(draft: Draft, update: bool) -> str:
    text = _spoken_mrkdwn(draft)
    if update and len(text) > UPDATE_TEXT_LIMIT:
        return next(_chunks(text, UPDATE_TEXT_LIMIT)) + _CUT
    return text


def _chunks(text: str, size: int) -> Iterator[str]:
    while len(text) > size:
        cut = max(text.rfind("\n", 0, size), text.rfind(" ", 0, size))
        cut = cut if cut > size // 2 else size
        yield text[:cut]
        text = text[cut:].lstrip()
    yield text


def _rows(buttons: Sequence[Button]) -> list[list[Button]]:
    rows: list[list[Button]] = []
    for button in buttons:
        if not rows or any(button.action == other.action for other in rows[-1]):
            rows.append([])
        rows[-1].append(button)
    return rows


def _thumbs(buttons: Sequence[Button]) -> list[Json]:
    """Return Slack's own feedback buttons: https://docs.slack.dev/reference/block-kit/blocks/context-actions-block."""
    if len(buttons) != len(_SIDES):
        return []
    sides = {side: _side(button) for side, button in zip(_SIDES, buttons, strict=True)}
    element = {"type": "feedback_buttons", "action_id": FEEDBACK_BUTTON, **sides}
    return [{"type": "context_actions", "elements": [element]}]


def _side(button: Button) -> Json:
    label = button.label[:75]
    return {"text": {"type": "plain_text", "text": label}, "accessibility_label": label, "value": button.value}


def _button(button: Button) -> Json:
    element: Json = {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": button.label[:75]},
        "value": button.value,
    }
    return {**element, "style": button.style} if button.style else element
