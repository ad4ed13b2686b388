"""What is known of a conversation, and the rows that events add: the two tables' rows, before they are stored. Pure.

What only time brings, that an answer is presumed to have settled the matter, is no event: `due_at` says from when on it
is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from bot.domain.audit import AuditEvent, Deed
from bot.domain.drafts import OUTCOMES
from bot.domain.ids import THREADS, ConversationId
from bot.figures.definitions import RULES, UNDONE_SECONDS


@dataclass(frozen=True)
class ConversationFacts:
    """What is known of one conversation; the columns of its table.

    Args:
        rules: version of the rules by which it was counted.
        place: of its first event in the audit.
        seen: place of its newest event that is counted; none before it is counted once more.
        begun_at: Unix seconds of its first event.
        first_at: of the first line of a customer, None before.
        first_day: the same as a day (`date.toordinal`) in the desk's time zone.
        turns: how often customers wrote, lines that were taken together counted once.
        batch: the turn whose lines were counted last.
        awaited: short names of the replies that are on their way and are answers, with spaces between.
        answered: whether an answer has reached a customer.
        by_human: whether a human has said something in public.
        answer_at: of the answer that stands: none of the customers has written anything but thanks since.
        answer_turns: `turns` at that time.
        due_at: from when on that answer is presumed to have settled the matter, None where it never is.
        confirmed_at: when the customer said so.
        undone_day: of the last answer whose resolution was taken back, None where none was, or it was resolved again.
        escalated_at: of the first hand-over, None for none.
        reason: of that.
        promised_until: of the first promise that went with it.
        bot_seconds: from the first line to the first answer.
        human_seconds: from the first line to a human's first word.
        to_human_seconds: from the hand-over to a human's first word after it.
    """

    conversation: str
    rules: int = RULES
    place: str = ""
    seen: str = ""
    channel: str = ""
    specialist: str = ""
    reason: str = ""
    begun_at: float = 0.0
    first_at: float | None = None
    first_day: int | None = None
    turns: int = 0
    batch: int = 0
    awaited: str = ""
    answered: bool = False
    by_human: bool = False
    answer_at: float | None = None
    answer_day: int | None = None
    answer_turns: int = 0
    due_at: float | None = None
    confirmed_at: float | None = None
    undone_day: int | None = None
    escalated_at: float | None = None
    promised_until: float | None = None
    bot_seconds: float | None = None
    human_seconds: float | None = None
    to_human_seconds: float | None = None

    def resolved_at(self, now: float) -> float | None:
        """Return since when it counts as resolved, None where it does not."""
        if self.escalated_at is not None:
            return None
        if self.confirmed_at is not None:
            return self.confirmed_at
        return self.due_at if self.due_at is not None and self.due_at <= now else None

    def is_final(self, now: float) -> bool:
        """Whether its resolution stands for good."""
        since = self.resolved_at(now)
        return since is not None and now > since + UNDONE_SECONDS


@dataclass(frozen=True)
class TurnFacts:
    """One row that an event adds.

    Args:
        place: of the event in the audit.
        counts: the figure that it counts for, such as `drafts.sent`; empty for a turn that only used something.
        cost: in millionths of a dollar.
    """

    place: str
    conversation: str
    at: float
    day: int
    channel: str = ""
    specialist: str = ""
    counts: str = ""
    cost: int = 0
    input: int = 0
    output: int = 0
    rules: int = RULES


def begin(conversation: str, place: str, event: AuditEvent) -> ConversationFacts:
    """Return a conversation before its first event."""
    return ConversationFacts(conversation, place=place, channel=channel_of(conversation), begun_at=event.at)


def channel_of(conversation: str) -> str:
    """Return where a conversation takes place: a channel by its id, else how its customers reach us.

    A direct message is a channel of its own in some of them; as a figure it would tell of one person.
    """
    name = ConversationId(conversation)
    if name.origin is THREADS and name.is_in_thread and not name.thread.is_direct:
        return name.thread.channel
    return name.partition(":")[0]


def is_counted(conversation: str) -> bool:
    """Whether it is a customer's: the brake's events belong to none, and a rehearsal has nobody."""
    name = ConversationId.parse(conversation)
    return name is not None and not name.is_rehearsal


def day_of(at: float, zone: tzinfo) -> int:
    """Return the day on which a moment lies."""
    return datetime.fromtimestamp(at, zone).date().toordinal()


def date_of(day: int) -> date:
    """Return a day as people write it."""
    return date.fromordinal(day)


def row_of(facts: ConversationFacts, place: str, event: AuditEvent, zone: tzinfo) -> TurnFacts | None:
    """Return the row that an event adds, None for none."""
    counts = _counts(event)
    if counts is None:
        return None
    used = {name: number_in(event.details, name) for name in ("cost", "input", "output")}
    specialist = event.specialist or facts.specialist
    return TurnFacts(
        place, facts.conversation, event.at, day_of(event.at, zone), facts.channel, specialist, counts, **used
    )


def _counts(event: AuditEvent) -> str | None:
    """Return the figure for which an event is a row, empty for none by itself; None where it is no row."""
    match event.deed:
        case Deed.TURN:
            stopped = event.details.get("stopped", "")
            return f"stopped.{stopped}" if stopped in {"brake", "cap"} else ""
        case Deed.DRAFT:
            return f"drafts.{event.outcome}" if event.outcome in OUTCOMES else None
        case Deed.RATING:
            return f"csat.{event.outcome}" if event.outcome in {"asked", "good", "bad"} else None
        case Deed.FEEDBACK:
            return f"thumbs.{event.outcome}" if event.outcome in {"up", "down"} else None
    return None


def number_in(details: Mapping[str, str], name: str) -> int:
    """Return a number of an event's details, 0 where it is none."""
    text = details.get(name, "0")
    return int(text) if text.isdecimal() else 0
