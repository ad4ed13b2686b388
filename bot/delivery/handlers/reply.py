"""Delivers the bot's answer: in the customer's thread, on the ticket, or to `/chat`.

In a thread it is found again by the effect id in the message's `metadata`, on a ticket by the one in the audits'
`metadata.custom`. What `/chat` waits for is settled with the outbox, in one script of the own store.
"""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, needed
from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.effects import PublishDraft, Reply, with_ticket_number
from bot.domain.errors import THREAD_GONE, NotFound
from bot.domain.facts import Facts, OfferShown
from bot.domain.ids import MessageRef
from bot.domain.proposals import CONFIRM


class ReplyHandler:
    """Answers the customer."""

    recovery: ClassVar = Recovery.READ_BACK

    async def send(self, outgoing: Outgoing, effect: Reply) -> Delivered:
        """Say it where the conversation is; words that are empty settle a turn and go nowhere."""
        reply = replace(effect, text=with_ticket_number(effect.text, outgoing.held.conversation.ticket_id))
        began = outgoing.ports.clock.now()
        if not reply.text:
            await _taken_back(outgoing, reply)
            return _to_waiting(reply, began)

        can = capabilities_of(outgoing.held.id)
        if can.waits_for_answer:
            return _to_waiting(reply, began)
        said = await (_on_ticket if can.is_ticket else _in_thread)(outgoing, reply, began)
        return replace(said, facts=said.facts | undisclosed(reply, said.outcome))

    async def find(self, outgoing: Outgoing, effect: Reply) -> Delivered | None:
        """Look for it in the thread or on the ticket."""
        sent_at = outgoing.stored.intent_at
        can = capabilities_of(outgoing.held.id)
        if can.waits_for_answer:
            return None
        if can.is_ticket:
            return Delivered(_offered(effect, sent_at)) if await outgoing.is_on_ticket() else None
        ts = await outgoing.ts_in_thread(effect.questions)
        if not ts:
            return None
        if effect.preview and not effect.preview.endswith(ts):  # this turn showed that it works on what was answered
            await _taken_back(outgoing, effect)
        return Delivered(_offered(effect, sent_at, _message(outgoing, ts)))


def undisclosed(effect: Reply | PublishDraft, outcome: str) -> Facts:
    """Return that the customer was not told that an AI assistant writes, where this was to say so and was not said."""
    return Facts.left_undisclosed(effect.id) if effect.disclosure and outcome != "done" else Facts()


async def _taken_back(outgoing: Outgoing, reply: Reply) -> None:
    """Take away what was shown of an answer that is not given."""
    if reply.preview and capabilities_of(outgoing.held.id).has_threads:
        await needed(outgoing.channel).take_back(outgoing.held.conversation, reply.preview)


def _to_waiting(reply: Reply, began: float) -> Delivered:
    answer = {"response": reply.said, "agent": reply.agent, "turn": reply.turn, "chat_length": reply.items}
    return Delivered(_offered(reply, began), answer, reply.answers)


async def _in_thread(outgoing: Outgoing, reply: Reply, began: float) -> Delivered:
    ts = await _posted(outgoing, reply)
    if not ts:
        return Delivered(Facts.left_unsaid(reply.text), outcome="withdrawn")
    return Delivered(_offered(reply, began, _message(outgoing, ts)))


async def _posted(outgoing: Outgoing, reply: Reply) -> str:
    """Say it in the thread; return an empty `ts` where its question was deleted, and nothing is said.

    Slack posts a reply to a message that is gone into the channel, for all to read.
    """
    held = outgoing.held
    channel = needed(outgoing.channel)
    if reply.questions and set(reply.questions) <= set(await outgoing.ports.deleted(held)):
        await channel.take_back(held.conversation, reply.preview)
        return ""

    try:
        return await channel.reply(held.conversation, replace(reply, text=reply.said, disclosure=""))
    except NotFound as error:
        if error.code != THREAD_GONE:
            raise
        return ""


async def _on_ticket(outgoing: Outgoing, reply: Reply, began: float) -> Delivered:
    said = await needed(outgoing.ports.tickets).reply(outgoing.held, reply)
    if said.facts.unsent:
        return Delivered(said.facts, outcome=said.outcome)
    return Delivered(said.facts | _offered(reply, began), outcome=said.outcome)


def _message(outgoing: Outgoing, ts: str) -> MessageRef:
    """Return `CHANNEL:TS` of a message in the conversation's thread; empty where no message is changed afterwards."""
    if not capabilities_of(outgoing.held.id).edits:
        return MessageRef("")
    return MessageRef.of(outgoing.held.conversation.address.thread.channel, ts)


def _offered(reply: Reply, at: float, message: MessageRef | None = None) -> Facts:
    """When, and in which message, the offers of a reply reached the customer: a yes counts from then on.

    Args:
        at: Unix seconds just before it was sent; nobody can have answered earlier.
        message: `CHANNEL:TS`; the vendor times the yes by the clock that it times a new message by; ours may be ahead.
    """
    if message and not reply.preview:
        at = min(at, float(message.ts))
    shown = OfferShown(at, message or MessageRef())
    offers = [button.value for button in reply.buttons if button.action == CONFIRM]
    return Facts.was_shown(offers, shown)
