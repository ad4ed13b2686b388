"""Formats lists of conversations and dead letters for the terminal. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.models.cost import dollars
from bot.store.admin.overview import Overview
from bot.store.queue.dead_letters import DeadLetter
from bot.store.records.conversations import View

HEAD = ("CONVERSATION", "OWNER", "SPECIALIST", "TURNS", "COST", "WAITING", "TICKET", "LAST ACTIVITY")
LETTERS_HEAD = ("DEAD LETTER", "SINCE", "CONVERSATION", "KIND", "REASON")


def table_of(overview: Overview) -> str:
    """Return the newest conversations as aligned columns, and the counts below them."""
    rows = [
        (
            glance.id,
            str(glance.owner),
            glance.specialist or "-",
            str(glance.turns),
            dollars(glance.spent),
            str(glance.waiting),
            glance.ticket_id or "-",
            _time(glance.last) if glance.last else "-",
        )
        for glance in overview.newest
    ]
    counts = ", ".join(f"{number} {owner}" for owner, number in overview.owners.items() if number)
    more = "" if overview.complete else " (there are more than were counted)"
    total = f"{sum(overview.owners.values())} conversations{': ' if counts else ''}{counts}{more}"
    return f"{_aligned([HEAD, *rows])}\n\n{total}; {overview.dead} dead letters"


def letters_table(letters: Sequence[DeadLetter], newest: int) -> str:
    """Return the newest dead letters as aligned columns, without what they hold."""
    shown = [letters[-number] for number in range(1, min(newest, len(letters)) + 1)]
    rows = [(one.id, _time(one.at), one.conversation, one.kind, one.reason) for one in shown]
    return f"{_aligned([LETTERS_HEAD, *rows])}\n\n{len(letters)} dead letters"


def record_of(view: View) -> str:
    """Return where a conversation stands."""
    now = view.conversation
    facts = [
        ("conversation", now.id),
        ("owner", str(now.owner)),
        ("specialist", now.specialist or "-"),
        ("customer", view.customer_id or now.requester or "-"),
        ("ticket", now.ticket_id or "-"),
        ("turns", str(now.turns)),
        ("model costs", dollars(now.spent)),
        ("entries", f"{view.length} ({view.trimmed} no longer kept)" if view.trimmed else str(view.length)),
        ("waiting", str(view.waiting)),
        *([("earlier", now.earlier)] if now.earlier else []),
    ]
    return _aligned(facts)


def transcript_of(view: View) -> str:
    """Return what is kept of what was said."""
    now, said = view.conversation, []
    for entry in view.entries:
        shown = entry.shown(now.ticket_id)
        who = shown.get("agent") or shown.get("name") or ""
        said.append(f"[{_time(entry.at)}] {shown['role']}{f' ({who})' if who else ''}: {shown['text']}")
    return "\n\n".join(said)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
