"""Block Kit limits that Slack enforces (https://docs.slack.dev/reference/block-kit/blocks)."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import MAX_BLOCK_TEXT, MAX_BLOCKS, MAX_MARKDOWN, SlackError

_TEXT_LIMITS = {"section": 3000, "header": 150}
_ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
_BUTTON_TEXT, _BUTTON_VALUE, _ID, _LABEL = 75, 2000, 255, 2000
MAX_INPUT = 3000
MAX_VIEW_BLOCKS = 100


def check_blocks(blocks: Any, too_long: str = "msg_blocks_too_long") -> list[JSON]:
    """The blocks, if Slack would take them; raises invalid_blocks or `too_long` (methods name it differently)."""
    if blocks is None or blocks == "":
        return []
    if not isinstance(blocks, list):
        raise _refused("must be an array", "/blocks")
    if len(blocks) > MAX_BLOCKS:
        raise _refused("no more than 50 items allowed", "/blocks")

    seen: set[str] = set()
    for number, block in enumerate(blocks):
        _check_block(block, f"/blocks/{number}", seen)
    if _is_too_long(blocks):
        raise SlackError(too_long)
    return [_named(number, block) for number, block in enumerate(blocks)]


def check_view_blocks(blocks: list[Any]) -> list[JSON]:
    """The blocks of a modal or a home tab, if Slack would take them; raises view_too_large or invalid_arg_name."""
    if len(blocks) > MAX_VIEW_BLOCKS:
        raise SlackError("view_too_large")
    seen: set[str] = set()
    try:
        for number, block in enumerate(blocks):
            _check_block(block, f"/view/blocks/{number}", seen)
            if block["type"] == "context_actions":
                raise _refused("context_actions stand in messages alone", f"/view/blocks/{number}")
    except SlackError as error:  # the methods for views have no invalid_blocks
        raise SlackError("invalid_arg_name", **error.extra) from error
    return [_named(number, block) for number, block in enumerate(blocks)]


def _is_too_long(blocks: list[JSON]) -> bool:
    markdown = sum(len(_text(block)) for block in blocks if block["type"] == "markdown")
    return markdown > MAX_MARKDOWN or sum(len(_text(block)) for block in blocks) > MAX_BLOCK_TEXT


def _named(number: int, block: JSON) -> JSON:
    """With the id that Slack gives to blocks that came without one."""
    if "block_id" in block or block["type"] == "markdown":
        return block
    return block | {"block_id": f"b{number}"}


def _check_block(block: Any, where: str, seen: set[str]) -> None:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        raise _refused("missing required field: type", where)
    _check_id(str(block.get("block_id", "")), where, seen)
    _check_text(block, where)
    _check_elements(block, where)
    if block["type"] == "input":
        _check_input(block, where)


def _check_input(block: JSON, where: str) -> None:
    element = block.get("element")
    label = block.get("label")
    if not isinstance(element, dict) or not isinstance(label, dict) or not label.get("text"):
        raise _refused("missing required field: element or label", where)
    if len(str(label["text"])) > _LABEL:
        raise _refused(f"must be less than {_LABEL + 1} characters", f"{where}/label")
    if element.get("type") == "plain_text_input":
        most = element.get("max_length", MAX_INPUT)
        if not 1 <= most <= MAX_INPUT or len(str(element.get("initial_value") or "")) > most:
            raise _refused(f"initial_value and max_length are at most {MAX_INPUT}", f"{where}/element")


def _check_id(block_id: str, where: str, seen: set[str]) -> None:
    if len(block_id) > _ID or (block_id and block_id in seen):
        raise _refused("block_id must be unique and at most 255 characters", where)
    seen.add(block_id)


def _check_text(block: JSON, where: str) -> None:
    kind = block["type"]
    text = block.get("text")
    if kind == "markdown" and not isinstance(text, str):
        raise _refused("missing required field: text", where)

    length = len(_text(block)) if isinstance(text, dict) else 0
    if kind == "section" and not length and not block.get("fields"):
        raise _refused("missing required field: text", where)
    if kind in _TEXT_LIMITS and length > _TEXT_LIMITS[kind]:
        raise _refused(f"must be less than {_TEXT_LIMITS[kind] + 1} characters", f"{where}/text")


def _check_elements(block: JSON, where: str) -> None:
    kind = block["type"]
    elements = block.get("elements") or []
    if kind in _ELEMENTS and not 1 <= len(elements) <= _ELEMENTS[kind]:
        raise _refused(f"1 to {_ELEMENTS[kind]} items allowed", f"{where}/elements")
    if (check := _CHECKS.get(kind)) is None:
        return
    for element in elements:
        if not isinstance(element, dict) or not isinstance(element.get("type"), str):
            raise _refused("missing required field: type", f"{where}/elements")
        check(element, where)


def _check_element(element: JSON, where: str) -> None:
    label = element.get("text") if isinstance(element.get("text"), dict) else {}
    too_long = (
        len(str((label or {}).get("text", ""))) > _BUTTON_TEXT
        or len(str(element.get("value", ""))) > _BUTTON_VALUE
        or len(str(element.get("action_id", ""))) > _ID
    )
    if element["type"] == "button" and (too_long or not label):
        raise _refused("button text, value or action_id is missing or too long", f"{where}/elements")


def _check_opinion(element: JSON, where: str) -> None:
    """Feedback buttons, or an icon: https://docs.slack.dev/reference/block-kit/blocks/context-actions-block."""
    if element["type"] not in {"feedback_buttons", "icon_button"} or len(str(element.get("action_id", ""))) > _ID:
        raise _refused("unsupported type, or action_id is too long", f"{where}/elements")
    if element["type"] == "icon_button":
        if element.get("icon") != "trash" or not _is_label(element.get("text")):
            raise _refused("icon is trash, and text is required", f"{where}/elements")
        return
    for name in ("positive_button", "negative_button"):
        if not _is_side(element.get(name)):
            raise _refused("text and value are required, and not too long", f"{where}/elements/{name}")


def _is_side(side: Any) -> bool:
    """One of the two feedback buttons: https://docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element."""
    if not isinstance(side, dict) or not _is_label(side.get("text")):
        return False
    value, spoken = str(side.get("value") or ""), str(side.get("accessibility_label") or "")
    return 0 < len(value) <= _BUTTON_VALUE and len(spoken) <= _BUTTON_TEXT


def _is_label(text: Any) -> bool:
    is_plain = isinstance(text, dict) and text.get("type") == "plain_text"
    return is_plain and 0 < len(str(text.get("text", ""))) <= _BUTTON_TEXT


_CHECKS: Mapping[str, Callable[[JSON, str], None]] = {"actions": _check_element, "context_actions": _check_opinion}


def _text(block: JSON) -> str:
    text = block.get("text")
    return str(text.get("text", "")) if isinstance(text, dict) else str(text or "")


def _refused(message: str, where: str) -> SlackError:
    return SlackError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {message} [json-pointer:{where}]"]})
