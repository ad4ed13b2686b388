"""Ends drafts on which nobody decided: superseded by a newer line, closed by a human's own answer, ignored. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation, Owner
from bot.domain.drafts import (
    DISCARD_TAG,
    DRAFT_TAG,
    SEND_TAG,
    Draft,
    DraftKind,
    DraftStage,
    faded,
    settled,
    with_draft,
)
from bot.domain.effects import CloseDraft, Effect, with_ticket_number
from bot.domain.events import (
    ChannelGone,
    CloseOrdered,
    CustomerMessage,
    InboundMessage,
    StaffComment,
    TicketDeleted,
    TicketUpdated,
)
from bot.domain.transcript import Entry, Role
from bot.turn.context import TurnInput, TurnResult
from bot.turn.deadlines import Timer
from bot.turn.drafts.outcome import outcome_of
from bot.turn.handoff.human_agents import DONE

TAGS = (DRAFT_TAG, SEND_TAG, DISCARD_TAG)


@dataclass(frozen=True)
class Closed:
    """A conversation in which a draft is settled, and what follows from it."""

    conversation: Conversation
    effects: tuple[Effect, ...]
    event: AuditEvent

    def upon(self, outcome: TurnResult) -> TurnResult:
        """Return what a turn decided with this beside it."""
        return replace(
            outcome,
            conversation=replace(outcome.conversation, drafts=self.conversation.drafts),
            effects=(*outcome.effects, *self.effects),
            events=(*outcome.events, self.event),
        )


def close(
    conversation: Conversation, draft: Draft, stage: DraftStage, at: float, by: str = "", *, keeps_tags: bool = False
) -> Closed:
    """Return the conversation with the draft settled; its card, or the ticket's tags, say so.

    Args:
        at: Unix seconds.
        by: name of the human who decided, empty for nobody.
        keeps_tags: whether another draft stands on the same ticket.
    """
    done = settled(draft, stage, at, by)
    text = with_ticket_number(draft.worded, conversation.ticket_id)
    shown = CloseDraft(f"draft:{draft.id}:closed", draft.id, str(stage), draft.channel, text, done.settled_by, TAGS)
    details = {**about(draft), **({"by": done.settled_by} if done.settled_by else {})}
    return Closed(
        replace(conversation, drafts=with_draft(conversation.drafts, done)),
        () if keeps_tags and not draft.channel else (shown,),
        AuditEvent(Deed.DRAFT, str(stage), specialist=draft.specialist, details=details),
    )


def about(draft: Draft) -> dict[str, str]:
    """Return what the audit tells of a draft."""
    return {"draft": draft.id, "kind": str(draft.kind)}


def follow(waiting: TurnInput, outcome: TurnResult) -> TurnResult:
    """Return the outcome with the draft from before it settled, where the turn leaves nothing to decide on it."""
    draft = outcome.conversation.draft
    known = {old.id for old in waiting.conversation.drafts}
    if draft is None or draft.id not in known or not waiting.messages:
        return outcome
    first = waiting.messages[0]
    stage = _what_became(draft, first, outcome, waiting.conversation)
    if stage is None:
        return outcome
    by = first.author.name if stage not in {DraftStage.SUPERSEDED, DraftStage.IGNORED} else ""
    return close(outcome.conversation, draft, stage, waiting.now, by).upon(outcome)


def ignored(waiting: TurnInput) -> TurnResult:
    """Nobody has decided on the open draft in time."""
    conversation = waiting.conversation
    draft = conversation.draft
    outcome = TurnResult(conversation, 0, verdict=Timer.DRAFT)
    return close(conversation, draft, DraftStage.IGNORED, waiting.now).upon(outcome) if draft else outcome


def words_gone(conversation: Conversation, until: float) -> Conversation:
    """Return the conversation whose settled drafts from before then have no words any more.

    Args:
        until: Unix seconds.
    """
    drafts = tuple(faded(one) if one.is_settled and one.at <= until else one for one in conversation.drafts)
    return replace(conversation, drafts=drafts)


def without_open(conversation: Conversation, stage: DraftStage) -> Conversation:
    """Return the conversation with its open draft settled, and nothing that follows from it."""
    draft = conversation.draft
    if draft is None:
        return conversation
    return replace(conversation, drafts=with_draft(conversation.drafts, settled(draft, stage, draft.at)))


def _what_became(draft: Draft, first: InboundMessage, outcome: TurnResult, before: Conversation) -> DraftStage | None:
    match first:
        case StaffComment():
            return _graded(draft, outcome)
        case CustomerMessage():
            return _graded(draft, outcome) or (DraftStage.SUPERSEDED if _is_overtaken(draft, outcome) else None)
        case TicketUpdated():
            return DraftStage.IGNORED if _is_newly_done(before, first) else None
        case TicketDeleted() | ChannelGone():
            return DraftStage.IGNORED
        case CloseOrdered():
            return DraftStage.IGNORED if outcome.conversation.owner is not before.owner else None
    return None


def _graded(draft: Draft, outcome: TurnResult) -> DraftStage | None:
    """What a human's own words to the customer, if the turn took any in, make of the draft."""
    said = [entry.text for entry in outcome.entries if entry.role is Role.HUMAN and entry.author]
    if not said:
        return None
    return outcome_of(with_ticket_number(draft.text, outcome.conversation.ticket_id), "\n".join(said))


def _is_overtaken(draft: Draft, outcome: TurnResult) -> bool:
    """Whether the customer wrote on; what tells them of people who have it is as right after their line as before."""
    still_holds = draft.kind is DraftKind.HANDOVER and outcome.conversation.owner is Owner.ESCALATED
    return _wrote(outcome.entries) and not still_holds


def _wrote(entries: Sequence[Entry]) -> bool:
    return any(entry.role is Role.USER and not entry.is_by_machine for entry in entries)


def _is_newly_done(before: Conversation, news: TicketUpdated) -> bool:
    was_done = before.ticket is not None and before.ticket.status in DONE
    return news.ticket.status in DONE and not was_done
