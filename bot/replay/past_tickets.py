"""A past ticket as it is replayed: who wrote what, and where it is cut. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import FrontdeskError

SOLVED = frozenset({"solved", "closed"})


class NotComparable(FrontdeskError):
    """A ticket of which nothing can be learnt; its text is the reason, a phrase of a closed list."""


MERGED = "merged into another ticket"
LIVE = "a call, a chat or a messaging conversation"
OURS_FIRST = "a person of the company wrote first"
UNANSWERED = "no public answer by a person"
ANSWERED_BY_BOT = "the bot had answered before a person did"
MACHINE = "written by a machine"
EMPTY = "no words of the customer before the answer"
BAD_RATING = "the customer rated the answer as bad"


@dataclass(frozen=True)
class Person:
    """Somebody whom the ticket names; everything here but `id` and the two flags is masked before it is used.

    Args:
        id: as the help desk has it.
        others: what else identifies them: an alias, a phone number, an external id.
        is_verified: whether the address is known to be theirs.
    """

    id: str
    name: str = ""
    email: str = ""
    others: tuple[str, ...] = ()
    is_staff: bool = False
    is_verified: bool = False


@dataclass(frozen=True)
class PastComment:
    """A comment, in the words of its author alone: quotations and signature are gone.

    Args:
        at: Unix seconds.
        by_bot: whether an earlier bot of ours wrote it.
        by_machine: whether no person wrote it.
        is_doubted: whether the help desk doubts who wrote it.
    """

    at: float
    text: str
    by_requester: bool = False
    by_staff: bool = False
    by_bot: bool = False
    by_machine: bool = False
    is_public: bool = True
    is_doubted: bool = False

    @property
    def asks(self) -> bool:
        """Whether it holds words of the customer whose ticket it is."""
        return self.by_requester and bool(self.text)


@dataclass(frozen=True)
class PastTicket:
    """A ticket with everything that was said on it.

    Args:
        group: its name at the end, empty for none.
        at: when it was changed last, Unix seconds.
        label: the verdict that somebody gave it by hand, empty for none.
    """

    id: str
    subject: str = ""
    status: str = ""
    group: str = ""
    priority: str = ""
    created_at: float = 0.0
    at: float = 0.0
    is_merged: bool = False
    is_live: bool = False
    is_rated_bad: bool = False
    requester: Person | None = None
    people: tuple[Person, ...] = ()
    comments: tuple[PastComment, ...] = ()
    label: str = ""

    @property
    def is_solved(self) -> bool:
        """Whether people were done with it."""
        return self.status in SOLVED

    @property
    def is_promising(self) -> bool:
        """Whether its fields alone do not rule a comparison out."""
        return not (self.is_merged or self.is_live or self.is_rated_bad)


class PastTickets(Protocol):
    """Where past tickets are read; it can only ask. Every method raises the `RemoteError` family."""

    async def solved(self, since: float) -> list[PastTicket]:
        """Return the tickets that were solved after a time (Unix seconds), without what was said on them."""

    async def whole(self, tickets: Sequence[PastTicket]) -> list[PastTicket]:
        """Return these tickets with everything that was said on them."""


@dataclass(frozen=True)
class Cut:
    """A ticket up to its first public answer by a person, and that answer.

    Args:
        question: the subject and all that the customer wrote before it.
        at: when the customer wrote last before it, Unix seconds.
        answer: what people wrote until the customer wrote again.
        is_proven: whether the customer is surely who the address says.
    """

    question: str
    at: float
    answer: str
    is_proven: bool


def cut(ticket: PastTicket) -> Cut:
    """Return what the bot would have seen, and what a person answered.

    Raises:
        NotComparable: there is no such pair.
    """
    if ticket.is_merged:
        raise NotComparable(MERGED)
    if ticket.is_live:
        raise NotComparable(LIVE)
    if ticket.is_rated_bad:
        raise NotComparable(BAD_RATING)
    said = [comment for comment in ticket.comments if comment.is_public and _counts(comment)]
    place = next((place for place, comment in enumerate(said) if comment.by_staff), None)
    return _cut_at(ticket, said, len(said) if place is None else place)


def _counts(comment: PastComment) -> bool:
    """A rule, or an answering machine of the company's, answers nobody; nor does a comment whose words are gone."""
    return not comment.by_staff or (bool(comment.text) and not comment.by_machine)


def _cut_at(ticket: PastTicket, said: Sequence[PastComment], place: int) -> Cut:
    before, after = said[:place], said[place:]
    if reason := _reason_against(before, after):
        raise NotComparable(reason)
    asked = [comment for comment in before if comment.asks]
    words = "\n\n".join(comment.text for comment in asked)
    return Cut(
        question=_below_subject(ticket.subject, words),
        at=asked[-1].at,
        answer="\n\n".join(comment.text for comment in _in_a_row(after)),
        is_proven=_is_proven(ticket, asked),
    )


def _reason_against(before: Sequence[PastComment], after: Sequence[PastComment]) -> str:
    reasons = (
        (any(comment.by_bot for comment in before), ANSWERED_BY_BOT),
        (any(comment.by_machine for comment in before), MACHINE),
        (not after, UNANSWERED),
        (not before, OURS_FIRST),
        (not any(comment.asks for comment in before), EMPTY),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _is_proven(ticket: PastTicket, asked: Sequence[PastComment]) -> bool:
    known = ticket.requester is not None and ticket.requester.is_verified
    return known and not any(comment.is_doubted for comment in asked)


def _in_a_row(comments: Sequence[PastComment]) -> Iterator[PastComment]:
    """Yield what people wrote until the customer wrote again."""
    for comment in comments:
        if not comment.by_staff:
            return
        yield comment


def _below_subject(subject: str, words: str) -> str:
    return words if not subject or subject in words else f"{subject}\n\n{words}"
