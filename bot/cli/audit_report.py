"""Prints a conversation's whole story from its audit events (`frontdesk conversations show`)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.conversation_list import record_of, transcript_of
from bot.domain.audit import AuditEvent, Deed
from bot.domain.audit_words import is_bad, what, who
from bot.store.records.conversations import View

STYLES = {
    Deed.MESSAGE: "bold",
    Deed.PROPOSAL: "yellow",
    Deed.CONFIRMATION: "yellow",
    Deed.APPROVAL: "yellow",
    Deed.COMMIT: "green",
    Deed.ESCALATION: "red",
    Deed.OWNER: "red",
    Deed.TURN: "dim",
    Deed.DELIVERY: "dim",
}


WIDTH = 140
"""Columns where the output is no terminal."""


def print_story(out: TextIO, view: View | None, events: Sequence[AuditEvent], *, words: bool) -> None:
    """Print where a conversation stands and what happened in it.

    Args:
        view: None after a reset: what happened stays known, what was said does not.
        words: whether to print what was said, too.
    """
    console = Console(file=out, width=None if out.isatty() else WIDTH, highlight=False)
    if view:
        console.print(record_of(view), markup=False)
        console.print()
    requester = view.conversation.requester if view else ""
    console.print(story_of(events, requester) if events else "Nothing has happened yet.")
    if view and words:
        console.print()
        console.print(transcript_of(view), markup=False)


def print_json(out: TextIO, conversation: str, view: View | None, events: Sequence[AuditEvent]) -> None:
    """Print the same for another program, as one JSON object."""
    now = view.conversation if view else None
    told = {
        "conversation": conversation,
        "owner": str(now.owner) if now else "",
        "specialist": now.specialist if now else "",
        "ticket": now.ticket_id if now else "",
        "turns": now.turns if now else 0,
        "events": [event.told() for event in events],
    }
    json.dump(told, out, ensure_ascii=False, indent=2)
    out.write("\n")


def story_of(events: Sequence[AuditEvent], requester: str = "") -> Table:
    """Return the events as a table, with a gap between turns.

    Args:
        requester: author id of the conversation's customer, empty where it is not known.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("WHEN (UTC)", "TURN", "WHO", "WHAT", "SECONDS"):
        table.add_column(name, overflow="fold", justify="right" if name == "SECONDS" else "left")
    before = 0
    for event in events:
        if event.turn != before and table.row_count:
            table.add_row()
        before = event.turn
        style = "bold red" if is_bad(event) else STYLES.get(event.deed, "")
        seconds = f"{event.seconds:.2f}" if event.seconds else ""
        row = (_time(event.at), str(event.turn), who(event, requester), what(event), seconds)
        table.add_row(*[Text(cell, style) for cell in row])
    return table


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
