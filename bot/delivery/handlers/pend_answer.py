"""Tells who waits for an answer in the same request that it comes later; settled with the outbox, in the own store."""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, SentAgain
from bot.domain.effects import PendAnswer


class PendAnswerHandler(SentAgain):
    """Lets the waiting posts go."""

    recovery: ClassVar = Recovery.IDEMPOTENT

    async def send(self, outgoing: Outgoing, effect: PendAnswer) -> Delivered:  # noqa: ARG002
        """Answer that the answer is pending; the real one takes its place once it is there."""
        answer = {"pending": True, "response": "", "agent": "", "turn": effect.turn, "chat_length": effect.items}
        return Delivered(answer=answer, answers=effect.answers)
