"""The words of this package: why something is a gap, one conversation that shows it, and the gap that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from bot.domain.newer import Open


class Reason(Open):
    """Why a conversation shows a gap; each counts once in a conversation."""

    NO_ARTICLE = "no_article"  # a search that found nothing
    ESCALATED = "escalated"  # people were asked
    EDITED = "edited"  # a draft went out in other words, half of it or more kept
    REWRITTEN = "rewritten"  # a draft of which people kept less than half
    BAD_RATING = "bad_rating"
    THUMBS_DOWN = "thumbs_down"


WORDED: Mapping[Reason, str] = {
    Reason.NO_ARTICLE: "no article",
    Reason.ESCALATED: "escalated",
    Reason.EDITED: "draft edited",
    Reason.REWRITTEN: "draft rewritten",
    Reason.BAD_RATING: "bad rating",
    Reason.THUMBS_DOWN: "thumbs down",
}
"""The reasons as people read them."""


@dataclass(frozen=True)
class Signal:
    """That something was missing, as the audit tells it: nobody's words.

    Args:
        at: Unix seconds.
        topic: the help desk's group, or the specialist; empty where nobody says.
        draft: id of the draft that people changed, empty for none.
    """

    reason: Reason
    conversation: str
    author: str
    turn: int
    at: float
    topic: str = ""
    draft: str = ""

    @property
    def id(self) -> str:
        """The same for every time that it is read: one for each conversation and reason."""
        return sha256(f"{self.conversation}\0{self.reason}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Entry:
    """One conversation that shows a gap; its words are masked.

    Args:
        id: the signal's.
        gap: id of the gap that it belongs to.
        author: author id of the customer, empty once it is forgotten.
        at: Unix seconds.
        question: what was asked, empty once it has expired.
        answer: what people answered, empty while nothing complete is there.
        vector: what the question means, as bytes of a sentence model; empty without one.
        model: which model that was.
    """

    id: str
    gap: str
    reason: Reason
    conversation: str
    author: str
    turn: int
    at: float
    topic: str = ""
    question: str = ""
    answer: str = ""
    vector: bytes = b""
    model: str = ""


@dataclass(frozen=True)
class Gap:
    """What several conversations lacked.

    Args:
        id: stands for as long as any of them is kept.
        entries: the newest first, never empty.
        article: where a draft of an article was written, empty while there is none.
    """

    id: str
    entries: Sequence[Entry] = field(repr=False)
    article: str = ""

    @property
    def conversations(self) -> Sequence[str]:
        """The conversations that show it, the newest first."""
        return list(dict.fromkeys(entry.conversation for entry in self.entries))

    @property
    def count(self) -> int:
        """In how many conversations it was seen."""
        return len(self.conversations)

    @property
    def reasons(self) -> Mapping[Reason, int]:
        """How often for which reason, in the order of `Reason`."""
        found = [entry.reason for entry in self.entries]
        return {reason: found.count(reason) for reason in (*Reason, *dict.fromkeys(found)) if reason in found}

    @property
    def at(self) -> float:
        """When it was seen last, Unix seconds."""
        return self.entries[0].at

    @property
    def topic(self) -> str:
        """The topic that most of them have, empty for none."""
        topics = [entry.topic for entry in self.entries if entry.topic]
        return max(dict.fromkeys(topics), key=topics.count, default="")

    @property
    def questions(self) -> Sequence[str]:
        """What was asked, each once, the newest first."""
        return list(dict.fromkeys(entry.question for entry in self.entries if entry.question))

    @property
    def answers(self) -> Sequence[str]:
        """What people answered, each once, the newest first."""
        return list(dict.fromkeys(entry.answer for entry in self.entries if entry.answer))


def gap_id(entry_id: str) -> str:
    """Return the id of a gap that begins with this entry."""
    return f"gap-{entry_id[:10]}"
