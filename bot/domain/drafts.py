"""Drafts: answers that are held back until a human agent sends them, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.identity import Proof
from bot.domain.ids import NOBODY, AuthorId
from bot.domain.newer import Open
from bot.domain.proposals import Proposal

DRAFT_TAG = "frontdesk_draft"
SEND_TAG = "frontdesk_send"
DISCARD_TAG = "frontdesk_discard"
"""Zendesk's tags: a draft is open, and what an agent decides on it."""

DRAFT_SEND = "frontdesk_draft_send"
DRAFT_EDIT = "frontdesk_draft_edit"
DRAFT_DISCARD = "frontdesk_draft_discard"
"""Slack's `action_id`s under a card; their value is the draft's id."""

DRAFT_SECONDS = 7 * 86_400.0
"""How long an open draft waits for somebody; after that it was ignored."""

RETENTION_SECONDS = 90 * 86_400.0
"""For so long the words of a draft are kept where nobody says otherwise."""

KEPT_DRAFTS = 5
"""Drafts that a conversation remembers, so that a late click can be answered."""


class DraftKind(Open):
    """What would be said."""

    ANSWER = "answer"
    HANDOVER = "handover"  # the words that go with an escalation, which was made already
    NOTICE = "notice"  # said by the code on the bot's behalf: a refusal, a question who they are, …


class DraftStage(Open):
    """What a draft waits for, or what became of it: an outcome, which is counted once."""

    OPEN = "open"  # somebody's decision
    SENDING = "sending"  # somebody has sent it, and the vendor has not taken it yet
    SENT = "sent"
    SENT_EDITED = "sent_edited"
    USED = "used"
    EDITED = "edited"
    REWRITTEN = "rewritten"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    IGNORED = "ignored"


UNSETTLED = frozenset({DraftStage.OPEN, DraftStage.SENDING})
OUTCOMES = frozenset(DraftStage) - UNSETTLED


@dataclass(frozen=True)
class Draft:
    """One answer that the customer has not read.

    Args:
        id: opaque; the buttons' value, and the ID in the first line of a note.
        text: exactly what the customer would read.
        specialist: who wrote it.
        at: Unix seconds.
        cause: id of the customer's message that it answers.
        recipient: author id of the customer.
        why: why it is a draft, in words that people read.
        sources: titles of the articles that were read.
        looked_up: the tools that were called, each with its outcome.
        proposes: what the customer would be asked to say yes to.
        channel: id of the colleagues' channel with its card, empty where it stands on the ticket.
        said: what was sent instead of the text, empty where it was sent as it is.
        sending: id of the decision that sends it, empty while there was none.
        settled_at: Unix seconds when it was decided, 0 before.
        settled_by: name of the human who decided, empty for nobody.
        entries: what stands in the transcript once it is sent, as stored; empty once it is settled.
        effects: what happens then, the answer first, as stored.
        proposals: the offers in it, which exist once it is sent.
        proofs: who is asked in it to prove who they are.
        summary: what the person's next conversation would begin with.
        helps: whether a specialist tries to help in it.
        more: fields of a newer version, kept as they were read.
    """

    id: str
    text: str
    specialist: str = ""
    at: float = 0.0
    kind: DraftKind = DraftKind.ANSWER
    stage: DraftStage = DraftStage.OPEN
    cause: str = ""
    recipient: AuthorId = NOBODY
    why: str = ""
    sources: tuple[str, ...] = ()
    looked_up: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()
    channel: str = ""
    said: str = ""
    sending: str = ""
    settled_at: float = 0.0
    settled_by: str = ""
    entries: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    proofs: tuple[Proof, ...] = ()
    summary: str = ""
    helps: bool = False
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether somebody may still send or discard it."""
        return self.stage is DraftStage.OPEN

    @property
    def worded(self) -> str:
        """What the customer read, or would read."""
        return self.said or self.text

    @property
    def is_settled(self) -> bool:
        """Whether its stage is an outcome."""
        return self.stage not in UNSETTLED

    @property
    def has_words(self) -> bool:
        """Whether it still says what somebody wrote, or what was looked up for them."""
        return bool(self.text or self.said or self.sources or self.looked_up or self.proposes)


def open_among(drafts: tuple[Draft, ...]) -> Draft | None:
    """Return the newest that waits for a decision, None where none does."""
    return next((draft for draft in reversed(drafts) if draft.is_open), None)


def settled(draft: Draft, stage: DraftStage, at: float, by: str = "") -> Draft:
    """Return a draft of which nothing more becomes; what hung on its sending is forgotten.

    Args:
        at: Unix seconds.
        by: name of the human who decided, empty for nobody.
    """
    return replace(
        draft,
        stage=stage,
        settled_at=at,
        settled_by=by or draft.settled_by,
        entries=(),
        effects=(),
        proposals=(),
        proofs=(),
        summary="",
    )


def faded(draft: Draft) -> Draft:
    """Return a settled draft without a word of anybody: that there was one, and what became of it, stays."""
    return replace(draft, text="", said="", sources=(), looked_up=(), proposes=())


def reopened(draft: Draft) -> Draft:
    """Return a draft that was not said although somebody has sent it; they may try again."""
    return replace(draft, stage=DraftStage.OPEN, said="", settled_by="")


def with_draft(drafts: tuple[Draft, ...], changed: Draft) -> tuple[Draft, ...]:
    """Return the newest few with one that is new, or that has changed; the unsettled ones stay in any case."""
    known = any(draft.id == changed.id for draft in drafts)
    all_of_them = tuple(changed if draft.id == changed.id else draft for draft in drafts)
    all_of_them = all_of_them if known else (*all_of_them, changed)
    newest = all_of_them[-KEPT_DRAFTS:]
    return tuple(draft for draft in all_of_them if draft in newest or not draft.is_settled)


NOT_ALLOWED = (
    "Only full members of this workspace who are in this channel can decide on a draft, so nothing has been changed."
)
NOT_OPEN = "This draft is not open any more{why}, so nothing has been changed."
_WHY = {
    DraftStage.SENDING: ": it is being sent{by}",
    DraftStage.SENT: ": it was sent{by}",
    DraftStage.SENT_EDITED: ": it was sent with changes{by}",
    DraftStage.DISCARDED: ": it was discarded{by}",
    DraftStage.SUPERSEDED: ": the customer wrote again, and the next draft answers both",
}


def not_open(draft: Draft | None) -> str:
    """Return what is told to who decides on a draft that somebody has decided on already."""
    known = _WHY.get(draft.stage, "") if draft else ""
    by = f" by {draft.settled_by}" if draft and draft.settled_by else ""
    return NOT_OPEN.format(why=known.format(by=by))
