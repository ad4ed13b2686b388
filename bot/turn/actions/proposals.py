"""Words what a run offered for the customer, and keeps it as a proposal of the conversation. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from bot.desk.actions.ledger import amount_text
from bot.desk.actions.offers import Needs, OfferCall
from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation
from bot.domain.effects import Button
from bot.domain.events import InboundMessage
from bot.domain.ids import AuthorId, same_person
from bot.domain.proposals import CONFIRM, DECLINE, KEPT, Proposal, Stage
from bot.mail.own_words import own_words
from bot.turn.audit import about
from bot.turn.context import Batch, TurnInput
from bot.turn.texts import reworded, say

AFTER = {Needs.REASON: "offer.after_reason", Needs.HUMAN: "offer.after_human"}
"""The sentence behind an offer of which a yes is not all that it needs."""

WORDS_CHARS = 600


@dataclass(frozen=True)
class Shown:
    """A conversation with its new offers, and what the customer sees of them."""

    conversation: Conversation
    text: str
    buttons: tuple[Button, ...]
    events: tuple[AuditEvent, ...] = ()


def show(
    waiting: TurnInput, asked: Batch, offers: Sequence[OfferCall], texts_of_desk: Sequence[Mapping[str, str]] = ()
) -> Shown:
    """Keep the run's offers and word them; a newer offer on the same thing takes the place of the older one.

    Where the run offered nothing, what still waits for the author is said again.
    """
    if not offers:
        return remind(waiting, asked)
    conversation = waiting.conversation
    language = conversation.spoken
    texts: dict[str, str] = {}
    fresh: dict[str, Proposal] = {}
    for number, made in enumerate(offers):
        subject = made.offer.subject
        if (deciding := _awaiting_human(conversation, subject)) is not None:
            texts[subject] = say("offer.already", language, summary=deciding.told)
            continue
        proposal = fresh[subject] = _worded(_proposal(waiting, asked, made, number), language, texts_of_desk)
        conversation = added(conversation, proposal)
        after = say(AFTER[made.ruling.needs], language) if made.ruling.needs in AFTER else ""
        texts[subject] = say("offer.ask", language, summary=proposal.told, after=after)
    new = list(fresh.values())
    events = [
        AuditEvent(Deed.PROPOSAL, "offered", proposal.author, conversation.specialist, details=about(proposal))
        for proposal in new
    ]
    return Shown(conversation, "\n\n".join(texts.values()), buttons_of(new, language), tuple(events))


def remind(waiting: TurnInput, asked: Batch, besides: str = "") -> Shown:
    """Say again what waits for the author, so that a later yes answers that and nothing said in between.

    Args:
        besides: id of a proposal that needs no reminding.
    """
    conversation = waiting.conversation
    language = conversation.spoken
    author = asked.requester.author.id
    waits = [one for one in conversation.proposals if _waits_for(author, one, waiting.now) and one.id != besides]

    offered = [proposal for proposal in waits if proposal.stage is Stage.OFFERED]
    lacking = [proposal for proposal in waits if proposal.stage is Stage.REASON]
    texts = [say("offer.ask_again", language, summary=proposal.told) for proposal in offered]
    texts += [say("offer.reason_again", language, summary=proposal.told) for proposal in lacking]
    return Shown(conversation, "\n\n".join(texts), buttons_of(offered, language))


def _waits_for(author: AuthorId, proposal: Proposal, now: float) -> bool:
    return not proposal.expired(now) and same_person(proposal.author, author)


def marked(conversation: Conversation, changed: Proposal) -> Conversation:
    """Return the conversation with the proposal as it is now."""
    kept = tuple(changed if proposal.id == changed.id else proposal for proposal in conversation.proposals)
    return replace(conversation, proposals=kept)


def added(conversation: Conversation, proposal: Proposal) -> Conversation:
    """Return the conversation with one more offer; what the customer had not answered on the same thing is over."""
    kept = [
        replace(old, stage=Stage.SUPERSEDED)
        if old.subject == proposal.subject and old.stage in {Stage.OFFERED, Stage.REASON}
        else old
        for old in conversation.proposals
        if old.id != proposal.id
    ]
    closed = [old for old in kept if not old.is_open][-KEPT:]
    kept = [old for old in kept if old.is_open or old in closed]
    return replace(conversation, proposals=(*kept, proposal))


def buttons_of(proposals: Sequence[Proposal], language: str) -> tuple[Button, ...]:
    """Return a yes and a no for each; with several, each names its thing."""
    buttons: list[Button] = []
    for proposal in proposals:
        yes = say("offer.yes_button", language)
        no = say("offer.no_button", language)
        if len(proposals) > 1:
            yes = say("offer.several_button", language, answer=yes, summary=proposal.told)
            no = say("offer.several_button", language, answer=no, summary=proposal.told)
        buttons.append(Button(CONFIRM, yes, proposal.id, "primary"))
        buttons.append(Button(DECLINE, no, proposal.id))
    return tuple(buttons)


def _proposal(waiting: TurnInput, asked: Batch, made: OfferCall, number: int) -> Proposal:
    assert asked.customer is not None  # noqa: S101 (actions run for verified customers alone)
    conversation, cause = waiting.conversation, asked.lines[-1]
    parts = (conversation.id, cause.id, str(number), made.action, made.arguments, made.offer.summary)
    return Proposal(
        id=sha256("\0".join(parts).encode()).hexdigest()[:20],
        action=made.action,
        arguments=made.arguments,
        author=cause.author.id,
        customer=asked.customer.id,
        subject=made.offer.subject,
        summary=made.offer.summary,
        afterwards=made.offer.afterwards,
        amount=amount_text(made.offer),
        at=waiting.now,
        words=words_of(asked.lines),
        note=made.offer.note[:WORDS_CHARS],
    )


def _worded(proposal: Proposal, language: str, texts_of_desk: Sequence[Mapping[str, str]]) -> Proposal:
    """What the customer reads of it is said in their language; approvers and the books keep the English one."""
    summary = reworded(proposal.summary, language, texts_of_desk)
    afterwards = reworded(proposal.afterwards, language, texts_of_desk)
    return replace(proposal, worded="" if summary == proposal.summary else summary, afterwards=afterwards)


def words_of(batch: Sequence[InboundMessage]) -> str:
    """Return what the lines say in their author's own words, as much of it as is kept."""
    return own_words("\n".join(line.text for line in batch))[:WORDS_CHARS]


def _awaiting_human(conversation: Conversation, subject: str) -> Proposal | None:
    waiting = (p for p in conversation.proposals if p.subject == subject and p.stage is Stage.APPROVAL)
    return next(waiting, None)
