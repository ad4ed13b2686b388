"""Handles a human agent's decision on a draft: who may decide, and that it happens once however many press."""

from dataclasses import replace

from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Owner
from bot.domain.drafts import DISCARD_TAG, NOT_ALLOWED, SEND_TAG, Draft, DraftStage, not_open, with_draft
from bot.domain.effects import Effect, PublishDraft, Reply, UpdateTicket, Whisper, load_effect, with_ticket_number
from bot.domain.errors import TemporaryFailure
from bot.domain.events import DraftDecided
from bot.domain.ports import Profile
from bot.domain.proposals import CONFIRM, DECLINE
from bot.turn.context import TurnResult
from bot.turn.drafts.closing import about, close
from bot.turn.drafts.published import publication_id, stands_in, words_said
from bot.turn.stages.customer import awake
from bot.turn.turn_context import Incoming

SEND, DISCARD = "send", "discard"


async def decided(incoming: Incoming) -> TurnResult:
    """Send or discard a draft, as far as it is this person's to decide and still open.

    Raises:
        TemporaryFailure: no decision is lost because a vendor does not say for a moment whose it is.
    """
    event = incoming.only(DraftDecided)
    profile = await incoming.deps.directory.profile(event)
    if profile.unread:
        raise TemporaryFailure("it is not known who decided")
    if not await _may_decide(incoming, event, profile):
        return _in_vain(incoming, event, NOT_ALLOWED, "decision ignored")
    draft = _open_draft(incoming.conversation, event)
    if draft is None:
        known = next((one for one in incoming.conversation.drafts if one.id == event.draft), None)
        return _in_vain(incoming, event, not_open(known), "draft not open")
    return _done(incoming, event, draft, profile.name or event.author.name or event.author.id)


def _done(incoming: Incoming, event: DraftDecided, draft: Draft, by: str) -> TurnResult:
    conversation = incoming.conversation
    if event.action == DISCARD:
        closed = close(conversation, draft, DraftStage.DISCARDED, incoming.waiting.now, by)
        off = _tag_off(conversation, event) if draft.channel else ()
        return closed.upon(TurnResult(conversation, 1, effects=off, verdict="draft discarded"))
    if event.action != SEND:
        return TurnResult(conversation, 1, verdict="decision ignored")
    if any(message.is_said_by_customer for message in incoming.waiting.messages[1:]):
        # The next turn answers both: the draft is no answer to what they wrote at the same moment.
        overtaken = replace(draft, stage=DraftStage.SUPERSEDED)
        return _in_vain(incoming, event, not_open(overtaken), "customer wrote meanwhile")
    return _sent(incoming, event, draft, by)


async def _may_decide(incoming: Incoming, event: DraftDecided, profile: Profile) -> bool:
    """Any human agent by a tag; on a card any full member of the installing workspace who is in that channel."""
    if capabilities_of(event.surface).is_ticket:
        return event.staff
    channel = incoming.deps.drafts_channel
    in_place = bool(channel) and event.channel == channel
    return in_place and profile.is_member and await incoming.deps.directory.is_in(channel, event.author.id)


def _open_draft(conversation: Conversation, event: DraftDecided) -> Draft | None:
    """The one that was decided on, while it is open; a newer one was not seen by whoever decided.

    A tag that was set while none was open names none: what waits before it in the queue may make one.
    """
    newest = conversation.draft
    return newest if newest and newest.id == event.draft else None


def _sent(incoming: Incoming, event: DraftDecided, draft: Draft, by: str) -> TurnResult:
    """The answer goes out; what it makes true follows once the customer has it."""
    conversation = incoming.conversation
    if conversation.owner is Owner.IDLE_CLOSED:
        conversation = awake(conversation)
    shown = with_ticket_number(draft.text, conversation.ticket_id).strip()
    is_edited = bool(event.text.strip()) and event.text.strip() != shown
    sending = replace(
        draft,
        stage=DraftStage.SENDING,
        said=event.text.strip() if is_edited else "",
        settled_by=by,
        sending=event.id,
    )
    details = {**about(draft), "by": by}
    return TurnResult(
        replace(conversation, drafts=with_draft(conversation.drafts, sending)),
        1,
        effects=(_publication(conversation, sending, event), *(_tag_off(conversation, event) if draft.channel else ())),
        verdict="draft sending",
        events=(AuditEvent(Deed.DRAFT, "sending", event.author.id, draft.specialist, details=details),),
    )


def _publication(conversation: Conversation, draft: Draft, event: DraftDecided) -> PublishDraft:
    reply = next(one for one in map(load_effect, draft.effects) if isinstance(one, Reply))
    offers = (*conversation.proposals, *draft.proposals)  # one that it says again is the conversation's already
    cut = {offer.id for offer in offers if not stands_in(offer.told, draft)}
    return PublishDraft(
        id=publication_id(draft),
        draft=draft.id,
        text=draft.worded,
        decision=event.id,
        agent=reply.agent,
        recipient=reply.recipient,
        buttons=tuple(
            button for button in reply.buttons if button.action not in {CONFIRM, DECLINE} or button.value not in cut
        ),
        answers=reply.answers,
        status=reply.status,
        stamp=event.stamp or reply.stamp,
        turn=conversation.turns,
        items=conversation.items + words_said(draft),
        questions=reply.questions,
    )


def _in_vain(incoming: Incoming, event: DraftDecided, why: str, verdict: str) -> TurnResult:
    """Nothing happens: a tag does not stay, and who pressed a button is told why, alone."""
    conversation = incoming.conversation
    effects: tuple[Effect, ...] = ()
    if not capabilities_of(event.surface).is_ticket:
        told = Whisper(f"{event.id}:told", event.channel, event.author.id, why, event.at, event.answer_at)
        effects = (told,) if event.channel else ()
    else:
        effects = _tag_off(conversation, event)
    return TurnResult(conversation, 1, effects=effects, verdict=verdict)


def _tag_off(conversation: Conversation, event: DraftDecided) -> tuple[Effect, ...]:
    """A tag that has decided does not stay, to decide on a later draft; where a card is closed, nothing else does."""
    if not (capabilities_of(event.surface).is_ticket and conversation.ticket_id):
        return ()
    tags = (SEND_TAG,) if event.action == SEND else (DISCARD_TAG,)
    return (UpdateTicket(f"{event.id}:tag", remove_tags=tags, source=event.id),)
