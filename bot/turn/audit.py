"""A turn's audit events: who wrote, what the run did, how it ended. Pure, except for the hooks of a run."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from time import monotonic
from typing import Any

from agents import Agent, RunContextWrapper, RunHooks, Tool

from bot.desk.knowledge.search import Found
from bot.desk.tools.calls import outcome_of
from bot.desk.tools.tool_context import ToolContext
from bot.domain.audit import ANSWER, NO_WORD, NOTICE, STAFF, THANKS, AuditEvent, Deed, short
from bot.domain.autonomy import PUBLIC
from bot.domain.changed import replace
from bot.domain.effects import Reply
from bot.domain.events import CustomerMessage, InboundMessage, StaffComment, kind_of
from bot.domain.handoffs import Reason
from bot.domain.proposals import Proposal
from bot.domain.transcript import Role
from bot.telemetry import metrics, span_names, traces
from bot.turn.agent.audience import SEARCH
from bot.turn.context import TurnInput, TurnResult

_NAMED = re.compile(r"(^|_)(id|number|amount)$")
_PRIVATE = re.compile(r"phone|card|account|iban|bank")
_SHAPED = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_.:/-]{0,39}")
UNSAID = ("drafted", "nothing said", "silent")
"""How the verdicts of turns begin whose words did not go out."""
CROWDED = "too many open conversations"
BRAKE = "brake"
CUT_OFF = "cut_off"
MOST_DIGITS = 12
"""An argument with more digits may be the number of a card."""


class AuditHooks(RunHooks[ToolContext]):
    """Notes every tool call and transfer of one run."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self._began: dict[str, float] = {}
        self._spans: dict[str, traces.Span] = {}

    def cut(self, by: str, specialist: str) -> None:
        """Note that a check took something out of an answer: what is masked, foreign ids, or claims."""
        self.events.append(AuditEvent(Deed.CHECK, "cut", specialist=specialist, details={"by": by}))

    async def on_tool_start(self, context: RunContextWrapper[ToolContext], agent: Agent[Any], tool: Tool) -> None:
        """Remember when a call began."""
        call = _call_id(context)
        self._began[call] = monotonic()
        if traces.are_sent():
            self._spans[call] = tool_span(tool.name, call, agent.name)

    async def on_tool_end(
        self, context: RunContextWrapper[ToolContext], agent: Agent[Any], tool: Tool, result: object
    ) -> None:
        """Note a call that ended."""
        began = self._began.pop(_call_id(context), monotonic())
        fault = context.context.faults.get(_call_id(context), {})
        searched = _found(result, context.context.found) if tool.name == SEARCH else {}
        details = {"tool": tool.name, **ids_in(getattr(context, "tool_arguments", "")), **searched, **fault}
        seconds = monotonic() - began
        outcome = outcome_of(result)
        metrics.TOOL_CALLS.labels(**metrics.bounded({"tool": tool.name, "outcome": outcome})).inc()
        if span := self._spans.pop(_call_id(context), None):
            span.tell({span_names.OUTCOME: outcome})
            span.end()
        self.events.append(AuditEvent(Deed.TOOL, outcome, specialist=agent.name, seconds=seconds, details=details))

    async def on_handoff(
        self,
        context: RunContextWrapper[ToolContext],  # noqa: ARG002
        from_agent: Agent[Any],
        to_agent: Agent[Any],
    ) -> None:
        """Note a transfer."""
        self.events.append(AuditEvent(Deed.TRANSFER, to_agent.name, specialist=from_agent.name))

    def leave(self) -> None:
        """The run is over: calls that have not ended by now were cut off."""
        for span in self._spans.values():
            span.fail(CUT_OFF)
            span.end()
        self._spans.clear()


def tool_span(tool: str, call: str, agent: str) -> traces.Span:
    """Return the span of a tool's call; its arguments and what it returned are not told."""
    attributes = {
        span_names.OPERATION: span_names.EXECUTE_TOOL,
        span_names.TOOL: tool,
        span_names.TOOL_TYPE: span_names.FUNCTION,
        span_names.TOOL_CALL: call,
        span_names.AGENT: agent,
    }
    return traces.begin(f"{span_names.EXECUTE_TOOL} {tool}", attributes)


def _found(result: object, searches: Sequence[Found]) -> dict[str, str]:
    """Return how many passages a search of the knowledge found: where it is none, something is missing there.

    Args:
        searches: of this run, empty where the journal told what they had led to; none of them may fit.
    """
    if searches and not any(found.fits for found in searches):
        return {"found": "0"}
    if not isinstance(result, str):
        return {}
    try:
        passages = json.loads(result)["passages"]
    except (ValueError, KeyError, TypeError):
        return {}  # it failed, or a desk's own tool has that name
    return {"found": str(len(passages))} if isinstance(passages, list) else {}


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
    ends = _decided(outcome) | _counted(waiting, outcome) | ({"attempt": str(attempt)} if attempt > 1 else {})
    after = outcome.conversation
    if after.sentiments != waiting.conversation.sentiments:
        ends["sentiment"] = str(after.sentiment)
    turn = AuditEvent(Deed.TURN, outcome.verdict, seconds=seconds, specialist=after.specialist, details=ends)
    wrote = [_wrote(message, _kind_of_line(message, waiting, outcome)) for message in taken]
    events = [*wrote, *outcome.events, *_moved(waiting, outcome), turn]
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


def _counted(waiting: TurnInput, outcome: TurnResult) -> dict[str, str]:
    """Return what figures are counted from: what was said, what it used, what was promised, what stopped it."""
    promised = outcome.conversation.promised_until
    is_new = promised != waiting.conversation.promised_until
    told = {
        **{name: str(number) for name, number in asdict(outcome.used).items()},
        "promised": f"{promised:.0f}" if is_new else "",
        "stopped": _stopped(outcome),
    }
    return _said(outcome) | {name: text for name, text in told.items() if text not in {"", "0"}}


def _said(outcome: TurnResult) -> dict[str, str]:
    for effect in reversed(outcome.effects):
        if isinstance(effect, Reply) and effect.text:
            return {"says": ANSWER if outcome.is_answer else NOTICE, "reply": short(effect.id)}
    return {}


def _stopped(outcome: TurnResult) -> str:
    """Return what kept an answer from its customer: the brake, or a cap."""
    decision = outcome.decision or PUBLIC
    if decision.rule == BRAKE and not decision.is_public and outcome.verdict.startswith(UNSAID):
        return "brake"
    is_capped = any(event.details.get("reason") == Reason.CAP for event in outcome.events)
    return "cap" if is_capped or outcome.verdict.endswith(CROWDED) else ""


def _wrote(message: InboundMessage, kind: str) -> AuditEvent:
    """Return what the audit tells of a message.

    Args:
        kind: what a line is to figures, empty where its deed says all of it.
    """
    details = {"surface": str(message.surface), **({"line": kind} if kind else {})}
    return AuditEvent(Deed.MESSAGE, kind_of(message), message.author.id, at=message.at, details=details)


def _kind_of_line(message: InboundMessage, waiting: TurnInput, outcome: TurnResult) -> str:
    """Return what a line says beyond being one: `thanks` that settle it, or that it counts as nobody's word."""
    is_human = any(entry.role is Role.HUMAN and entry.author for entry in outcome.entries)
    if isinstance(message, StaffComment):
        return "" if is_human else NO_WORD
    if not isinstance(message, CustomerMessage):
        return ""
    if is_human:
        return STAFF
    if _says_nothing_new(message, waiting, outcome):
        return NO_WORD
    return THANKS if outcome.is_thanked else ""


def _says_nothing_new(message: CustomerMessage, waiting: TurnInput, outcome: TurnResult) -> bool:
    """Whether nobody has said it, it was said before, or it is a line's new text that is answered by nothing."""
    is_answered = outcome.conversation.turns != waiting.conversation.turns
    return message.is_by_machine or bool(message.retried) or (message.edited and not is_answered)


def _moved(waiting: TurnInput, outcome: TurnResult) -> Sequence[AuditEvent]:
    before, after = waiting.conversation.owner, outcome.conversation.owner
    told = any(event.deed is Deed.ESCALATION for event in outcome.events)
    return () if before is after or told else (AuditEvent(Deed.OWNER, f"{before} → {after}"),)
