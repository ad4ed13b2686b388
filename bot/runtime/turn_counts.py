"""Counts what a committed turn was for its customer: a new conversation, a first response, a human's first words."""

from collections.abc import Iterable

from bot.domain.conversation import Owner
from bot.domain.events import CustomerMessage
from bot.domain.transcript import Entry, Role
from bot.telemetry import metrics
from bot.telemetry.audit_counts import channel_of
from bot.turn.audit import UNSAID
from bot.turn.context import TurnInput, TurnResult

BOT, HUMAN = "bot", "human"


def count_turn(waiting: TurnInput, outcome: TurnResult) -> None:
    """Count a turn after its commit."""
    channel = channel_of(waiting.conversation.id)
    taken = waiting.messages[: outcome.consumed]
    if not waiting.conversation.turns and any(isinstance(message, CustomerMessage) for message in taken):
        metrics.CONVERSATIONS.labels(**metrics.bounded({"channel": channel})).inc()
    _count_response(waiting, outcome, channel)


def _count_response(waiting: TurnInput, outcome: TurnResult, channel: str) -> None:
    human = next((entry for entry in outcome.entries if entry.role is Role.HUMAN and entry.author), None)
    if human:
        _count_human(waiting, human, channel)
    elif _is_said(outcome) and not _has(waiting.history, Role.ASSISTANT):
        answer = next((entry for entry in outcome.entries if entry.role is Role.ASSISTANT), None)
        _observe(BOT, channel, answer, [*waiting.history, *outcome.entries])


def _is_said(outcome: TurnResult) -> bool:
    return outcome.is_answer and not outcome.verdict.startswith(UNSAID)


def _count_human(waiting: TurnInput, human: Entry, channel: str) -> None:
    if not _has(waiting.history, Role.HUMAN):
        _observe(HUMAN, channel, human, waiting.history)
    escalation = waiting.conversation.escalation
    if waiting.conversation.owner is Owner.ESCALATED and escalation and escalation.at:
        metrics.TIME_TO_HUMAN_SECONDS.labels(channel=channel).observe(max(0.0, human.at - escalation.at))


def _observe(by: str, channel: str, answer: Entry | None, entries: Iterable[Entry]) -> None:
    asked = next((entry for entry in entries if entry.role is Role.USER), None)
    if answer and asked:
        seconds = max(0.0, answer.at - asked.at)
        metrics.FIRST_RESPONSE_SECONDS.labels(channel=channel, by=by).observe(seconds)


def _has(entries: Iterable[Entry], role: Role) -> bool:
    return any(entry.role is role for entry in entries)
