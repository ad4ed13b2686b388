"""Gives all lines of one person one author id, whatever workspace an event named, and people their names.

An event names the author's workspace in up to four ways, or not at all, and a click in another one; so the id that a
line was stored with is where to ask, and no more. A ticket goes on under the id that it was opened under.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.events import Author, InboundMessage, Origin, same_person
from bot.domain.ports import Directory, Profile
from bot.turn.context import TurnInput, batch_of
from bot.turn.input_checks.injection import as_name

_MENTION = re.compile(r"(?<![\w@.])@([UW][A-Z0-9]{6,})\b")
_MOST_MENTIONS = 10


async def introduced(directory: Directory, waiting: TurnInput) -> Sequence[InboundMessage]:
    """Return the waiting messages, those of the first one's author under one id, and people in them by their names."""
    first = batch_of(waiting.messages)[0]
    if first.author.id.partition(":")[0] != Origin.SLACK or first.author.id.count(":") < 2:
        return waiting.messages
    author = _author(waiting, first, await directory.profile(first))
    own = [line for line in waiting.messages if same_person(line.author.id, first.author.id)]
    names = await _names(directory, own, first)
    return [
        replace(line, author=author, text=_named(line.text, names)) if same_person(line.author.id, author.id) else line
        for line in waiting.messages
    ]


def _author(waiting: TurnInput, first: InboundMessage, profile: Profile) -> Author:
    conversation = waiting.conversation
    met = (conversation.requester, *(entry.author for entry in reversed(waiting.history)))
    known = next((author for author in met if same_person(author, first.author.id)), "")
    if known and (conversation.ticket_id or profile.unread):
        return Author(known, first.author.name)
    return Author(profile.id, first.author.name)


async def with_names(directory: Directory, lines: Sequence[InboundMessage]) -> Sequence[InboundMessage]:
    """Return Slack's lines with the people in them called by their names."""
    names = await _names(directory, lines, lines[0]) if lines else {}
    return [replace(line, text=_named(line.text, names)) for line in lines]


async def _names(directory: Directory, lines: Sequence[InboundMessage], first: InboundMessage) -> dict[str, str]:
    """Return what people are called whom the lines name by their Slack id."""
    found = dict.fromkeys(user for line in lines for user in _MENTION.findall(line.text))
    home = first.author.id.rpartition(":")[0]
    names: dict[str, str] = {}
    for user in list(found)[:_MOST_MENTIONS]:
        profile = await directory.profile(replace(first, author=Author(f"{home}:{user}")))
        names[user] = as_name(profile.shown or profile.name)
    return names


def _named(text: str, names: dict[str, str]) -> str:
    return _MENTION.sub(lambda match: f"@{names.get(match[1]) or match[1]}", text) if names else text
