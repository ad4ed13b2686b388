"""Every figure: its name, its unit, and the one sentence by which it is counted. Nothing else defines one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.drafts import OUTCOMES

RULES = 1
"""Version of the rules below; it stands on each row that was counted by them."""

HOUR, DAY = 3_600.0, 86_400.0
PRESUMED_SECONDS = 24 * HOUR
"""After so long without a customer's line a real answer is presumed to have settled the matter."""
PRESUMED_ON_TICKETS_SECONDS = 72 * HOUR
UNDONE_SECONDS = 7 * DAY
"""For so long a resolution can be undone, counted from when it began to count; then it is final."""


class Unit(StrEnum):
    """What a figure is measured in."""

    COUNT = "count"
    SHARE = "share"  # a fraction of 1
    SECONDS = "seconds"
    DOLLARS = "dollars"
    TOKENS = "tokens"
    TURNS = "turns"


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        name: as `figures.json` names it; in paths a dot is an underscore.
        title: what stands above it.
        sentence: how it is counted, for people.
        more_is_better: None where neither is.
    """

    name: str
    title: str
    sentence: str
    unit: Unit = Unit.COUNT
    more_is_better: bool | None = None

    @property
    def path(self) -> str:
        """Its name in the path of a page."""
        return self.name.replace(".", "_")


_DRAFTS = {
    "sent": "A human sent the draft as it was.",
    "sent_edited": "A human changed the draft and sent it.",
    "used": "A human's own comment within 7 days keeps at least 95 % of the draft's words.",
    "edited": "A human's own comment within 7 days keeps at least half of the draft's words.",
    "rewritten": "A human wrote something else than the draft.",
    "discarded": "A human discarded the draft.",
    "superseded": "The customer wrote again before anybody decided; the next draft answers both.",
    "ignored": "The ticket was solved, or 7 days passed, without a public comment.",
}
assert {str(outcome) for outcome in OUTCOMES} == set(_DRAFTS)  # noqa: S101 (an outcome without its sentence)

FIGURES: tuple[Figure, ...] = (
    Figure(
        "conversations",
        "Conversations",
        "Conversations in which a customer wrote at least once, on the day of the first line.",
    ),
    Figure(
        "answered",
        "Answered",
        "Conversations in which a specialist's answer reached the customer, a sent draft too; a hand-over, a refusal "
        "or a notice is no answer. On the day of the first line.",
        more_is_better=True,
    ),
    Figure(
        "open",
        "Open",
        "Conversations that are neither resolved, undone nor handed over, those never answered too. On the day of the "
        "first line.",
        more_is_better=False,
    ),
    Figure(
        "escalated",
        "Handed over",
        "Conversations that were handed over to people, answered before or not. On the day of the first line.",
    ),
    Figure(
        "undone",
        "Undone",
        "Resolutions taken back within 7 days, because the customer came back with more than thanks, a human answered, "
        "or the rating was bad; on the day of the answer that did not hold.",
        more_is_better=False,
    ),
    *(
        Figure(f"drafts.{name}", f"Drafts: {name.replace('_', ' ')}", sentence, more_is_better=None)
        for name, sentence in _DRAFTS.items()
    ),
    Figure(
        "resolved.confirmed",
        "Resolved, confirmed",
        "The customer said so: plain thanks, “that helped”, or a good rating; no human took part. On the day of the "
        "answer.",
        more_is_better=True,
    ),
    Figure(
        "resolved.presumed",
        "Resolved, presumed",
        "After a real answer the customer wrote nothing more, for 24 hours in chats and 72 hours on tickets; no human "
        "took part. On the day of the answer.",
        more_is_better=True,
    ),
    Figure(
        "automation_rate",
        "Automation rate",
        "Resolved, confirmed and presumed, of all conversations.",
        Unit.SHARE,
        more_is_better=True,
    ),
    Figure("escalation_rate", "Escalation rate", "Handed over, of all conversations.", Unit.SHARE),
    Figure(
        "first_response.bot.p50",
        "First answer by the bot, median",
        "From the customer's first line until the first answer of a specialist reached them; half were faster.",
        Unit.SECONDS,
        more_is_better=False,
    ),
    Figure(
        "first_response.bot.p95",
        "First answer by the bot, 95 %",
        "From the customer's first line until the first answer of a specialist reached them; 95 % were faster.",
        Unit.SECONDS,
        more_is_better=False,
    ),
    Figure(
        "first_response.human.p50",
        "First answer by a human, median",
        "From the customer's first line until a human's first public comment; half were faster.",
        Unit.SECONDS,
        more_is_better=False,
    ),
    Figure(
        "first_response.human.p95",
        "First answer by a human, 95 %",
        "From the customer's first line until a human's first public comment; 95 % were faster.",
        Unit.SECONDS,
        more_is_better=False,
    ),
    Figure(
        "time_to_human.p50",
        "Time to a human, median",
        "From the hand-over until a human's first public comment after it; half were faster.",
        Unit.SECONDS,
        more_is_better=False,
    ),
    Figure(
        "time_to_human.p95",
        "Time to a human, 95 %",
        "From the hand-over until a human's first public comment after it; 95 % were faster.",
        Unit.SECONDS,
        more_is_better=False,
    ),
    Figure(
        "promises_kept",
        "Promises kept",
        "Hand-overs in which a human wrote within the promised time, of those that were promised one and whose time is "
        "over or kept.",
        Unit.SHARE,
        more_is_better=True,
    ),
    Figure(
        "turns_to_resolution",
        "Turns to resolution",
        "How often the customer wrote, lines written together counted once, until the answer that resolved it; the "
        "mean.",
        Unit.TURNS,
        more_is_better=False,
    ),
    Figure("csat.good", "Rated good", "Good ratings, on the day they were given.", more_is_better=True),
    Figure("csat.rated", "Rated", "Ratings, good and bad, on the day they were given.", more_is_better=True),
    Figure("csat.value", "CSAT", "Good, of all ratings; a thumb is none.", Unit.SHARE, more_is_better=True),
    Figure(
        "csat.response_rate",
        "Rating response rate",
        "Ratings given, of those that were asked for.",
        Unit.SHARE,
        more_is_better=True,
    ),
    Figure("thumbs.up", "Thumbs up", "Thumbs up under an answer; no rating.", more_is_better=True),
    Figure("thumbs.down", "Thumbs down", "Thumbs down under an answer; no rating.", more_is_better=False),
    Figure(
        "cost.total",
        "Cost",
        "What model calls cost, failed attempts included, on the day of the turn.",
        Unit.DOLLARS,
        more_is_better=False,
    ),
    Figure(
        "cost.per_conversation",
        "Cost per conversation",
        "Cost, by conversations.",
        Unit.DOLLARS,
        more_is_better=False,
    ),
    Figure(
        "cost.per_confirmed_resolution",
        "Cost per confirmed resolution",
        "Cost, by resolutions that the customer confirmed.",
        Unit.DOLLARS,
        more_is_better=False,
    ),
    Figure("tokens.input", "Tokens read", "Tokens that models read, as their servers tell.", Unit.TOKENS),
    Figure("tokens.output", "Tokens written", "Tokens that models wrote, as their servers tell.", Unit.TOKENS),
    Figure("tokens.total", "Tokens", "Tokens read and written.", Unit.TOKENS),
    Figure(
        "stopped.brake",
        "Stopped by the brake",
        "Turns of which the brake let nothing reach the customer.",
    ),
    Figure(
        "stopped.cap",
        "Stopped by a cap",
        "Turns that a cap stopped: of spending, of replies in a short time, or of open conversations.",
    ),
)

BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}
BY_PATH: Mapping[str, Figure] = {figure.path: figure for figure in FIGURES}
STATES = ("resolved.confirmed", "resolved.presumed", "undone", "escalated", "open")
"""Every conversation is in exactly one of them."""
