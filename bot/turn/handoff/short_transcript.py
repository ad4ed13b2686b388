"""Tells a human agent who said what, newest last: not everybody in Zendesk may open the thread. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.turn.handoff.summary import quoted

MOST_LINES = 12
_DECIDED = {Stage.DONE: "agreed to", Stage.DECLINED: "declined"}


class _Line(NamedTuple):
    at: float
    who: str
    text: str


def short_transcript(
    conversation: Conversation, history: Sequence[Entry], batch: Sequence[InboundMessage], customer: str
) -> str:
    """Return the newest lines of both sides and what the customer decided by a button, as Markdown list entries.

    Args:
        customer: how to call whoever has no name.
    """
    lines = [*_said(history, customer), *_pressed(conversation.proposals, customer)]
    lines += [_Line(line.at, line.author.name or customer, line.text) for line in batch if line.text]
    newest = sorted(lines, key=lambda line: line.at)[-MOST_LINES:]
    return "".join(f"\n  - {_time(line.at)} {quoted(line.who)}: {quoted(line.text)}" for line in newest)


def _said(history: Sequence[Entry], customer: str) -> Iterator[_Line]:
    for entry in history:
        if entry.role is Role.USER and not entry.is_by_machine:
            yield _Line(entry.at, entry.name or customer, entry.text)
        elif entry.role is Role.HUMAN:
            yield _Line(entry.at, entry.name or "A colleague", entry.text)
        elif entry.role is Role.ASSISTANT and entry.text:
            yield _Line(entry.at, f"Frontdesk ({entry.agent})" if entry.agent else "Frontdesk", entry.text)


def _pressed(proposals: Sequence[Proposal], customer: str) -> Iterator[_Line]:
    for proposal in proposals:
        if proposal.settled_at and proposal.stage in _DECIDED:
            yield _Line(proposal.settled_at, customer, f"({_DECIDED[proposal.stage]} “{proposal.summary}”)")


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"
