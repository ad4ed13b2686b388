"""A turn's audit events: who wrote, what the run did, how it ended. Pure, except for the hooks of a run."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from agents import Agent, RunContextWrapper, RunHooks, Tool

from bot.desk.tools.calls import outcome_of
from bot.desk.tools.tool_context import ToolContext
from bot.domain.audit import AuditEvent, Deed
from bot.domain.autonomy import PUBLIC
from bot.domain.events import InboundMessage, kind_of
from bot.domain.proposals import Proposal
from bot.telemetry import metrics
from bot.turn.context import TurnInput, TurnResult

_NAMED = re.compile(r"(^|_)(id|number|amount)$")
_PRIVATE = re.compile(r"phone|card|account|iban|bank")
_SHAPED = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_.:/-]{0,39}")
MOST_DIGITS = 12
"""An argument with more digits may be the number of a card."""


class AuditHooks(RunHooks[ToolContext]):
    """Notes every tool call and transfer of one run."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self._began: dict[str, float] = {}

    async def on_tool_start(self, context: RunContextWrapper[ToolContext], agent: Agent[Any], tool: Tool) -> None:  # noqa: ARG002
        """Remember when a call began."""
        self._began[_call_id(context)] = monotonic()

    async def on_tool_end(
        self, context: RunContextWrapper[ToolContext], agent: Agent[Any], tool: Tool, result: object
    ) -> None:
        """Note a call that ended."""
        began = self._began.pop(_call_id(context), monotonic())
        fault = context.context.faults.get(_call_id(context), {})
        details = {"tool": tool.name, **ids_in(getattr(context, "tool_arguments", "")), **fault}
        seconds = monotonic() - began
        outcome = outcome_of(result)
        metrics.TOOL_CALLS.labels(**metrics.bounded({"tool": tool.name, "outcome": outcome})).inc()
        self.events.append(AuditEvent(Deed.TOOL, outcome, specialist=agent.name, seconds=seconds, details=details))

    async def on_handoff(
        self,
        context: RunContextWrapper[ToolContext],  # noqa: ARG002
        from_agent: Agent[Any],
        to_agent: Agent[Any],
    ) -> None:
        """Note a transfer."""
        self.events.append(AuditEvent(Deed.TRANSFER, to_agent.name, specialist=from_agent.name))


def _call_id(context: RunContextWrapper[ToolContext]) -> str:
    return str(getattr(context, "tool_call_id", ""))


def ids_in(arguments: str) -> dict[str, str]:
    """Return the ids and amounts among a model's arguments (JSON); whatever may be somebody's words stays out."""
    try:
        given = json.loads(arguments or "{}")
    except ValueError:
        return {}
    return {name: str(value) for name, value in given.items() if _is_id(name, value)} if isinstance(given, dict) else {}


def _is_id(name: str, value: object) -> bool:
    if not _NAMED.search(name) or _PRIVATE.search(name) or not isinstance(value, str | int | float):
        return False
    text = str(value)
    digits = sum(character.isdigit() for character in text)
    return 0 < digits <= MOST_DIGITS and bool(_SHAPED.fullmatch(text))


def about(proposal: Proposal) -> Mapping[str, str]:
    """Return the ids and the amount of a proposal."""
    found = {"proposal": proposal.id, "action": proposal.action, "customer": proposal.customer}
    return found | {"subject": proposal.subject} | ({"amount": proposal.amount} if proposal.amount else {})


def account_of(
    waiting: TurnInput, outcome: TurnResult, *, number: int, attempt: int, seconds: float
) -> list[AuditEvent]:
    """Return everything that happened in a turn, in order.

    Args:
        number: of the commit, the same for every attempt; ids derive from it.
        seconds: that this attempt took.
    """
    taken = waiting.messages[: outcome.consumed]
    author = taken[0].author.id if taken else ""
    ends = _decided(outcome) | ({"attempt": str(attempt)} if attempt > 1 else {})
    after = outcome.conversation
    if after.sentiments != waiting.conversation.sentiments:
        ends["sentiment"] = str(after.sentiment)
    turn = AuditEvent(Deed.TURN, outcome.verdict, seconds=seconds, specialist=after.specialist, details=ends)
    events = [*(_wrote(message) for message in taken), *outcome.events, *_moved(waiting, outcome), turn]
    return [
        replace(
            event,
            id=f"{number}.{place}",
            conversation=after.id,
            turn=after.turns,
            at=event.at or waiting.now,
            author=event.author or author,
        )
        for place, event in enumerate(events)
    ]


def _decided(outcome: TurnResult) -> dict[str, str]:
    """Return which rule said how much of the turn reaches the customer."""
    decision = outcome.decision or PUBLIC
    told = {"mode": str(decision.mode), "rule": decision.rule}
    return told | ({"trial": ", ".join(sorted(decision.trial))} if decision.trial else {})


def _wrote(message: InboundMessage) -> AuditEvent:
    return AuditEvent(
        Deed.MESSAGE, kind_of(message), message.author.id, at=message.at, details={"surface": message.surface}
    )


def _moved(waiting: TurnInput, outcome: TurnResult) -> Sequence[AuditEvent]:
    before, after = waiting.conversation.owner, outcome.conversation.owner
    told = any(event.deed is Deed.ESCALATION for event in outcome.events)
    return () if before is after or told else (AuditEvent(Deed.OWNER, f"{before} → {after}"),)
