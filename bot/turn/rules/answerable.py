"""Leaves tickets alone that are not the bot's: it answers new ones that nobody took, and those it was given."""

from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.tickets import Ticket
from bot.turn.context import MessageLimits, TurnResult
from bot.turn.turn_context import TurnContext

UNANSWERED_CHANNELS = frozenset(
    {
        "chat",
        "messaging",
        "native_messaging",
        "any_channel",
        "sunshine_conversations_api",
        "voice",
        "phone",
        "line",
        "whatsapp",
        "instagram_dm",
        "facebook",
        "twitter",
        "answer_bot_for_web_widget",
    }
)
"""Zendesk channels whose customers would never see a public API comment, or are talking to people already.
https://developer.zendesk.com/documentation/ticketing/reference-guides/via-types/"""


async def leave_alone(ctx: TurnContext) -> TurnResult | None:
    """Be silent on a ticket that is somebody else's to answer."""
    if is_answered(ctx.conversation, ctx.limits):
        return None
    return ctx.silent("ticket is not ours to answer")


def is_answered(conversation: Conversation, limits: MessageLimits) -> bool:
    """Return whether the bot may answer: always in Slack and `/chat`, on tickets by the contract's rule.

    A ticket that the bot has answered or was given stays its own until a human takes it, and again once they give it
    back, although it may then still be assigned to them.
    """
    if not capabilities_of(conversation.id).is_ticket or conversation.ours:
        return True
    return conversation.ticket is not None and is_ours_to_answer(conversation.ticket, limits)


def is_ours_to_answer(ticket: Ticket, limits: MessageLimits) -> bool:
    """Return whether a ticket nobody has answered yet is one the bot takes.

    Zendesk's times have whole seconds: what was created in the second of connecting counts as created after it.
    """
    return (
        ticket.created_at >= int(limits.connected_at)
        and ticket.submitted_by_customer
        and not ticket.assignee_id
        and (not ticket.group_id or ticket.answer_group)
        and ticket.via.lower() not in UNANSWERED_CHANNELS
        and ticket.status not in {"solved", "closed"}
    )
