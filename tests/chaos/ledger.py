"""What became of every line: counted from what the vendors hold, not from what the product says."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tests.chaos.customers import Talk
from tests.chaos.model import MARK
from tests.flow.harness.frontdesk import BOT, said

NOTE = "Frontdesk summary"


@dataclass(frozen=True)
class Tally:
    """Counts of one run.

    Args:
        lines: written by customers.
        lost: neither answered nor on a ticket.
        duplicated: answered, or carried to a ticket, more than once.
        taken_twice: lines that stand in two turns of the front desk's own record.
        reordered: conversations whose answers stand in another order than their lines were accepted in.
        tickets_twice: tickets too many for a conversation.
        notes_twice: hand-over notes too many on a ticket.
        credits_lost: a customer asked for one and was offered nothing, or said yes, and nothing was committed or they
            were not told.
        credits_twice: commits, and messages that tell of one, too many; and those nobody said yes to.
        troubles: which lines and conversations are meant.
    """

    lines: int = 0
    lost: int = 0
    duplicated: int = 0
    taken_twice: int = 0
    reordered: int = 0
    tickets_twice: int = 0
    notes_twice: int = 0
    credits_lost: int = 0
    credits_twice: int = 0
    troubles: tuple[str, ...] = ()

    @property
    def failures(self) -> int:
        """Everything that must not be."""
        doubled = self.duplicated + self.taken_twice + self.tickets_twice + self.notes_twice + self.credits_twice
        return self.lost + self.credits_lost + self.reordered + doubled

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))


Batches = Mapping[str, Sequence[Sequence[str]]]
"""Conversation → the marks of each turn's lines, in the order in which the front desk took them in."""

Commits = Mapping[str, int]
"""Conversation → actions that the desk's own books hold."""


def count(crowd: Iterable[Talk], state: Any, batches: Batches, commits: Commits) -> Tally:
    """Return what became of the crowd's lines."""
    tickets: dict[str, list[Any]] = {}
    for ticket in state["zendesk"]["tickets"]:
        tickets.setdefault(str(ticket["external_id"] or f"zendesk:{ticket['id']}"), []).append(ticket)
    threads: dict[tuple[str, str], list[Any]] = {}
    for message in state["slack"]["messages"]:
        if message["user"] == BOT and message["thread_ts"]:
            threads.setdefault((message["channel"], message["thread_ts"]), []).append(message)
    total = Tally()
    for talk in crowd:
        own = tickets.get(talk.conversation, [])
        turns = batches.get(talk.conversation, ())
        if talk.is_ticket:
            total += _count_ticket(talk, own, state["zendesk"]["me"]["id"], turns)
        else:
            messages = threads.get((talk.place, talk.ts), [])
            total += _count_thread(talk, messages, own, turns)
            total += _count_credit(talk, messages, commits.get(talk.conversation, 0))
    return total


def _count_credit(talk: Talk, messages: Sequence[Any], committed: int) -> Tally:
    """One yes is one commit, of which the customer is told once."""
    told = sum("Done: " in said(message) for message in messages)
    wanted = int(talk.agreed)
    lost = int(talk.is_without_offer) + max(0, wanted - min(committed, told))
    twice = max(0, committed - wanted) + max(0, told - wanted)
    trouble = f"{talk.conversation}: {wanted} yes, {committed} committed, told {told} times"
    if talk.is_without_offer:
        trouble = f"{talk.conversation}: a credit was asked for, and none offered"
    return Tally(credits_lost=lost, credits_twice=twice, troubles=(trouble,) if lost or twice else ())


def _count_thread(talk: Talk, messages: Sequence[Any], tickets: Sequence[Any], turns: Sequence[Sequence[str]]) -> Tally:
    answered = _marks(said(message) for message in messages)
    opening = _marks(ticket["comments"][0]["body"] for ticket in tickets)
    later = [comment for ticket in tickets for comment in ticket["comments"][1:]]
    carried = _marks(comment["body"] for comment in later if comment["public"])
    with_people = [mark for turn in _unanswered_end(turns, answered)[:1] for mark in turn if mark in opening]
    return _tally(talk, answered, carried, with_people, tickets, turns)


def _count_ticket(talk: Talk, tickets: Sequence[Any], me: int, turns: Sequence[Sequence[str]]) -> Tally:
    """A ticket's own lines are on it from the start: after the hand-over that is where people read them."""
    comments = [comment for ticket in tickets for comment in ticket["comments"]]
    answered = _marks(comment["body"] for comment in comments if comment["public"] and comment["author_id"] == me)
    is_handed_over = any("frontdesk_escalated" in ticket["tags"] for ticket in tickets)
    end = _unanswered_end(turns, answered) if is_handed_over else []
    return _tally(talk, answered, [], [mark for turn in end for mark in turn], tickets, turns)


def _unanswered_end(turns: Sequence[Sequence[str]], answered: Sequence[str]) -> Sequence[Sequence[str]]:
    """Return the turns after the last answer: people have those, because one asked for them or a turn was given up."""
    start = max((index + 1 for index, turn in enumerate(turns) if set(turn) & set(answered)), default=0)
    return turns[start:]


def _tally(
    talk: Talk,
    answered: Sequence[str],
    carried: Sequence[str],
    with_people: Sequence[str],
    tickets: Sequence[Any],
    turns: Sequence[Sequence[str]],
) -> Tally:
    order = [mark for turn in turns for mark in turn]
    lines = _count_lines(talk, answered, carried, with_people, order)
    return lines + _count_order(talk, answered, carried, order) + _count_tickets(talk, tickets)


def _count_lines(
    talk: Talk, answered: Sequence[str], carried: Sequence[str], with_people: Sequence[str], order: Sequence[str]
) -> Tally:
    """Each line is taken once, and answered or carried to people once."""
    reached = {*answered, *carried, *with_people}
    lost = [mark for mark in talk.written if mark not in reached]
    twice = _repeated([*answered, *carried])
    taken = _repeated(order)
    troubles = [
        *(f"{mark} lost in {talk.conversation}" for mark in lost),
        *(f"{mark} twice in {talk.conversation}" for mark in twice),
        *(f"{mark} taken twice in {talk.conversation}" for mark in taken),
    ]
    return Tally(
        lines=len(talk.written),
        lost=len(lost),
        duplicated=twice.total(),
        taken_twice=len(taken),
        troubles=tuple(troubles),
    )


def _count_order(talk: Talk, answered: Sequence[str], carried: Sequence[str], order: Sequence[str]) -> Tally:
    if _follows(answered, order) and _follows(carried, order):
        return Tally()
    return Tally(reordered=1, troubles=(f"{talk.conversation} is answered in another order: {answered} for {order}",))


def _count_tickets(talk: Talk, tickets: Sequence[Any]) -> Tally:
    """A conversation has one ticket, and a ticket one note of the hand-over."""
    notes = [_notes_on(ticket) for ticket in tickets]
    if max([len(tickets), *notes]) <= 1:
        return Tally()
    return Tally(
        tickets_twice=max(0, len(tickets) - 1),
        notes_twice=sum(max(0, number - 1) for number in notes),
        troubles=(f"{talk.conversation} has {len(tickets)} tickets with {notes} notes",),
    )


def _notes_on(ticket: Any) -> int:
    return sum(not comment["public"] and NOTE in comment["body"] for comment in ticket["comments"])


def _repeated(marks: Iterable[str]) -> Counter[str]:
    """How many times too often each mark stands there; without those that stand once."""
    times = Counter(marks)
    return times - Counter(times.keys())


def _follows(seen: Sequence[str], order: Sequence[str]) -> bool:
    places = {mark: place for place, mark in enumerate(order)}
    found = [places[mark] for mark in dict.fromkeys(seen) if mark in places]
    return found == sorted(found)


def _marks(texts: Iterable[str]) -> list[str]:
    return [mark for text in texts for mark in MARK.findall(text)]


def turns_of(transcript: Sequence[Any]) -> list[list[str]]:
    """Return the marks of each of the customer's entries, in order."""
    return [_marks([str(entry["text"])]) for entry in transcript if entry["role"] == "user"]
