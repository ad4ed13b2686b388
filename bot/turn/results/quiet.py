"""Results with which nobody says anything to the customer. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.events import CustomerMessage
from bot.domain.transcript import BY_MACHINE, Entry, Role
from bot.telemetry import metrics
from bot.turn.context import Batch, TurnInput, TurnResult
from bot.turn.handoff.human_agents import OwnerChange
from bot.turn.results.finish import finished, no_reply


def silent(waiting: TurnInput, asked: Batch, why: str) -> TurnResult:
    """Nobody says anything."""
    return finished(waiting, waiting.conversation, asked, asked.entries, (), no_reply(asked), why)


def by_machine(waiting: TurnInput, batch: Sequence[CustomerMessage]) -> TurnResult:
    """A machine wrote: it is kept for people to see, and moves nothing; no model reads it."""
    entries = []
    for line in batch:
        metrics.MACHINES.labels(kind=line.machine).inc()
        entries.append(Entry(Role.USER, line.text, line.at, BY_MACHINE, name=line.author.name))
    before = waiting.conversation
    conversation = replace(before, items=before.items + len(entries))
    return TurnResult(conversation, len(batch), tuple(entries), verdict="by a machine")


def followed(waiting: TurnInput, result: OwnerChange) -> TurnResult:
    """People moved the conversation."""
    conversation = replace(result.conversation, items=waiting.conversation.items + len(result.entries))
    return TurnResult(conversation, 1, result.entries, result.effects, result.verdict, events=result.events)
