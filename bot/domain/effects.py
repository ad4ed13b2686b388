"""Effects: what must happen outside, each stored with the state that caused it and carried out once.

An effect's id derives from the message that caused it, never from the attempt, so a turn that is taken again
produces the same ids and delivery can find what a dead worker already did.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bot.domain.events import File
from bot.domain.ids import MessageRef
from bot.domain.newer import known
from bot.domain.text.storable import to_json

TICKET_NUMBER = "⟦ticket⟧"
"""Stands in texts for the number of a ticket that an earlier effect of the same turn opens."""


def with_ticket_number(text: str, ticket_id: str) -> str:
    """Return `text` with the ticket's number in place of the mark; without a ticket nothing speaks of one."""
    if ticket_id:
        return text.replace(TICKET_NUMBER, ticket_id)
    return text.replace(f" as ticket #{TICKET_NUMBER}", "").replace(TICKET_NUMBER, "")


def disclosed(disclosure: str, text: str) -> str:
    """Return a text with what is said before it, itself where that is nothing."""
    return f"{disclosure}\n\n{text}" if disclosure and text else text


@dataclass(frozen=True)
class Button:
    """A button under a reply.

    Args:
        action: Slack's `action_id`.
        value: opaque, single use; never a payload.
        style: `primary`, `danger` or empty.
    """

    action: str
    label: str
    value: str
    style: str = ""


@dataclass(frozen=True)
class Moment:
    """A point of time that a text names: a channel may let each reader's own program write it, in their zone.

    Args:
        phrase: as it stands in the text.
        at: Unix seconds.
        joint: what stands between the day and the time in the text's language.
    """

    phrase: str
    at: float
    joint: str = " "


@dataclass(frozen=True)
class Person:
    """Who a Zendesk user is or should become; the first field that is set identifies them.

    Args:
        id: Zendesk's user id.
        email: a *verified* address.
        external_id: our id of an author whose address is not verified.
    """

    name: str = ""
    id: str = ""
    email: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class Reply:
    """The bot's answer to the customer: in the Slack thread, as a public ticket comment, or to `/chat`.

    Args:
        agent: the specialist who answers, or `human` when the answer is a relayed or silent one.
        preview: reference of the message that already shows a preview of the text, empty for none.
        recipient: author id of the customer who is answered.
        answers: ids of the `/chat` posts that wait for this text.
        status: the ticket's status after the reply; empty leaves it.
        stamp: `updated_at` of the ticket the answer was decided on, empty for none.
        turn: number of the turn, told to `/chat`.
        items: entries in the transcript after this turn, told to `/chat`.
        questions: ids of the Slack lines that it answers; nobody is answered who has deleted all of them.
        ahead: whether it tells of a delay, and does not wait behind what is delayed.
        disclosure: that an AI assistant writes, said before the text; empty where the customer knows.
        moments: points of time in the text.
    """

    id: str
    text: str
    agent: str = ""
    preview: str = ""
    recipient: str = ""
    buttons: tuple[Button, ...] = ()
    answers: tuple[str, ...] = ()
    status: str = "pending"
    stamp: str = ""
    turn: int = 0
    items: int = 0
    questions: tuple[str, ...] = ()
    ahead: bool = False
    disclosure: str = ""
    moments: tuple[Moment, ...] = ()

    @property
    def said(self) -> str:
        """Everything that the customer reads."""
        return disclosed(self.disclosure, self.text)


@dataclass(frozen=True)
class Relay:
    """A human agent's public words, carried from the ticket into the Slack thread under their name."""

    id: str
    text: str
    name: str
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class OpenTicket:
    """A new ticket whose first public comment is the customer's own words.

    Args:
        group: the group's name in Zendesk.
        ours: whether the first comment is the bot's own words to the requester instead.
        follows: id of the closed ticket this one follows up, empty for none.
    """

    id: str
    subject: str
    words: str
    requester: Person
    group: str = ""
    priority: str = "normal"
    status: str = "open"
    tags: tuple[str, ...] = ()
    external_id: str = ""
    files: tuple[File, ...] = ()
    follows: str = ""
    ours: bool = False


@dataclass(frozen=True)
class UpdateTicket:
    """One update of the linked ticket: fields, at most one comment, or both.

    Args:
        comment: plain text or Markdown, empty for no comment.
        public: whether the customer may read the comment; sent explicitly with every comment.
        author: whose comment it is; None is the bot's own user.
        group: the group's name; empty leaves it.
        unassign: whether the assignee is cleared.
        stamp: `updated_at` of the ticket the update was decided on, empty for none.
        source: id of the message the comment repeats, for the log.
    """

    id: str
    comment: str = ""
    public: bool = False
    author: Person | None = None
    group: str = ""
    priority: str = ""
    status: str = ""
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    unassign: bool = False
    files: tuple[File, ...] = ()
    source: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class PostToChannel:
    """A message of its own in a channel of the installing workspace, for colleagues.

    Args:
        channel: the channel's id.
        fact: name under which delivery remembers `CHANNEL:TS` of the message, empty for not at all.
        ahead: whether it tells of a failure, and does not wait behind what failed.
    """

    id: str
    channel: str
    text: str
    buttons: tuple[Button, ...] = ()
    fact: str = ""
    ahead: bool = False


@dataclass(frozen=True)
class EditMessage:
    """New text for a message of ours in Slack whose buttons have been used; they go away.

    Args:
        message: `CHANNEL:TS`.
    """

    id: str
    message: MessageRef
    text: str


@dataclass(frozen=True)
class EditAnnounced:
    """New text for a message to colleagues that may not be posted yet when this is decided.

    Args:
        fact: name of the fact that tells which message it is; without it there is nothing to change.
    """

    id: str
    fact: str
    text: str


@dataclass(frozen=True)
class Whisper:
    """A line that one colleague alone reads in a channel: why what they pressed has done nothing.

    Args:
        reader: author id of who pressed.
        at: Unix seconds of that; nobody is told of it an hour later.
        answer_at: the address at which their press is answered, empty for none.
    """

    id: str
    channel: str
    reader: str
    text: str
    at: float = 0.0
    answer_at: str = field(default="", repr=False)


@dataclass(frozen=True)
class SendCode:
    """A one-time code for the address on file.

    Args:
        email: empty for an address that is nobody's: then nothing is sent, and it takes as long.
        asker: author id of who asked for it.
        at: Unix seconds from which it counts.
        language: of the conversation, two letters.
    """

    id: str
    email: str = field(default="", repr=False)
    name: str = ""
    code: str = field(default="", repr=False)
    asker: str = ""
    at: float = 0.0
    language: str = ""


@dataclass(frozen=True)
class ContinueInDM:
    """A question from a channel that other companies read is answered in a direct message instead.

    Args:
        reader: author id of the customer who asked.
        at: Unix seconds of the question.
        disclosure: that an AI assistant writes, said before the first line there; empty for nothing.
    """

    id: str
    reader: str
    name: str
    question: str
    at: float
    disclosure: str = ""


@dataclass(frozen=True)
class ShowDraft:
    """An answer that is held back, shown to colleagues: as a card in their channel, else as a note on the ticket.

    Args:
        draft: its id; the value of the card's buttons, and the ID in the note's first line.
        text: exactly what the customer would read.
        channel: id of the colleagues' channel, empty for the ticket.
        what: would be said, as `DraftKind` names it.
        customer: name of who is answered.
        question: what they wrote.
        sources: titles of the articles that were read.
        looked_up: the tools that were called, each with its outcome.
        proposes: what the customer would be asked to say yes to.
        why: why it is a draft, in words that people read.
        stamp: `updated_at` of the ticket it was written on, empty for none.
    """

    id: str
    draft: str
    text: str
    channel: str = ""
    what: str = ""
    specialist: str = ""
    customer: str = ""
    question: str = ""
    sources: tuple[str, ...] = ()
    looked_up: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()
    why: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class CloseDraft:
    """Nothing more becomes of a draft: its card says so and loses its buttons, the ticket loses its tags.

    Args:
        outcome: what became of it, as `DraftStage` names it.
        channel: id of the channel with the card, empty for the ticket.
        text: what was, or would have been, said.
        by: name of the human who decided, empty for nobody.
        tags_off: tags that the ticket loses.
    """

    id: str
    draft: str
    outcome: str
    channel: str = ""
    text: str = ""
    by: str = ""
    tags_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishDraft:
    """A draft that a human has sent: the bot's answer from now on; its other fields are those of `Reply`.

    Args:
        decision: id of the event by which they sent it.
    """

    id: str
    draft: str
    text: str
    decision: str = ""
    agent: str = ""
    recipient: str = ""
    buttons: tuple[Button, ...] = ()
    answers: tuple[str, ...] = ()
    status: str = "pending"
    stamp: str = ""
    turn: int = 0
    items: int = 0
    questions: tuple[str, ...] = ()
    disclosure: str = ""

    @property
    def reply(self) -> Reply:
        """The same as the answer that it is."""
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in {"draft", "decision"}}
        return Reply(**own)


@dataclass(frozen=True)
class PendAnswer:
    """Who waits for an answer in the same request hears that it comes later.

    Args:
        answers: ids of the `/chat` posts that wait.
        turn, items: as for `Reply`.
    """

    id: str
    answers: tuple[str, ...] = ()
    turn: int = 0
    items: int = 0


Effect = (
    Reply
    | Relay
    | OpenTicket
    | UpdateTicket
    | PostToChannel
    | EditMessage
    | SendCode
    | ContinueInDM
    | ShowDraft
    | CloseDraft
    | PublishDraft
    | Whisper
    | PendAnswer
    | EditAnnounced
)

_KINDS: Mapping[str, type[Effect]] = {
    "reply": Reply,
    "relay": Relay,
    "open_ticket": OpenTicket,
    "update_ticket": UpdateTicket,
    "announce": PostToChannel,
    "amend": EditMessage,
    "send_code": SendCode,
    "go_direct": ContinueInDM,
    "show_draft": ShowDraft,
    "close_draft": CloseDraft,
    "publish_draft": PublishDraft,
    "whisper": Whisper,
    "pend_answer": PendAnswer,
    "amend_announced": EditAnnounced,
}
_NAMES = {cls: name for name, cls in _KINDS.items()}


def kind_of(effect: Effect) -> str:
    """Return the effect's name as logs, metrics and the store know it."""
    return _NAMES[type(effect)]


_LATER = frozenset({"disclosure", "moments"})
"""Fields that versions before do not know."""


def dump_effect(effect: Effect) -> str:
    """Return the effect as JSON text; `load_effect` is its inverse.

    The version before cannot read an effect with a field that it does not know: what says nothing is not written.
    """
    raw = {"kind": kind_of(effect), **asdict(effect, dict_factory=known)}
    return to_json({name: value for name, value in raw.items() if value or name not in _LATER})


def load_effect(text: str | bytes) -> Effect:
    """Return the effect that `dump_effect` wrote.

    Raises:
        KeyError: the kind is unknown (written by a newer version).
    """
    raw: dict[str, Any] = json.loads(text)
    cls = _KINDS[raw.pop("kind")]
    nested = {"files": File, "buttons": Button, "moments": Moment}
    for name, part in nested.items():
        if name in raw:
            raw[name] = tuple(part(**value) for value in raw[name])
    if cls is EditMessage:
        raw["message"] = MessageRef(raw["message"])
    for name in ("requester", "author"):
        if raw.get(name) is not None:
            raw[name] = Person(**raw[name])
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
    return cls(**values)
