"""What was learnt about a conversation outside of its turns: outcomes of delivery, looks at its ticket, its customer.

Each fact is a text of its own beside the stored state, so that it can be written without a turn. Here is what each one
means; a fact that this version does not know is kept.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.ids import MessageRef

TICKET, UNSENT, LOOK, CUSTOMER, DISCLOSED = "ticket_id", "unsent", "again", "customer_id", "disclosed"
"""Names that the store's scripts and single reads know too."""
_STAMP, _SEEN_STAMP, _SMALLER, _REFUSED = "stamp", "seen_stamp", "smaller", "refused"
_REOPENED, _FAILING, _OPENING, _UNDISCLOSED = "reopened", "failing", "opening", "undisclosed"
_OFFERED, _ANNOUNCED, _PUBLISHED, _UNSEEN = "offered:", "announced:", "published:", "unseen:"


@dataclass(frozen=True)
class OfferShown:
    """When, and where, an offer reached the customer: a yes counts from then on.

    Args:
        at: Unix seconds.
        message: in Slack, empty elsewhere.
    """

    at: float
    message: MessageRef

    @property
    def text(self) -> str:
        """As it is stored."""
        return f"{self.at:.6f} {self.message}"


@dataclass(frozen=True)
class Reopened:
    """A hand-over that succeeded after it had been given up.

    Args:
        since: Unix seconds of the attempt.
        cause: id of the effect that opened the ticket.
        requester: Zendesk's id of the ticket's requester.
    """

    since: float
    cause: str
    requester: str

    @property
    def text(self) -> str:
        """As it is stored."""
        return f"{self.since:.3f} {self.cause} {self.requester}"


@dataclass(frozen=True)
class Failing:
    """An effect that failed, and is tried again.

    Args:
        since: Unix seconds of the first failure.
        until: Unix seconds before which it is not tried again.
    """

    since: float
    until: float = 0.0
    tries: int = 0


@dataclass(frozen=True)
class TicketLook:
    """The next look at a ticket on which there was nothing to read yet.

    Args:
        since: Unix seconds of the first look, which found nothing.
        looks: how many have followed it.
        event: what the hint told of.
    """

    ticket_id: str
    since: float
    looks: int
    event: str

    @property
    def text(self) -> str:
        """As it is stored."""
        return f"{self.ticket_id} {self.since:.3f} {self.looks} {self.event}"


def announced_name(proposal_id: str) -> str:
    """Return the name of the fact that tells in which message colleagues are asked; a stored effect carries it.

    Args:
        proposal_id: or the id of a draft.
    """
    return f"{_ANNOUNCED}{proposal_id}"


@dataclass(frozen=True)
class Facts:
    """All that was learnt, or what one step has just learnt: later facts go over earlier ones by `|`.

    Args:
        texts: as they are stored, those of a newer version too; an empty text is a fact taken back.
    """

    texts: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, learnt: "Facts") -> "Facts":
        """Return both, the newer ones first."""
        return Facts({**self.texts, **learnt.texts})

    def without(self, name: str) -> "Facts":
        """Return all others."""
        return Facts({other: text for other, text in self.texts.items() if other != name})

    @classmethod
    def ticket(cls, ticket_id: str, stamp: str = "") -> "Facts":
        """The conversation has this ticket.

        Args:
            stamp: its `updated_at`, empty where it is not known.
        """
        return cls({TICKET: ticket_id}) | cls.stamped(stamp)

    @classmethod
    def stamped(cls, stamp: str) -> "Facts":
        """The ticket was updated by us; nothing where no stamp is known."""
        return cls({_STAMP: stamp} if stamp else {})

    @classmethod
    def saw_stamp(cls, stamp: str) -> "Facts":
        """The ticket had this `updated_at`, whoever changed it; nothing where no stamp is known."""
        return cls({_SEEN_STAMP: stamp} if stamp else {})

    @classmethod
    def left_unsaid(cls, text: str) -> "Facts":
        """The newest answer was not said; empty: it was, after all."""
        return cls({UNSENT: text})

    @classmethod
    def left_undisclosed(cls, effect_id: str) -> "Facts":
        """The message that was to say that an AI assistant writes was not said; empty: it was, after all."""
        return cls({_UNDISCLOSED: effect_id})

    @classmethod
    def was_refused(cls, effect_id: str) -> "Facts":
        """Zendesk has refused an effect of a hand-over for good."""
        return cls({_REFUSED: effect_id})

    @classmethod
    def opens_smaller(cls, effect_id: str) -> "Facts":
        """The ticket of this effect is being opened in a smaller way."""
        return cls({_SMALLER: effect_id})

    @classmethod
    def was_reopened(cls, reopened: Reopened) -> "Facts":
        """A hand-over that was given up has succeeded."""
        return cls({_REOPENED: reopened.text})

    @classmethod
    def was_shown(cls, proposal_ids: Iterable[str], shown: OfferShown) -> "Facts":
        """Offers have reached the customer."""
        return cls({f"{_OFFERED}{proposal_id}": shown.text for proposal_id in proposal_ids})

    @classmethod
    def was_published(cls, decision: str, outcome: str) -> "Facts":
        """A draft that a human has sent was said, or was not.

        Args:
            decision: id of the event by which they sent it.
        """
        return cls({f"{_PUBLISHED}{decision}": outcome})

    @classmethod
    def is_unseen(cls, draft_id: str) -> "Facts":
        """A draft was shown to nobody, for people had the ticket or the customer had written meanwhile."""
        return cls({f"{_UNSEEN}{draft_id}": "1"})

    @classmethod
    def fails(cls, effects: Mapping[str, Failing]) -> "Facts":
        """These effects wait to be tried again, by id; none: nothing does any more."""
        rows = {name: [round(one.since, 3), round(one.until, 3), one.tries] for name, one in effects.items()}
        return cls({_FAILING: json.dumps(rows, separators=(",", ":")) if rows else ""})

    @classmethod
    def looks_again(cls, look: TicketLook | None) -> "Facts":
        """The ticket is looked at once more; None: it is not."""
        return cls({LOOK: look.text if look else ""})

    @classmethod
    def opening(cls) -> "Facts":
        """A ticket of the conversation is on its way; never stored, it follows from the outbox."""
        return cls({_OPENING: "1"})

    @property
    def ticket_id(self) -> str:
        """The conversation's ticket, empty for none."""
        return self.texts.get(TICKET, "")

    @property
    def stamp(self) -> str:
        """`updated_at` of the ticket as delivery has left it, empty for none."""
        return self.texts.get(_STAMP, "")

    @property
    def seen_stamp(self) -> str:
        """`updated_at` of the ticket as delivery saw it last, empty for none; nothing was decided on it."""
        return self.texts.get(_SEEN_STAMP, "")

    @property
    def customer_id(self) -> str:
        """For whom a `/chat` session speaks, empty for nobody."""
        return self.texts.get(CUSTOMER, "")

    @property
    def unsent(self) -> str:
        """The newest answer where it was not said."""
        return self.texts.get(UNSENT, "")

    @property
    def disclosed(self) -> bool:
        """Whether a refusal of `/chat`, before any turn, has said that an AI assistant writes."""
        return bool(self.texts.get(DISCLOSED))

    @property
    def undisclosed(self) -> str:
        """The message that was to say that an AI assistant writes, where it was not said."""
        return self.texts.get(_UNDISCLOSED, "")

    @property
    def refused(self) -> str:
        """The effect of a hand-over that Zendesk has refused for good."""
        return self.texts.get(_REFUSED, "")

    @property
    def smaller(self) -> str:
        """The effect whose ticket is being opened in a smaller way."""
        return self.texts.get(_SMALLER, "")

    @property
    def is_opening(self) -> bool:
        """Whether a ticket is on its way."""
        return bool(self.texts.get(_OPENING))

    @property
    def reopened(self) -> Reopened | None:
        """The last hand-over that succeeded after it had been given up."""
        text = self.texts.get(_REOPENED)
        if not text:
            return None
        since, cause, requester = text.split(" ", 2)
        return Reopened(float(since), cause, requester)

    @property
    def failing(self) -> Mapping[str, Failing]:
        """The effects that failed, by id; some may be done meanwhile."""
        rows = json.loads(self.texts.get(_FAILING) or "{}")
        return {name: Failing(*row[:3]) for name, row in rows.items()}

    @property
    def look(self) -> TicketLook | None:
        """The next look at the ticket, None where none is due."""
        parts = self.texts.get(LOOK, "").split(" ", 3)
        return TicketLook(parts[0], float(parts[1]), int(parts[2]), parts[3]) if len(parts) > 3 else None

    def shown(self, proposal_id: str) -> OfferShown | None:
        """When and where an offer reached the customer, None where it has not."""
        text = self.texts.get(f"{_OFFERED}{proposal_id}")
        if not text:
            return None
        at, _, message = text.partition(" ")
        return OfferShown(float(at), MessageRef(message))

    def published(self, decision: str) -> str:
        """How the sending of a draft by this decision ended, empty while it has not."""
        return self.texts.get(f"{_PUBLISHED}{decision}", "")

    def unseen(self, draft_id: str) -> bool:
        """Whether a draft was shown to nobody."""
        return bool(self.texts.get(f"{_UNSEEN}{draft_id}"))

    def announced(self, proposal_id: str) -> MessageRef | None:
        """The message in which colleagues are asked about a proposal or a draft, None for none."""
        text = self.texts.get(announced_name(proposal_id))
        return MessageRef(text) if text else None
