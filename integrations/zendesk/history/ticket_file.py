"""Reads past tickets from a file with one JSON object a line; what cannot be read is named by its line and skipped."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.domain.errors import ConfigError
from bot.replay.past_tickets import PastTicket
from integrations.zendesk.history.parse import past_ticket


def read_ticket_file(file: Path) -> tuple[list[PastTicket], list[str]]:
    """Return the tickets, and what is wrong with the other lines.

    Raises:
        ConfigError: the file cannot be read.
    """
    tickets: dict[str, PastTicket] = {}
    problems: list[str] = []
    for number, line in _lines(file):
        try:
            ticket = _ticket(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number}: {_why(error)}; skipped")
            continue
        if ticket.id in tickets:
            problems.append(f"line {number}: ticket {ticket.id} once more; skipped")
        tickets.setdefault(ticket.id, ticket)
    return list(tickets.values()), problems


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        raise ConfigError(f"--tickets: {file} cannot be read ({type(error).__name__})") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _ticket(line: str) -> PastTicket:
    raw = json.loads(line)
    if not isinstance(raw, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004  # a wrong value of a file, whatever its type
    try:
        return past_ticket(raw)
    except (TypeError, AttributeError, KeyError, ArithmeticError) as error:  # a number may be infinite
        raise ValueError("is not as the API gives a ticket") from error


def _why(error: Exception) -> str:
    """An error of the parser would quote the line, which holds a customer's words."""
    return "is no JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
