"""Reads what a message holds beside its text: forwarded messages, tables, blocks. Pure.

A forwarded message is somebody else's words: it is quoted line by line under whose it is, and whatever reads a
customer's own words leaves quotations out. The preview of a link is nobody's words.
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
https://docs.slack.dev/reference/block-kit/blocks/table-block
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.slack.inbound.wire import WireAttachment
from integrations.slack.outbound.markup import plain

FORWARDED = "[forwarded message{whose}]"
NOTHING_TO_SHOW = "[no preview available]"
_LONGEST = 100_000
_DEEPEST = 12
_TABLES = frozenset({"table", "data_table"})

Block = Mapping[str, Any]


def beside(text: str, attachments: Sequence[WireAttachment] | None, blocks: object) -> str:
    """Return as plain text what stands beside a message's `text` (as Slack sent it), empty for nothing."""
    own = blocks_text(blocks) if not text else "\n".join(_tables(blocks, text))
    parts = [own, *[_attached(each, text) for each in attachments or ()]]
    return "\n\n".join(part for part in parts if part)[:_LONGEST]


def is_forwarded(attachment: WireAttachment) -> bool:
    """Return whether the attachment is another Slack message that the person shows."""
    return attachment.is_share is True or attachment.is_msg_unfurl is True


def _attached(attachment: WireAttachment, text: str) -> str:
    if is_forwarded(attachment):
        return _forwarded(attachment)
    if text and _is_preview_of_link(attachment):
        return ""
    shown = "\n".join(filter(None, (plain(attachment.text or ""), blocks_text(attachment.blocks))))
    return shown or ("" if text else _fallback(attachment))


def _is_preview_of_link(attachment: WireAttachment) -> bool:
    return bool(attachment.from_url or attachment.original_url or attachment.title_link)


def _forwarded(attachment: WireAttachment) -> str:
    inner = [block for part in _mappings(attachment.message_blocks) for block in _inner_blocks(part)]
    inner += _mappings(attachment.blocks)
    words = plain(attachment.text or "")
    shown = "\n".join([words, *_tables(inner, words)]) if words else blocks_text(inner) or _fallback(attachment)
    if not shown and not attachment.files:
        return ""
    whose = f" from {' '.join(attachment.author_name.split())}" if attachment.author_name else ""
    quoted = [f"> {line}".rstrip() for line in shown.splitlines()]
    return "\n".join([FORWARDED.format(whose=whose), *quoted])


def _inner_blocks(part: Block) -> Sequence[Block]:
    message = part.get("message")
    return _mappings(message.get("blocks")) if isinstance(message, Mapping) else ()


def _fallback(attachment: WireAttachment) -> str:
    told = plain(attachment.fallback or "")
    return "" if told == NOTHING_TO_SHOW else told


def _tables(blocks: object, text: str) -> list[str]:
    """The tables among the blocks that the text does not already hold."""
    found = [block for block in _mappings(blocks) if block.get("type") in _TABLES]
    return [
        _told(block, 0) for block in found if not all(cell in text for row in _rows(block, 0) for cell in row if cell)
    ]


def blocks_text(blocks: object) -> str:
    """Return what blocks show, as plain text."""
    return "\n".join(part for part in (_told(block, 0) for block in _mappings(blocks)) if part)[:_LONGEST]


def _told(block: Block, depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    if block.get("type") in _TABLES:
        return "\n".join(" | ".join(row) for row in _rows(block, depth))
    return _rich(block, depth)


def _rich(block: Block, depth: int) -> str:
    match block.get("type"):
        case "rich_text":
            return "\n".join(_parts(block, depth))
        case "rich_text_list":
            return "\n".join(f"- {part}" for part in _parts(block, depth))
        case "rich_text_section":
            return _inlines(block)
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _inlines(block).splitlines())
        case "rich_text_preformatted":
            return f"```\n{_inlines(block)}\n```"
        case _:
            return _simple(block)


def _parts(block: Block, depth: int) -> Iterator[str]:
    return (_told(part, depth + 1) for part in _mappings(block.get("elements")))


def _inlines(block: Block) -> str:
    return "".join(_inline(part) for part in _mappings(block.get("elements")))


def _simple(block: Block) -> str:
    """A block whose words are texts of its own: section, header, markdown, context, an image's title."""
    parts = [block.get(name) for name in ("text", "title", "alt_text")]
    parts += [
        *_mappings(block.get("fields")),
        *(_mappings(block.get("elements")) if block.get("type") == "context" else ()),
    ]
    texts = [part.get("text") if isinstance(part, Mapping) else part for part in parts]
    return "\n".join(plain(_clean(text)) for text in texts if isinstance(text, str) and text)


def _rows(table: Block, depth: int) -> Iterator[list[str]]:
    rows = table.get("rows")
    for row in rows if isinstance(rows, list) else ():
        yield [" ".join(_cell(cell, depth).split()) for cell in _mappings(row)]


def _cell(cell: Block, depth: int) -> str:
    text = cell.get("text")
    return _clean(text) if isinstance(text, str) else _told(cell, depth + 1)


def _inline(element: Block) -> str:
    match element.get("type"):
        case "text":
            return _clean(element.get("text"))
        case "link":
            url, text = _clean(element.get("url")), _clean(element.get("text"))
            return url if text in {"", url} else f"{text} ({url})"
        case "user":
            return f"@{_clean(element.get('user_id'))}"
        case "usergroup":
            return f"@{_clean(element.get('usergroup_id'))}"
        case "channel":
            return f"#{_clean(element.get('channel_id'))}"
        case "broadcast":
            return f"@{_clean(element.get('range'))}"
        case "emoji":
            return f":{_clean(element.get('name'))}:"
        case "date":
            return _clean(element.get("fallback"))
        case _:
            return ""


def _clean(value: object) -> str:
    """A text without halves of characters, which cannot be stored."""
    return value.encode("utf-8", "ignore").decode() if isinstance(value, str) else ""


def _mappings(value: object) -> list[Block]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []
