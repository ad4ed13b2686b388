"""Takes in what became of a draft's delivery: whether it was shown, and whether what a human has sent was said. Pure.

What the customer has read stands in the transcript, its offers are real, its codes go out. What was not said, because
the customer wrote at the same moment or a vendor refused it, leaves no trace in the history.
"""

from dataclasses import replace

from bot.domain.conversation import Conversation
from bot.domain.drafts import SEND_TAG, Draft, DraftStage, reopened, with_draft
from bot.domain.effects import Effect, Reply, SendCode, UpdateTicket, load_effect
from bot.domain.identity import Proof, locked, new_code
from bot.domain.ids import same_person
from bot.domain.transcript import Entry, load_entry
from bot.turn.actions.proposals import added
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.disclosure import shown_in
from bot.turn.drafts.closing import close
from bot.turn.ratings import feedback

DONE = "done"
OVERTAKEN = frozenset({"withheld", "withdrawn"})
"""How its delivery ends where the customer wrote meanwhile, or has deleted what they asked."""


def has_news(conversation: Conversation) -> bool:
    """Return whether `news` has something to tell."""
    return _ended(conversation) is not None or _unseen(conversation) is not None


def news(waiting: TurnInput, disclosure: str = "") -> TurnResult | None:
    """Return what follows from the end of a draft's delivery, None where none has ended.

    Args:
        disclosure: what was said before it where it was the bot's first message.
    """
    conversation = waiting.conversation
    if hidden := _unseen(conversation):
        closed = close(conversation, hidden, DraftStage.SUPERSEDED, waiting.now)
        return closed.upon(TurnResult(conversation, 0, verdict="draft superseded"))
    draft = _ended(conversation)
    if draft is None:
        return None
    how = conversation.facts.published(draft.sending)
    if how == DONE:
        return _said(waiting, draft, disclosure)
    if how in OVERTAKEN:
        closed = close(conversation, draft, DraftStage.SUPERSEDED, waiting.now)
        return closed.upon(TurnResult(conversation, 0, verdict="draft superseded"))
    return _not_said(conversation, draft)


def _ended(conversation: Conversation) -> Draft | None:
    """An operator may have had a delivery tried again that was given up: it is said after all."""
    return next(
        (
            draft
            for draft in conversation.drafts
            if not draft.is_settled
            and (how := conversation.facts.published(draft.sending))
            and (how == DONE or draft.stage is DraftStage.SENDING)
        ),
        None,
    )


def _unseen(conversation: Conversation) -> Draft | None:
    """Return the open draft that nobody was shown: there is nothing to decide on it."""
    draft = conversation.draft
    return draft if draft and conversation.facts.unseen(draft.id) else None


def _not_said(conversation: Conversation, draft: Draft) -> TurnResult:
    """People may try again, on a ticket by setting the tag anew; why it was not said is told where they read it."""
    again = replace(conversation, drafts=with_draft(conversation.drafts, reopened(draft)))
    is_on_ticket = bool(conversation.ticket_id) and not draft.channel
    off = UpdateTicket(f"{draft.sending}:tag", remove_tags=(SEND_TAG,), source=draft.sending)
    return TurnResult(again, 0, effects=(off,) if is_on_ticket else (), verdict="draft not sent")


def words_said(draft: Draft) -> int:
    """Return how many entries the transcript grows by."""
    return 1 if draft.said else len(draft.entries)


def publication_id(draft: Draft) -> str:
    """Return the id of the effect that says it."""
    return f"draft:{draft.id}"


def _said(waiting: TurnInput, draft: Draft, disclosure: str) -> TurnResult:
    before, now = waiting.conversation, waiting.now
    entries = _entries(before, draft, now)
    if before.disclosed == publication_id(draft):
        entries = shown_in(entries, disclosure)
    conversation = before
    for proposal in draft.proposals:
        if stands_in(proposal.told, draft):
            conversation = added(conversation, replace(proposal, at=now))
    codes, proofs = _codes_anew(draft, now)
    conversation = replace(
        conversation,
        ours=True,
        unresolved=before.unresolved + (1 if draft.helps else 0),
        reply_times=(*before.reply_times, now),
        summary=draft.summary or before.summary,
        proofs=(*_of_others(before, proofs), *proofs),
        items=before.items + len(entries),
        active_at=now,
    )
    for effect in map(load_effect, draft.effects):
        conversation = feedback.awaiting(conversation, effect, now) if isinstance(effect, Reply) else conversation
    stage = DraftStage.SENT_EDITED if draft.said else DraftStage.SENT
    outcome = TurnResult(conversation, 0, entries, codes, f"draft {stage.value}")
    return close(conversation, draft, stage, now).upon(outcome)


def stands_in(offer: str, draft: Draft) -> bool:
    """Return whether an offer is still made in what was sent: who cuts it out of the words does not make it."""
    return not draft.said or " ".join(offer.split()) in " ".join(draft.said.split())


def _entries(conversation: Conversation, draft: Draft, now: float) -> tuple[Entry, ...]:
    if draft.said:
        return spoken(replace(conversation, specialist=draft.specialist), draft.said, now)
    return tuple(replace(load_entry(text), at=now) for text in draft.entries)


def _codes_anew(draft: Draft, now: float) -> tuple[tuple[Effect, ...], tuple[Proof, ...]]:
    """Codes count from their sending on, and are made then; the rest of what waited goes as it is."""
    effects: list[Effect] = []
    proofs = list(draft.proofs)
    for effect in map(load_effect, draft.effects):
        if isinstance(effect, Reply):
            continue
        if isinstance(effect, SendCode):
            code = new_code()
            proofs = [
                replace(one, lock=locked(one.author, code), at=now) if one.sending == effect.id else one
                for one in proofs
            ]
            effects.append(replace(effect, code=code if effect.email else "", at=now))
        else:
            effects.append(effect)
    return tuple(effects), tuple(proofs)


def _of_others(before: Conversation, proofs: tuple[Proof, ...]) -> tuple[Proof, ...]:
    return tuple(old for old in before.proofs if not any(same_person(old.author, one.author) for one in proofs))
