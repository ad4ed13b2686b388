"""A conversation: one Slack thread ⇄ one Zendesk ticket, one owner, and the table of the owner's moves.

Everything that moves an owner is in `TRANSITIONS`; an illegal move raises and changes nothing.

    bot → escalated        a human was asked for, nobody yet
    bot | escalated → human        takeover: staff's public comment, staff's line, assignment to a person
    human → escalated      unassigned, or moved to another group
    human | escalated → bot        solved, or the resume tag
    any → off → the owner before   the tag `frontdesk_off` set, removed
    bot → idle_closed → bot        nobody wrote for long; the customer writes again
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.domain.drafts import Draft, open_among
from bot.domain.escalations import Escalation
from bot.domain.events import Sent
from bot.domain.facts import Facts
from bot.domain.identity import Proof
from bot.domain.ids import NOBODY, AuthorId, ConversationId
from bot.domain.proposals import OPEN, Proposal
from bot.domain.tickets import Ticket


class Owner(StrEnum):
    """Who answers the customer."""

    BOT = "bot"
    ESCALATED = "escalated"
    HUMAN = "human"
    OFF = "off"
    IDLE_CLOSED = "idle_closed"


class Move(StrEnum):
    """What can happen to an owner."""

    ESCALATE = "escalate"
    TAKE_OVER = "take_over"
    UNASSIGN = "unassign"
    RELEASE = "release"
    SWITCH_OFF = "switch_off"
    SWITCH_ON = "switch_on"
    IDLE = "idle"
    WRITE_AGAIN = "write_again"


TRANSITIONS: Mapping[tuple[Owner, Move], Owner] = {
    (Owner.BOT, Move.ESCALATE): Owner.ESCALATED,
    (Owner.BOT, Move.TAKE_OVER): Owner.HUMAN,
    (Owner.ESCALATED, Move.TAKE_OVER): Owner.HUMAN,
    (Owner.HUMAN, Move.UNASSIGN): Owner.ESCALATED,
    (Owner.ESCALATED, Move.RELEASE): Owner.BOT,
    (Owner.HUMAN, Move.RELEASE): Owner.BOT,
    (Owner.BOT, Move.SWITCH_OFF): Owner.OFF,
    (Owner.ESCALATED, Move.SWITCH_OFF): Owner.OFF,
    (Owner.HUMAN, Move.SWITCH_OFF): Owner.OFF,
    (Owner.IDLE_CLOSED, Move.SWITCH_OFF): Owner.OFF,
    (Owner.BOT, Move.IDLE): Owner.IDLE_CLOSED,
    (Owner.IDLE_CLOSED, Move.WRITE_AGAIN): Owner.BOT,
    (Owner.IDLE_CLOSED, Move.TAKE_OVER): Owner.HUMAN,
}


class IllegalMove(ValueError):
    """The owner cannot make this move; the conversation is unchanged."""


@dataclass(frozen=True)
class Handing:
    """A hand-over that people do not have yet; the customer is promised nothing before they have it.

    Args:
        cause: id of the message that led to it; ids of effects derive from it.
        at: Unix seconds.
        effects: ids of what makes it, the one that decides first.
        recipient: author id of who is told.
        preview: reference of the message that what is told replaces, empty for none.
        answers: ids of the `/chat` posts that wait for it.
        stamp: `updated_at` of the ticket it was decided on, empty for none.
        told: whether the customer knows that it takes longer.
        urged: whether people have the ticket, and are only told that a promise was broken.
        last: whether that is for the last time.
        more: fields of a newer version, kept as they were read.
    """

    cause: str
    at: float
    effects: tuple[str, ...]
    recipient: str = ""
    preview: str = ""
    answers: tuple[str, ...] = ()
    stamp: str = ""
    told: bool = False
    urged: bool = False
    last: bool = False
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Conversation:
    """What is remembered between turns, apart from the session's items.

    Args:
        channel: the Slack channel's id where it is another one than the conversation's id names, else empty.
        specialist: who answers next; empty before the first answer.
        requester: id of the customer in whose name the ticket is opened: who wrote first, or who asked for a human.
        requester_name: their name as people see it.
        ticket_id: the linked ticket, empty for none.
        ticket: the ticket as last seen, None before the first look.
        group: name of the Zendesk group it was last handed to, empty for none.
        ours: whether the bot has answered here or was given it, so that the ticket's fields no longer decide.
        last_comment: highest Zendesk comment id already taken in.
        turns: turns committed so far, the silent ones too.
        unresolved: answered turns since the start or the release without a plain thanks.
        reply_times: Unix seconds of the bot's replies in the last ten minutes.
        items: session entries ever stored (those trimmed away are counted too).
        earlier: summary of the entries that were cut away, empty while there are none.
        summary: a few lines that a new conversation of the same person starts with.
        previous: id of that person's conversation before this one, empty for none.
        handing: the hand-over that people do not have yet, None for none.
        escalation: what colleagues are shown of the hand-over, None where there is none, or it is over.
        reopened: the last hand-over that succeeded although it had been given up.
        promised_until: Unix seconds by which a human should have answered, 0 for no promise.
        active_at: Unix seconds when somebody last wrote or the owner last changed, 0 before the first turn.
        rating_asked: what the open request for a rating derives its buttons from, empty for none.
        rating: what the customer thought of the help, empty while they have not said.
        answers: the newest answers with thumbs under them: their keys, and when they were given (Unix seconds).
        thumbs: by answer and person, their last two thumbs on it, the last one last.
        asked_wrong: the answer of which somebody was asked what was wrong with it, and who; empty once they have said.
        language: two letters of the language the customer writes in, empty while it is not known.
        spoken: of the one that the product's own sentences in it are in.
        warned: whether they were asked to stay respectful.
        spent: what its model calls cost, in millionths of a dollar; dead attempts included.
        slowed_at: Unix seconds of the last "one moment, many messages" notice.
        contexts: what the desk keeps of each customer here (by customer id, of the unproven by author id), as JSON.
        proposals: the newest actions that were proposed, oldest first, whatever became of them.
        sentiments: how the customers felt in the newest turns, from -1 (furious) to 1, the newest last.
        proofs: authors who were asked to prove who they are, one each.
        drafts: the newest answers that were held back, oldest first, whatever became of them.
        plan: of the customer who was answered last, empty where nobody knows it.
        customer: the desk's id of the customer who was answered last, empty where nobody proved to be one.
        disclosed: id of the message in which its customer was told that an AI assistant writes, empty before.
        sides: by a rule of `autonomy` with a share, whether this conversation is within it, for as long as it lasts.
        more: fields of a newer version, kept as they were read.
        files: what customers sent here since the start or the last hand-over, oldest first.
        facts: what was learnt outside of turns; stored beside the state.
    """

    id: ConversationId
    owner: Owner = Owner.BOT
    before_off: Owner = Owner.BOT
    channel: str = ""
    specialist: str = ""
    requester: AuthorId = NOBODY
    requester_name: str = ""
    ticket_id: str = ""
    ticket: Ticket | None = None
    group: str = ""
    ours: bool = False
    last_comment: int = 0
    turns: int = 0
    unresolved: int = 0
    reply_times: tuple[float, ...] = ()
    items: int = 0
    earlier: str = ""
    summary: str = ""
    previous: str = ""
    reason: str = ""
    priority: str = ""
    promised_until: float = 0.0
    active_at: float = 0.0
    rating_asked: str = ""
    rating: str = ""
    answers: Mapping[str, float] = field(default_factory=dict)
    thumbs: Mapping[str, str] = field(default_factory=dict)
    asked_wrong: str = ""
    language: str = ""
    spoken: str = ""
    warned: bool = False
    spent: int = 0
    slowed_at: float = 0.0
    contexts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    sentiments: tuple[float, ...] = ()
    proofs: tuple[Proof, ...] = ()
    drafts: tuple[Draft, ...] = ()
    files: tuple[Sent, ...] = ()
    handing: Handing | None = None
    escalation: Escalation | None = None
    reopened: str = ""
    plan: str = ""
    customer: str = ""
    disclosed: str = ""
    sides: Mapping[str, bool] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def address(self) -> ConversationId:
        """Where it takes place now, in the form of an id: a Slack channel may have another id than when it began."""
        return self.id.moved_to(self.channel) if self.channel else self.id

    def move(self, move: Move) -> "Conversation":
        """Return the conversation after `move`.

        Raises:
            IllegalMove: the owner cannot make this move.
        """
        if move is Move.SWITCH_ON:
            if self.owner is not Owner.OFF:
                raise IllegalMove(f"{self.owner} cannot {move}")
            return replace(self, owner=self.before_off, before_off=Owner.BOT)
        to = TRANSITIONS.get((self.owner, move))
        if to is None:
            raise IllegalMove(f"{self.owner} cannot {move}")
        before = self.owner if move is Move.SWITCH_OFF else self.before_off
        return replace(self, owner=to, before_off=before)

    def can(self, move: Move) -> bool:
        """Return whether `move` is legal now."""
        return self.owner is Owner.OFF if move is Move.SWITCH_ON else (self.owner, move) in TRANSITIONS

    @property
    def is_disclosed(self) -> bool:
        """Whether its customer was told, or is about to be, that an AI assistant writes."""
        return self.facts.disclosed or (bool(self.disclosed) and self.facts.undisclosed != self.disclosed)

    @property
    def has_ticket(self) -> bool:
        """Whether people have a ticket of it, or one is on its way."""
        return bool(self.ticket_id) or self.facts.is_opening

    @property
    def draft(self) -> Draft | None:
        """The newest draft that waits for a human's decision, None where none does."""
        return open_among(self.drafts)

    @property
    def must_stay(self) -> bool:
        """Whether it may not be forgotten: people own it, or something in it waits for somebody's decision."""
        owner = self.before_off if self.owner is Owner.OFF else self.owner
        is_with_people = owner in {Owner.ESCALATED, Owner.HUMAN} or self.draft is not None
        return is_with_people or any(one.stage in OPEN for one in self.proposals)

    @property
    def residue(self) -> "Conversation":
        """What is kept for as long as its ticket's link: by whom and how far the ticket was read; nobody's words."""
        return Conversation(
            self.id,
            owner=self.owner,
            before_off=self.before_off,
            channel=self.channel,
            specialist=self.specialist,
            requester=self.requester,
            ticket_id=self.ticket_id,
            ticket=replace(self.ticket, subject="") if self.ticket else None,
            group=self.group,
            ours=self.ours,
            last_comment=self.last_comment,
            turns=self.turns,
            language=self.language,
            disclosed=self.disclosed,
            sides=self.sides,
        )

    @property
    def sentiment(self) -> float:
        """How the customer felt in the newest turn that was scored, 0 before the first."""
        return self.sentiments[-1] if self.sentiments else 0.0

    @property
    def is_with_human(self) -> bool:
        """Whether the bot must be silent because people are, or will be, answering."""
        return self.owner in {Owner.ESCALATED, Owner.HUMAN}
