"""Tells a human agent who said what, newest last: not everybody in Zendesk may open the thread. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.ids import same_person
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.turn.handoff.summary import quoted

MOST_LINES = 12
_DECIDED = {Stage.DONE: "agreed to", Stage.DECLINED: "declined"}
_THUMBS = {"up": "pressed “Helpful” under this answer", "down": "pressed “Not helpful” under this answer"}
_JUST_AFTER = 0.001


class _Line(NamedTuple):
    at: float
    who: str
    text: str


def short_transcript(
    conversation: Conversation,
    history: Sequence[Entry],
    batch: Sequence[InboundMessage],
    customer: str,
    pressed: str = "",
    now: float = 0.0,
) -> str:
    """Return the newest lines of both sides, what the customer sent and what they pressed, as Markdown list entries.

    Args:
        customer: how to call whoever has no name.
        pressed: the button that led to the hand-over, empty where none did.
        now: Unix seconds of that.
    """
    names = _Names(history, batch, customer)
    lines = [*_said(history, customer), *_pressed(conversation.proposals, customer), *_thumbs(conversation, names)]
    lines += _files(conversation, batch, names)
    lines += [_Line(line.at, line.author.name or customer, text) for line in batch if (text := _with_files(line))]
    if pressed:
        lines.append(_Line(now, customer, f"({pressed})"))
    newest = sorted(lines, key=lambda line: line.at)[-MOST_LINES:]
    return "".join(f"\n  - {_time(line.at)} {quoted(line.who)}: {quoted(line.text)}" for line in newest)


class _Names:
    """How those who wrote are called."""

    def __init__(self, history: Sequence[Entry], batch: Sequence[InboundMessage], customer: str) -> None:
        self._known = [(entry.author, entry.name) for entry in history if entry.role is Role.USER and entry.name]
        self._known += [(line.author.id, line.author.name) for line in batch if line.author.name]
        self._customer = customer

    def of(self, person: str) -> str:
        """Return the name of who has this id."""
        return next((name for author, name in self._known if same_person(author, person)), self._customer)


def _said(history: Sequence[Entry], customer: str) -> Iterator[_Line]:
    for entry in history:
        if entry.role is Role.USER and not entry.is_by_machine:
            yield _Line(entry.at, entry.name or customer, entry.text)
        elif entry.role is Role.HUMAN:
            yield _Line(entry.at, entry.name or "A colleague", entry.text)
        elif entry.role is Role.ASSISTANT and entry.text:
            name = f"Frontdesk ({entry.agent})" if entry.agent else "Frontdesk"
            yield _Line(entry.at, name, entry.text.replace("**", ""))


def _files(conversation: Conversation, batch: Sequence[InboundMessage], names: _Names) -> Iterator[_Line]:
    """What was sent before; what comes with the newest lines is told with them."""
    told = {file.id for line in batch for file in line.files}
    for sent in conversation.files:
        if sent.at and sent.file.id not in told:
            yield _Line(sent.at + _JUST_AFTER, names.of(sent.author), f"(sent {sent.file.name})")


def _with_files(line: InboundMessage) -> str:
    """Return a line with the names of what came with it."""
    files = ", ".join(file.name for file in line.files)
    return f"{line.text} (sent {files})".lstrip() if files else line.text


def _pressed(proposals: Sequence[Proposal], customer: str) -> Iterator[_Line]:
    for proposal in proposals:
        if proposal.settled_at and proposal.stage in _DECIDED:
            yield _Line(proposal.settled_at, customer, f"({_DECIDED[proposal.stage]} “{proposal.summary}”)")


def _thumbs(conversation: Conversation, names: _Names) -> Iterator[_Line]:
    """What people think of an answer stands below it: when they said so is kept nowhere."""
    for thumb, signs in conversation.thumbs.items():
        answer, _, person = thumb.partition(" ")
        at, sign = conversation.answers.get(answer, 0.0), signs.split()[-1]
        if at and sign in _THUMBS:
            yield _Line(at + _JUST_AFTER, names.of(person), f"({_THUMBS[sign]})")


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"
