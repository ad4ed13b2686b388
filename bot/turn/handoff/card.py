"""Keeps the card of an escalation true: posted once people have it, changed whenever what it tells changes. Pure.

Whatever moves a conversation, a takeover, an assignment, a broken promise, the card is compared with what it should say
at the end of each turn; nothing else knows of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2s
from zoneinfo import ZoneInfo

from bot.desk.policy.policy import Policy
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import EditAnnounced, Effect, PostToChannel
from bot.domain.escalations import Escalation
from bot.domain.facts import announced_name
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnResult
from bot.turn.handoff.note import link_of

SOMEBODY = "a colleague"
NOBODY_YET = "nobody yet"
OVER = "settled, the assistant answers again"
_LONGEST = 600
_WITH_PEOPLE = frozenset({Owner.ESCALATED, Owner.HUMAN})


@dataclass(frozen=True)
class Cards:
    """Where escalations are cards.

    Args:
        channel: id of the colleagues' channel, empty for none.
        ticket_link: returns where people open a ticket.
    """

    channel: str = ""
    ticket_link: Callable[[str], str] = str

    def follow(self, before: Conversation, outcome: TurnResult, policy: Policy) -> TurnResult:
        """Return the outcome with what shows colleagues where its escalation stands now."""
        after = outcome.conversation
        if after.escalation is None or after.owner is Owner.OFF:
            return outcome
        shown = replace(after.escalation, taken_by=_taker(before, after, outcome.entries))
        is_over = after.owner not in _WITH_PEOPLE
        if not self.channel or (is_over and not shown.card):
            kept = None if is_over else replace(shown, card="")
            return replace(outcome, conversation=replace(after, escalation=kept))
        text = self._text(after, shown, policy, is_over=is_over)
        shown, effects = self._shown(shown, text, is_ready=after.handing is None or bool(shown.card))
        conversation = replace(after, escalation=None if is_over else shown)
        return replace(outcome, conversation=conversation, effects=(*outcome.effects, *effects))

    def _shown(self, shown: Escalation, text: str, *, is_ready: bool) -> tuple[Escalation, tuple[Effect, ...]]:
        """Post the card once people have the hand-over; change it where it says something else."""
        card = blake2s(text.encode(), digest_size=8).hexdigest()
        if not is_ready or shown.card == card:
            return shown, ()
        fact = announced_name(f"escalation:{shown.cause}")
        if not shown.card:
            posted = PostToChannel(f"{shown.cause}:card", self.channel, text, fact=fact)
            return replace(shown, card=card), (posted,)
        number = shown.edits + 1
        change = EditAnnounced(f"{shown.cause}:card:{number}", fact, text)
        return replace(shown, card=card, edits=number), (change,)

    def _text(self, conversation: Conversation, shown: Escalation, policy: Policy, *, is_over: bool) -> str:
        rows = [
            ("Ticket", self._ticket(conversation)),
            ("About", _brief(shown.summary)),
            ("Why a human", _brief(shown.reason)),
            ("Priority", conversation.priority),
            ("Group", conversation.group),
            ("Promised by", _time(conversation.promised_until, policy)),
            ("Who has it", _who_has_it(shown, is_over=is_over)),
            ("Conversation", "" if capabilities_of(conversation.id).is_ticket else link_of(conversation.address)),
        ]
        lines = "\n".join(f"- **{title}:** {text}" for title, text in rows if text)
        head = f"Escalation: {_brief(shown.customer)}" if shown.customer else "Escalation"
        return f"**{head}**\n\n{lines}"

    def _ticket(self, conversation: Conversation) -> str:
        ticket_id = conversation.ticket_id
        return f"[#{ticket_id}]({self.ticket_link(ticket_id)})" if ticket_id else ""


def _taker(before: Conversation, after: Conversation, entries: Sequence[Entry]) -> str:
    """Return the name of the human who has it; who took it first, until it is assigned to somebody else."""
    known = after.escalation.taken_by if after.escalation else ""
    if after.owner is not Owner.HUMAN:
        return "" if after.owner is Owner.ESCALATED else known
    assigned = _assignee(after)
    if assigned and assigned != _assignee(before):
        return assigned
    return known or _spoke(entries) or assigned or SOMEBODY


def _assignee(conversation: Conversation) -> str:
    return conversation.ticket.assignee if conversation.ticket else ""


def _spoke(entries: Sequence[Entry]) -> str:
    return next((entry.name for entry in entries if entry.role is Role.HUMAN and entry.name), "")


def _who_has_it(shown: Escalation, *, is_over: bool) -> str:
    if is_over:
        return f"{OVER} (it was with {shown.taken_by})" if shown.taken_by else OVER
    return shown.taken_by or NOBODY_YET


def _time(until: float, policy: Policy) -> str:
    if not until:
        return ""
    at = datetime.fromtimestamp(until, ZoneInfo(policy.business_hours.timezone))
    return f"{at:%A} {at.day} {at:%B %H:%M %Z}"


def _brief(text: str) -> str:
    """Return a text on one line, without what would end its place in the list."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
