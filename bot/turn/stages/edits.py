"""Handles a line that its author edits or deletes after it was taken in. Pure.

Where people have it they are told; where the bot answered, the changed words are a new line, if they say something
else. An edit never agrees to anything: a yes is a line of its own.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from bot.desk.policy.phrases import plain, without_emoji
from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.effects import UpdateTicket
from bot.domain.events import CustomerMessage, InboundMessage

E = TypeVar("E", bound=InboundMessage)

MARKED = "[The customer has edited an earlier line. It was: “{before}”. It now says:]"
CHANGED = "**The customer changed a line in {channel}.**\n\nBefore: {before}\n\nNow: {now}"
DELETED = "**The customer deleted a line in {channel}:** {before}"
UNKNOWN = "(not known any more)"

_WORD = re.compile(r"[\w'+-]+")
_MARKS = re.compile(r"([\\`*_\[\]<>])")
_ESCAPED = r"\\\1"
_SHORTEST = 5
_ALIKE = 0.8


def is_edit(batch: Sequence[InboundMessage]) -> bool:
    """Return whether the lines are changes of a line that was taken in before."""
    return batch[0].is_edit


def line_id(line: InboundMessage) -> str:
    """Return the id of the line in Slack, also of a change of it."""
    return line.id.removeprefix("edit:").rpartition(":")[0] if line.is_edit else line.id


def newest_words(batch: Sequence[InboundMessage]) -> list[InboundMessage]:
    """Return the changes of one line with the last one's words alone; what it said first is what it was before."""
    before = before_of(batch[0])
    silent = [replace(line, text="", files=()) for line in batch[:-1]]
    return [*silent, with_before(batch[-1], before)]


def before_of(line: InboundMessage) -> str:
    """Return what a changed line said before, empty where nobody knows."""
    return line.before if isinstance(line, CustomerMessage) else ""


def with_before(line: E, before: str) -> E:
    """Return the changed line as one that said `before`."""
    return replace(line, before=before) if isinstance(line, CustomerMessage) else line


def says_else(line: InboundMessage) -> bool:
    """Return whether a change is one of substance: more than a letter in a longer word, a mark or an emoji."""
    before, after = _words(before_of(line)), _words(line.text)
    if len(before) != len(after):
        return before != after
    return any(not _is_same(one, other) for one, other in zip(before, after, strict=True))


def was_changed(line: InboundMessage) -> bool:
    """Return whether any word is another one."""
    return _words(before_of(line)) != _words(line.text)


def _words(text: str) -> list[str]:
    return _WORD.findall(plain(without_emoji(text)))


def _is_same(one: str, other: str) -> bool:
    """A slip of the pen: "recieved" is "received", but no number, no first letter and no short word is another."""
    if one == other:
        return True
    if any(character.isdigit() for character in one + other) or min(len(one), len(other)) < _SHORTEST:
        return False
    return one[0] == other[0] and SequenceMatcher(None, one, other).ratio() > _ALIKE


def marked(line: InboundMessage) -> str:
    """Return the mark under which the model reads changed words."""
    return MARKED.format(before=" ".join(before_of(line).split()) or UNKNOWN)


def change_told(conversation: Conversation, line: InboundMessage) -> tuple[UpdateTicket, ...]:
    """Return the note that tells people of a changed line, nothing where they have none of it."""
    before = before_of(line) or UNKNOWN
    channel = capabilities_of(conversation.id).title
    return _note(
        conversation,
        line,
        CHANGED.format(channel=channel, before=_quoted(before), now=_quoted(line.text or "(no words)")),
    )


def deletion_told(conversation: Conversation, line: InboundMessage) -> tuple[UpdateTicket, ...]:
    """Return the note that tells people of a deleted line, nothing where they have none of it."""
    channel = capabilities_of(conversation.id).title
    return _note(conversation, line, DELETED.format(channel=channel, before=_quoted(line.text or UNKNOWN)))


def _note(conversation: Conversation, line: InboundMessage, text: str) -> tuple[UpdateTicket, ...]:
    if not conversation.ticket_id:
        return ()
    return (UpdateTicket(id=f"{line.id}:note", comment=text, source=line.id),)


def _quoted(text: str) -> str:
    """The words as a quotation in Markdown, whatever they hold."""
    return "\n\n" + "\n".join(f"> {_MARKS.sub(_ESCAPED, line)}" for line in text.splitlines())
