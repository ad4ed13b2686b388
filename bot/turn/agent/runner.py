"""Runs the current specialist once: its answer, its tools and transfers, streamed as a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents import Agent
from agents.exceptions import AgentsException
from agents.items import (
    HandoffCallItem,
    HandoffOutputItem,
    MessageOutputItem,
    ReasoningItem,
    RunItem,
    ToolCallItem,
    ToolCallOutputItem,
    TResponseInputItem,
)
from openai import OpenAIError

from bot.desk.tools.calls import NOT_HERE
from bot.desk.tools.tool_context import ToolContext
from bot.domain.errors import AgentError
from bot.domain.handoffs import HandoffRequest
from bot.domain.transcript import Entry, Role
from bot.telemetry import metrics, span_names, traces
from bot.turn.agent.audience import Audience, output_text
from bot.turn.agent.patience import count, fault_of
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.agent.run_loop import RunLoop
from bot.turn.agent.session import TurnSession, said_by_bot
from bot.turn.audit import AuditHooks
from bot.turn.output_checks.filter import Speech, checked


@dataclass(frozen=True)
class Run:
    """What a run led to.

    Args:
        text: the checked answer, empty when the run asked for a human instead.
        specialist: who spoke last and answers next.
        entries: what was said and done, oldest first, without the customer's line.
        request: set when the model asked for a human.
    """

    text: str
    specialist: str
    entries: tuple[Entry, ...]
    request: HandoffRequest | None = None


async def run_specialist(
    agents: Mapping[str, Agent[ToolContext]],
    first: str,
    said: TResponseInputItem,
    session: TurnSession,
    context: ToolContext,
    preview: PreviewBuffer,
    speech: Speech,
    now: float,
    watch: AuditHooks,
) -> Run:
    """Let the specialist `first` answer, and whoever it transfers to.

    Args:
        speech: what the answer may name; what tools return is added to it.
        watch: notes what is done, also where the run fails.

    Raises:
        AgentError: the model failed, timed out, called too long, or said nothing.
    """
    loop = RunLoop(session, context, Audience(preview, speech, context), watch)
    try:
        with traces.span(f"{span_names.INVOKE_AGENT} {first}", _about(first)) as span:
            ran = await loop.answered(agents[first], said)
            span.tell({span_names.SPECIALIST: ran.specialist})
    except (AgentsException, OpenAIError, TimeoutError) as error:
        fault = fault_of(error)
        count(fault, "given up")
        raise fault from error
    finally:
        watch.leave()
    request = context.requests.handoff or _handed_over(context)
    text = checked(ran.text, speech)
    if request is None and text.split() != ran.text.split():
        watch.cut("filter", ran.specialist)
    entries = tuple(_as_said(entry, speech, {ran.text: text}) for entry in _entries(ran.items, now))
    if request is None and not (text or context.offers):
        fault = AgentError("the model said nothing", error="Silence", code="empty")
        count(fault, "given up")
        raise fault
    return Run("" if request else text, ran.specialist, entries, request)


def _about(specialist: str) -> traces.Attributes:
    return {span_names.OPERATION: span_names.INVOKE_AGENT, span_names.AGENT: specialist}


def was_withheld(run: Run) -> bool:
    """Return whether a tool had something personal for the customer that others must not read."""
    return any(entry.role is Role.TOOL_OUTPUT and entry.text == NOT_HERE for entry in run.entries)


def _handed_over(context: ToolContext) -> HandoffRequest | None:
    asked = context.handover
    return HandoffRequest(asked.reason, "", asked.topic, asked.issue, asked.facts) if asked.reason else None


def _as_said(entry: Entry, speech: Speech, known: Mapping[str, str]) -> Entry:
    """What was taken out of an answer is not remembered either.

    Args:
        known: texts that are checked already.
    """
    if entry.role is not Role.ASSISTANT:
        return entry
    text = known[entry.text] if entry.text in known else checked(entry.text, speech)
    if text == entry.text.strip():
        return entry
    return replace(entry, text=text, items=(said_by_bot(text),))


def _entries(items: Sequence[RunItem], now: float) -> tuple[Entry, ...]:
    """One entry per thing said or done; a transfer's call and output are one."""
    transfers: dict[str, Any] = {}
    entries = [_entry(item, transfers, now) for item in items]
    return tuple(entry for entry in entries if entry is not None)


def _entry(item: RunItem, transfers: dict[str, Any], now: float) -> Entry | None:
    """Return what an item is in the transcript, None where it is nothing by itself.

    Args:
        transfers: the calls of transfers that have no output yet, by their id.
        now: Unix seconds.
    """
    raw: Any = item.to_input_item()
    agent = item.agent.name
    match item:
        case MessageOutputItem():
            return Entry(Role.ASSISTANT, _message_text(raw), now, agent, items=(raw,))
        case ToolCallItem():
            return Entry(Role.TOOL_CALL, f"{raw.get('name')}({raw.get('arguments')})", now, agent, items=(raw,))
        case ToolCallOutputItem() if transfers.pop(raw.get("call_id", ""), None):
            return None  # a second transfer in one answer is refused, and never was one: neither side of it is kept
        case ToolCallOutputItem():
            return Entry(Role.TOOL_OUTPUT, output_text(raw), now, agent, items=(raw,))
        case HandoffCallItem():
            transfers[raw["call_id"]] = raw
            return None
        case HandoffOutputItem():
            return _transfer(item, transfers.pop(raw["call_id"], None), now)
        case ReasoningItem():
            return Entry(Role.REASONING, "", now, agent, items=(raw,))
        case _:
            return None


def _transfer(output: HandoffOutputItem, call: Any, now: float) -> Entry:
    source = output.source_agent.name
    target = output.target_agent.name
    metrics.TRANSFERS.labels(source=source, target=target).inc()
    items = tuple(raw for raw in (call, output.to_input_item()) if raw)
    return Entry(Role.TRANSFER, f"{source} → {target}", now, source, items=items)


def _message_text(raw: Any) -> str:
    return "".join(part.get("text", "") for part in raw["content"] if isinstance(part, dict))
