"""Holds back what a turn would say to the customer: it becomes a draft, and everything else goes on as always. Pure.

What follows from the words having been said (an offer, a code, what the model remembers) waits in the draft too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from bot.domain.audit import AuditEvent, Deed
from bot.domain.autonomy import Decision, Mode
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Owner
from bot.domain.drafts import Draft, DraftKind, DraftStage, with_draft
from bot.domain.effects import (
    ContinueInDM,
    Effect,
    PendAnswer,
    Reply,
    SendCode,
    ShowDraft,
    UpdateTicket,
    dump_effect,
)
from bot.domain.identity import Proof
from bot.domain.ids import AuthorId, same_person
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnInput, TurnResult
from bot.turn.drafts.closing import about, close
from bot.turn.handoff import summary
from bot.turn.ratings.feedback import asks_what_was_wrong
from bot.turn.ratings.rating import ASKED, is_question

DRAFTED, NOTHING_SAID = "drafted", "nothing said"
ID_LENGTH = 12


@dataclass(frozen=True)
class _Parts:
    """A turn's effects, by whom they reach.

    Args:
        said: the answer, None where there is none.
        after: what reaches the customer beside it.
        others: what goes on.
    """

    said: Reply | None
    after: tuple[Effect, ...]
    others: tuple[Effect, ...]


def hold(outcome: TurnResult, waiting: TurnInput, decision: Decision, channel: str) -> TurnResult:
    """Return the outcome with its words to the customer as a draft.

    Where a human is in charge, or there is nothing to say, there is no draft either; nor where all is silence.

    Args:
        channel: id of the channel where colleagues decide on drafts, empty for the ticket.
    """
    if decision.mode is Mode.SILENT:
        outcome = _left_waiting(outcome)
    parts = _parts_of(outcome.effects)
    if len(parts.others) == len(outcome.effects):
        return outcome
    before, after = waiting.conversation, outcome.conversation
    entries, held = _split(outcome.entries)
    unsaid = replace(_as_if_unsaid(before, after, parts), items=after.items - len(held))
    unheard = _no_answer(outcome.effects)
    events = tuple(event for event in outcome.events if not _is_unasked(event))
    outcome = replace(outcome, conversation=unsaid, entries=entries, effects=parts.others, events=events)
    if parts.said is None or after.owner is Owner.HUMAN or decision.mode is Mode.SILENT:
        return replace(outcome, effects=(*outcome.effects, *unheard), verdict=NOTHING_SAID)
    outcome = replace(outcome, effects=(*outcome.effects, *_taken_back(parts.said)))

    draft = _draft_of(parts, waiting, outcome, after, held, decision, channel)
    outcome = _without_open(outcome, draft)
    event = AuditEvent(Deed.DRAFT, "drafted", specialist=draft.specialist, details=about(draft))
    return replace(
        outcome,
        conversation=replace(outcome.conversation, drafts=with_draft(outcome.conversation.drafts, draft)),
        effects=(*outcome.effects, *_shown(draft, parts.said, waiting, outcome)),
        verdict=DRAFTED if outcome.verdict == "answered" else f"{DRAFTED}: {outcome.verdict}",
        events=(*outcome.events, event),
    )


def _parts_of(effects: Sequence[Effect]) -> _Parts:
    said = [one for one in effects if isinstance(one, Reply) and one.text and not _is_passing(one)]
    after = tuple(one for one in effects if isinstance(one, ContinueInDM | SendCode))
    others = tuple(one for one in effects if not _reaches_customer(one))
    return _Parts(said[-1] if said else None, after, others)


def _left_waiting(outcome: TurnResult) -> TurnResult:
    """Let posts to `/chat` go, so that nobody waits for an answer that nobody gives; people are named as ever."""
    if outcome.conversation.is_with_human:
        return outcome
    effects = tuple(_freed(one) if isinstance(one, Reply) else (one,) for one in outcome.effects)
    return replace(outcome, effects=tuple(one for several in effects for one in several))


def _freed(reply: Reply) -> tuple[Effect, ...]:
    if not reply.answers:
        return (reply,)
    pending = PendAnswer(f"{reply.id}:pending", reply.answers, turn=reply.turn, items=reply.items)
    return (replace(reply, answers=()), pending) if reply.text else (pending,)


def _taken_back(said: Reply) -> tuple[Reply, ...]:
    """What customers have seen of an answer before somebody pulled the brake does not stay."""
    return (Reply(f"{said.id}:back", "", preview=said.preview, status=""),) if said.preview else ()


def _no_answer(effects: Sequence[Effect]) -> tuple[Reply, ...]:
    """What a `/chat` post is answered with where there is nothing to wait for, and what ends a preview."""
    return tuple(
        replace(one, text="", agent="human", buttons=(), status="", ahead=False)
        for one in effects
        if isinstance(one, Reply) and one.text and (one.answers or one.preview)
    )


def _reaches_customer(effect: Effect) -> bool:
    match effect:
        case Reply():
            return bool(effect.text)
        case UpdateTicket():
            # A thanks, or silence, solves a ticket; whoever reads drafts does that here.
            return effect.status == "solved" or is_question(effect)
        case _:
            return isinstance(effect, ContinueInDM | SendCode)


def _is_passing(reply: Reply) -> bool:
    """Whether it is of use at once or not at all: that something takes longer, or how the help, or an answer, was."""
    return reply.ahead or asks_what_was_wrong(reply) or is_question(reply)


def _is_unasked(event: AuditEvent) -> bool:
    """Whether it tells of a question that goes to nobody."""
    return event.deed is Deed.RATING and event.outcome == ASKED


def _split(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return what happened, and what was not said: the words, with the thoughts right before them."""
    happened: list[Entry] = []
    unsaid: list[Entry] = []
    leads_to_words = False
    for entry in reversed(entries):
        is_thought = entry.role is Role.REASONING
        leads_to_words = entry.role is Role.ASSISTANT or (is_thought and leads_to_words)
        (unsaid if leads_to_words else happened).append(entry)
    return tuple(reversed(happened)), tuple(reversed(unsaid))


def _as_if_unsaid(before: Conversation, after: Conversation, parts: _Parts) -> Conversation:
    """Return the conversation without what only the customer's reading of the words would make true."""
    return replace(
        after,
        ours=after.ours if after.is_with_human else before.ours,
        unresolved=min(before.unresolved, after.unresolved),
        reply_times=before.reply_times,
        summary=before.summary,
        warned=before.warned,
        rating_asked=before.rating_asked,
        rating=before.rating,
        answers=before.answers,
        asked_wrong=before.asked_wrong,
        proposals=_without_offers(before, after),
        proofs=_without_codes(before, after, parts.after),
    )


def _offers(before: Conversation, after: Conversation) -> tuple[Proposal, ...]:
    known = {proposal.id for proposal in before.proposals}
    return tuple(one for one in after.proposals if one.id not in known and one.stage is Stage.OFFERED)


def _without_offers(before: Conversation, after: Conversation) -> tuple[Proposal, ...]:
    """An offer that nobody has read takes the place of none."""
    offers = _offers(before, after)
    subjects = {offer.subject for offer in offers}
    open_before = {one.id: one for one in before.proposals if one.is_open and one.subject in subjects}
    return tuple(
        open_before.get(one.id, one) if one.stage is Stage.SUPERSEDED else one
        for one in after.proposals
        if one not in offers
    )


def _without_codes(before: Conversation, after: Conversation, held: Sequence[Effect]) -> tuple[Proof, ...]:
    """A code that was not sent opens nothing; who wrote a wrong one before has still written it."""
    gone = _awaiting(after, held)
    again = [old for old in before.proofs if any(same_person(old.author, proof.author) for proof in gone)]
    return (*(proof for proof in after.proofs if proof not in gone), *again)


def _awaiting(after: Conversation, held: Sequence[Effect]) -> tuple[Proof, ...]:
    """Return the proofs that wait for a code which is held back."""
    codes = {effect.id for effect in held if isinstance(effect, SendCode)}
    return tuple(proof for proof in after.proofs if proof.sending and proof.sending in codes)


def _draft_of(
    parts: _Parts,
    waiting: TurnInput,
    outcome: TurnResult,
    as_said: Conversation,
    held: Sequence[Entry],
    decision: Decision,
    channel: str,
) -> Draft:
    before, said = waiting.conversation, parts.said or Reply("", "")
    offers = _offers(before, as_said)
    return Draft(
        id=sha256(f"{before.id}\0{said.id}".encode()).hexdigest()[:ID_LENGTH],
        text=said.text,
        specialist=as_said.specialist or said.agent,
        at=waiting.now,
        kind=_kind_of(outcome, as_said),
        cause=said.id,
        recipient=AuthorId(said.recipient),
        why=decision.why,
        sources=tuple(summary.titles(outcome.entries)),
        looked_up=tuple(summary.steps(outcome.entries)),
        proposes=tuple(offer.summary for offer in offers),
        channel="" if capabilities_of(before.id).is_ticket else channel,
        entries=tuple(entry.dump() for entry in held),
        effects=_as_stored(said, parts.after),
        proposals=offers,
        proofs=_awaiting(as_said, parts.after),
        summary=as_said.summary,
        helps=as_said.unresolved > before.unresolved,
    )


def _as_stored(said: Reply, after: Sequence[Effect]) -> tuple[str, ...]:
    """A code is made anew when it is sent: no conversation keeps one."""
    beside = [replace(one, code="") if isinstance(one, SendCode) else one for one in after]
    return tuple(map(dump_effect, (replace(said, preview="", disclosure=""), *beside)))


def _kind_of(outcome: TurnResult, as_said: Conversation) -> DraftKind:
    if as_said.is_with_human:
        return DraftKind.HANDOVER
    return DraftKind.ANSWER if outcome.verdict == "answered" else DraftKind.NOTICE


def _without_open(outcome: TurnResult, newer: Draft) -> TurnResult:
    """A newer draft takes the place of an open one: the two are never both to be sent."""
    old = outcome.conversation.draft
    if old is None:
        return outcome
    is_same_place = old.channel == newer.channel
    closed = close(outcome.conversation, old, DraftStage.SUPERSEDED, newer.at, keeps_tags=is_same_place)
    return closed.upon(outcome)


def _shown(draft: Draft, said: Reply, waiting: TurnInput, outcome: TurnResult) -> tuple[Effect, ...]:
    conversation = outcome.conversation
    asked = [entry.text for entry in (*waiting.history, *outcome.entries) if entry.role is Role.USER]
    shown = ShowDraft(
        id=f"{said.id}:draft",
        draft=draft.id,
        text=draft.text,
        channel=draft.channel,
        what=str(draft.kind),
        specialist=draft.specialist,
        customer=conversation.requester_name,
        question=asked[-1] if asked else "",
        sources=draft.sources,
        looked_up=(*draft.looked_up, *_found(outcome.entries)),
        proposes=draft.proposes,
        why=draft.why,
        stamp=said.stamp,
    )
    pending = PendAnswer(f"{said.id}:pending", said.answers, turn=said.turn, items=conversation.items)
    return (shown, *((pending,) if said.answers else ()))


def _found(entries: Sequence[Entry]) -> tuple[str, ...]:
    found = summary.facts(entries)
    return (found,) if found else ()
