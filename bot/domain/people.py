"""A person of whom something is stored, under every name by which we know them. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.domain.identity import digest_of
from bot.domain.ids import AuthorId, person_of

FORGOTTEN = "forgotten"
"""Stands in what is counted on, where a person's name stood."""
SHORTEST = 4
"""A shorter name stands by chance in too many texts: it is only found where names are expected."""


@dataclass(frozen=True)
class Trace:
    """One place where people are named together.

    Args:
        conversation: its id; empty where the place is none.
        authors: author ids of who wrote there as a customer.
        pairs: author and customer who are known there to be one person.
        customers: whose it is, whoever wrote.
    """

    conversation: str = ""
    authors: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()
    customers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Person:
    """Somebody, under every name that is known of them.

    Args:
        authors: author ids, as they stand in what is stored.
        customers: ids in the desk's own tables, or a caller's own.
        addresses: e-mail addresses, in small letters.
    """

    authors: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    @cached_property
    def _people(self) -> frozenset[str]:
        return frozenset(map(person_of, self.authors))

    def wrote_as(self, author: str) -> bool:
        """Return whether an author id is theirs."""
        return bool(author) and person_of(author) in self._people

    def is_in(self, trace: Trace) -> bool:
        """Return whether they wrote there, or it is theirs."""
        return any(map(self.wrote_as, trace.authors)) or bool(trace.customers & self.customers)

    @cached_property
    def names(self) -> frozenset[str]:
        """What names them wherever it stands, none of it so short that it stands there by chance."""
        users = {AuthorId(author).user for author in self.authors if AuthorId(author).is_in_workspace}
        digests = set(map(digest_of, self.addresses))
        named = {*self.authors, *self._people, *users, *self.customers, *self.addresses, *digests}
        return frozenset(name for name in named if len(name) >= SHORTEST)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        names = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return re.compile(rf"(?<![\w.-])(?:{names or '(?!)'})(?![\w-])", re.IGNORECASE)

    def is_named_in(self, text: str) -> bool:
        """Return whether one of their names stands in a text as a word of its own."""
        return bool(self._pattern.search(text))

    def taken_out(self, text: str) -> str:
        """Return the text without their names."""
        if text in self.customers or self.wrote_as(text):
            return FORGOTTEN
        return self._pattern.sub(FORGOTTEN, text)


def known_as(named: str, traces: Iterable[Trace]) -> Person:
    """Return who is meant by a Slack id, a Zendesk id, a customer's id, an author id or an e-mail address."""
    wanted = named.strip()
    if "@" in wanted:
        return Person(addresses=frozenset({wanted.lower()}))
    found = list(traces)
    authors = {author for trace in found for author in _authors(trace)}
    customers = {customer for trace in found for customer in _customers(trace)}
    theirs = {author for author in authors if wanted in {author, AuthorId(author).user}}
    return Person(frozenset(theirs), frozenset(customers & {wanted}))


def linked(person: Person, traces: Iterable[Trace]) -> Person:
    """Return the same with every name that their own names lead to."""
    pairs = {pair for trace in traces for pair in trace.pairs}
    authors, customers = set(person.authors), set(person.customers)
    while True:
        before = len(authors) + len(customers)
        mine = Person(frozenset(authors))
        customers |= {customer for author, customer in pairs if mine.wrote_as(author)}
        authors |= {author for author, customer in pairs if customer in customers}
        if len(authors) + len(customers) == before:
            return Person(frozenset(authors), frozenset(customers), person.addresses)


def _authors(trace: Trace) -> set[str]:
    return {*trace.authors, *(author for author, _ in trace.pairs)}


def _customers(trace: Trace) -> set[str]:
    return {*trace.customers, *(customer for _, customer in trace.pairs)}


@dataclass
class Receipt:
    """What was done in each place, and what stays elsewhere.

    Args:
        done: of each place how many things.
        stays: of each place outside of ours, what to do there.
    """

    done: dict[str, int] = field(default_factory=dict)
    stays: list[str] = field(default_factory=list)

    def add(self, place: str, count: int) -> None:
        """Count what was done in a place."""
        self.done[place] = self.done.get(place, 0) + count

    def told(self) -> Mapping[str, Any]:
        """Return it as JSON can hold it."""
        return {"forgotten": dict(self.done), "stays": list(self.stays)}
