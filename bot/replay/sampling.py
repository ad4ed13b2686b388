"""Takes a sample of the tickets: the same tickets each time, each group and month by its share. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from math import floor

from bot.replay.past_tickets import PastTicket

Stratum = tuple[str, str]
"""A group's name, and a month."""


def sample(tickets: Sequence[PastTicket], size: int) -> list[PastTicket]:
    """Return at most `size` tickets, by their ids; those that can be compared before those that cannot.

    Which tickets of a group and month are taken depends on their ids alone, so that a second look takes the same.
    """
    promising = [ticket for ticket in tickets if ticket.is_promising]
    others = [ticket for ticket in tickets if not ticket.is_promising]
    taken = _stratified(promising, min(size, len(promising)))
    taken += sorted(others, key=_chance)[: size - len(taken)]
    return sorted(taken, key=lambda ticket: _order(ticket.id))


def _stratified(tickets: Sequence[PastTicket], size: int) -> list[PastTicket]:
    strata: dict[Stratum, list[PastTicket]] = defaultdict(list)
    for ticket in sorted(tickets, key=_chance):
        strata[_stratum(ticket)].append(ticket)
    seats = _seats({name: len(own) for name, own in strata.items()}, size)
    return [ticket for name, own in strata.items() for ticket in own[: seats[name]]]


def _seats(sizes: dict[Stratum, int], size: int) -> dict[Stratum, int]:
    """Share `size` seats out by size, the rest to the largest remainders."""
    total = sum(sizes.values()) or 1
    exact = {name: size * own / total for name, own in sizes.items()}
    seats = {name: floor(share) for name, share in exact.items()}
    rest = sorted(sizes, key=lambda name: (seats[name] - exact[name], name))
    for name in rest[: size - sum(seats.values())]:
        seats[name] += 1
    return seats


def _stratum(ticket: PastTicket) -> Stratum:
    return ticket.group, datetime.fromtimestamp(ticket.at or ticket.created_at, UTC).strftime("%Y-%m")


def _chance(ticket: PastTicket) -> str:
    return sha256(f"replay:{ticket.id}".encode()).hexdigest()


def _order(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (0, name)
