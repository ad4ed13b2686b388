"""Plays customers' lines through one engine, each as a conversation of its own, and judges the last answer."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.app.container import Engine, open_engine
from bot.app.server import working
from bot.app.settings import Settings, load_settings
from bot.desk.language import language_of
from bot.domain.conversation import Owner
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import EVAL, AuthorId, ConversationId, Origin
from bot.domain.transcript import Role
from bot.evals.books import InMemoryTickets
from bot.evals.rooms import without_vendors
from bot.store import keys

ANSWER_SECONDS = 120.0
SARAH = "cust_001"
CLAIMED = ("en", "de", "fr", "es")

_HERE = Path(__file__).parent
_UGLY = re.compile(r"\d{4}-\d\d-\d\d|[{}\[\]]|\b(True|False|None|null)\b|\(\w, \w, \w")
"""What no customer may read: dates for machines, a program's own signs."""
_FEWEST_WORDS = 6
"""Of fewer nobody can tell the language."""
_QUOTED = re.compile(r"“[^”]*”", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """What a customer says, and what a good colleague does with it; the keys are explained in `lines.yml`."""

    said: Sequence[str]
    wanted: Mapping[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Line":
        """Return a row of the file."""
        says = row["says"]
        return cls([says] if isinstance(says, str) else says, row)


@dataclass(frozen=True)
class Heard:
    """What became of a line: the last answer, the tools of its turn, and whether people have it."""

    text: str
    tools: Sequence[str]
    people: bool


def read_lines(name: str) -> list[Line]:
    """Return the lines of a file of this folder."""
    rows = yaml.safe_load((_HERE / name).read_text("utf-8"))
    return [Line.of(row) for row in rows]


async def play(lines: Sequence[Line], desk: str, settings: Settings, folder: Path, redis_url: str) -> list[Heard]:
    """Return what became of each line."""
    own = {"redis_url": redis_url, "frontdesk_data_dir": folder, "frontdesk_desk": desk, "frontdesk_model": "offline"}
    settings = load_settings(**without_vendors(settings) | own)
    async with open_engine(settings, concurrency=4, tickets=InMemoryTickets()) as engine, working(engine.worker):
        return await asyncio.gather(*[_heard(engine, number, line) for number, line in enumerate(lines)])


async def _heard(engine: Engine, number: int, line: Line) -> Heard:
    conversation = ConversationId.of_chat(EVAL, f"line-{number}")
    customer = str(line.wanted.get("as", SARAH))
    answer, seen = "", 0
    for place, text in enumerate(line.said):
        before = await engine.conversations.read(conversation)
        seen = len(before.entries) if before else 0
        answer = await _answer(engine, conversation, f"chat:line-{number}-{place}", customer, text)
    view = await engine.conversations.read(conversation)
    assert view is not None
    calls = [entry for entry in view.entries[seen:] if entry.role is Role.TOOL_CALL and entry.items]
    people = view.conversation.owner is not Owner.BOT
    return Heard(answer, [str(call.items[0].get("name")) for call in calls], people)


async def _answer(engine: Engine, conversation: ConversationId, name: str, customer: str, text: str) -> str:
    author = Author(AuthorId.in_chat(EVAL, conversation.rpartition(":")[2]))
    message = CustomerMessage(
        id=name,
        conversation=conversation,
        author=author,
        text=text,
        at=engine.clock.now(),
        surface=Origin.CHAT,
        customer_id=customer,
    )
    async with engine.conversations.watch(conversation) as watch:
        await engine.inbox.accept(message, at_once=True)
        answer = await watch.answer(message.id, ANSWER_SECONDS) or {}
    while await engine.client.hget(keys.state(conversation), "owner"):  # noqa: ASYNC110 (until the worker lets go)
        await asyncio.sleep(0.002)
    return str(answer.get("response", ""))


def faults(line: Line, heard: Heard) -> list[str]:
    """Return what a good colleague would have done otherwise, nothing where the answer is right."""
    wanted, text = line.wanted, heard.text
    found = [f"did not call {tool}" for tool in wanted.get("tools", ()) if tool not in heard.tools]
    if wanted.get("asks") and "?" not in text:
        found.append("asks nothing back")
    if heard.people != bool(wanted.get("people")):
        found.append("people were asked" if heard.people else "people were not asked")
    return [*found, *_wrong_facts(wanted, text), *_wrong_words(wanted, text)]


def _wrong_facts(wanted: Mapping[str, Any], text: str) -> list[str]:
    found = [f"lacks {word!r}" for word in wanted.get("has", ()) if not _stands_in(text, word)]
    found += [f"says {word!r}" for word in wanted.get("lacks", ()) if _stands_in(text, word)]
    one_of = wanted.get("any", ())
    if one_of and not any(_stands_in(text, word) for word in one_of):
        found.append(f"says none of {one_of}")
    return found


def _stands_in(text: str, word: object) -> bool:
    return str(word).casefold() in text.casefold()


def _wrong_words(wanted: Mapping[str, Any], text: str) -> list[str]:
    found = [f"ugly: {ugly.group()!r}"] if (ugly := _UGLY.search(text)) else []
    own = _QUOTED.sub("", text)
    language = language_of(own, CLAIMED)
    if len(own.split()) >= _FEWEST_WORDS and language and language != wanted.get("in", "en"):
        found.append(f"in {language}")
    return found


def told(lines: Sequence[Line], heard: Sequence[Heard]) -> tuple[int, str]:
    """Return how many were answered right, and what was wrong with the others."""
    rows, right = [], 0
    for line, each in zip(lines, heard, strict=True):
        wrong = faults(line, each)
        right += not wrong
        if wrong:
            said = json.dumps(line.said, ensure_ascii=False)
            rows.append(f"{said}: {'; '.join(wrong)}\n    {each.text!r} {each.tools}")
    return right, "\n".join(rows)
