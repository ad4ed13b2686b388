"""Decides who is told that an effect was given up: those who believe that it was delivered. Pure.

A note on the ticket where one can still be written, else a line in the channel where colleagues decide. What tells of a
failure and fails itself is told nobody: then the dead letter, its metric and the log are what is left.
"""

from collections.abc import Mapping
from typing import assert_never

from bot.domain.capabilities import capabilities_beside, capabilities_of, colleagues_origin, desk_title
from bot.domain.conversation import Conversation
from bot.domain.effects import (
    CloseDraft,
    ContinueInDM,
    EditAnnounced,
    EditMessage,
    Effect,
    OpenTicket,
    PendAnswer,
    PostToChannel,
    PublishDraft,
    Relay,
    Reply,
    SendCode,
    ShowDraft,
    UpdateTicket,
    Whisper,
)
from bot.turn.handoff.note import link_of

TOLD = ":dead"

NOT_READ = (
    "**Not delivered:** {channel} does not take this answer (the channel may be archived, or the app removed), so the "
    "customer has not read it. Please reach them another way."
)
NOT_ANSWERED = "**Not delivered:** the assistant's last answer did not reach the customer.\n\n{text}"
NOT_ASKED = (
    "**Not delivered:** the message about this in {channel} could not be posted, so nobody was asked there. "
    "Please see to it here.\n\n{text}"
)
IN_CHANNEL = "**{what}** Please look after it: {link}{ticket}"

UNANSWERED = "An answer did not reach a customer."
NOT_SHOWN = "An answer waits for somebody to send it, and could not be shown where that is decided."
NOT_HANDED = "A customer could not be handed over to a colleague: {desk} does not take the ticket."
NOT_WRITTEN = "Something that belongs on a ticket could not be written there, a customer's words perhaps."
NOT_CARRIED = "A colleague's words did not reach their customer."
NO_CODE = "A one-time code could not be sent."
NOT_DIRECT = "A customer could not be answered in a direct message."

_Missed = Reply | Relay | OpenTicket | UpdateTicket | PostToChannel | SendCode | ContinueInDM | ShowDraft | PublishDraft
"""What somebody may wait for; that a message was not changed, or nothing whispered, is missed by nobody."""

_UNMISSED = EditMessage | EditAnnounced | CloseDraft | Whisper | PendAnswer

_NOT_DONE: Mapping[type[Effect], str] = {
    Relay: NOT_CARRIED,
    SendCode: NO_CODE,
    ContinueInDM: NOT_DIRECT,
    ShowDraft: NOT_SHOWN,
}


def told_people(
    conversation: Conversation, effect: Effect, channel: str, *, has_helpdesk: bool = True
) -> tuple[Effect, ...]:
    """Return what tells people that an effect was given up; nothing where it concerns nobody.

    Args:
        channel: id of the channel where colleagues decide, empty for none.
    """
    if effect.id.endswith(TOLD) or isinstance(effect, _UNMISSED):
        return ()
    if has_helpdesk and (note := _on_ticket(conversation, effect)):
        return (UpdateTicket(f"{effect.id}{TOLD}", comment=note, source=effect.id),)
    what = _in_words(conversation, effect)
    if not (channel and what):
        return ()
    ticket = f" (ticket #{conversation.ticket_id})" if conversation.ticket_id else ""
    text = IN_CHANNEL.format(what=what, link=link_of(conversation.address), ticket=ticket)
    return (PostToChannel(f"{effect.id}{TOLD}", channel, text, ahead=True),)


def _on_ticket(conversation: Conversation, effect: _Missed) -> str:
    if not conversation.ticket_id:
        return ""
    match effect:
        case Relay():
            return NOT_READ.format(channel=capabilities_of(conversation.id).title)
        case Reply() | PublishDraft():
            is_elsewhere = effect.text and not capabilities_of(conversation.id).is_ticket
            return NOT_ANSWERED.format(text=effect.text) if is_elsewhere else ""
        case PostToChannel():
            return _not_asked(effect)
        case ShowDraft():
            return _not_asked(effect) if effect.channel else ""
        case OpenTicket() | UpdateTicket() | SendCode() | ContinueInDM():
            return ""
    assert_never(effect)


def _not_asked(effect: PostToChannel | ShowDraft) -> str:
    place = capabilities_beside(colleagues_origin() or "").title
    return NOT_ASKED.format(channel=place, text=effect.text)


def _in_words(conversation: Conversation, effect: _Missed) -> str:
    match effect:
        case Reply() | PublishDraft():
            return UNANSWERED if effect.text else ""
        case Relay() | SendCode() | ContinueInDM() | ShowDraft():
            return _NOT_DONE[type(effect)]
        case OpenTicket():
            return NOT_HANDED.format(desk=desk_title())
        case UpdateTicket():
            # Without a ticket its opening has failed before, and that was told.
            return NOT_WRITTEN if conversation.ticket_id else ""
        case PostToChannel():
            return ""
    assert_never(effect)
