"""Runs the current specialist once: its answer, its tools and transfers, streamed as a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents import Agent, ItemHelpers, RunConfig, Runner
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
    TResponseStreamEvent,
)
from agents.stream_events import (
    AgentUpdatedStreamEvent,
    RawResponsesStreamEvent,
    RunItemStreamEvent,
    StreamEvent,
)
from openai import OpenAIError

from bot.desk.tools.calls import NOT_HERE
from bot.desk.tools.tool_context import ToolContext
from bot.domain.errors import AgentError
from bot.domain.handoffs import HandoffRequest
from bot.domain.transcript import Entry, Role
from bot.telemetry import metrics
from bot.turn.agent.first_answer import FirstAnswer, ask
from bot.turn.agent.patience import count, fault_of
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.agent.session import TurnSession, said_by_bot
from bot.turn.audit import AuditHooks
from bot.turn.output_checks.claims import claims_deed, promises_money
from bot.turn.output_checks.filter import Sentences, Speech, checked
from bot.turn.output_checks.ids import unknown_ids

SEARCH = "search_knowledge"

MODEL_CALLS = 12
"""The SDK calls them turns; a run that needs more is lost."""


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
    audience = _Audience(preview, speech, context)
    try:
        answer = await ask(agents[first], [*await session.get_items(), said], context, audience.hear)
        ran = _ended(answer) or await _looped(answer, said, session, context, audience, watch)
    except (AgentsException, OpenAIError, TimeoutError) as error:
        fault = fault_of(error)
        count(fault, "given up")
        raise fault from error
    entries = tuple(_as_said(entry, speech) for entry in _entries(ran.items, now))
    request = context.requests.handoff or _handed_over(context)
    text = checked(ran.text, speech)
    if request is None and not (text or context.offers):
        fault = AgentError("the model said nothing", error="Silence", code="empty")
        count(fault, "given up")
        raise fault
    return Run("" if request else text, ran.specialist, entries, request)


def was_withheld(run: Run) -> bool:
    """Return whether a tool had something personal for the customer that others must not read."""
    return any(entry.role is Role.TOOL_OUTPUT and entry.text == NOT_HERE for entry in run.entries)


def _handed_over(context: ToolContext) -> HandoffRequest | None:
    asked = context.handover
    return HandoffRequest(asked.reason, "", asked.topic, asked.issue, asked.facts) if asked.reason else None


@dataclass(frozen=True)
class _Ran:
    """What was said and done, by whom last, and the words that end it."""

    items: Sequence[RunItem]
    specialist: str
    text: str


def _ended(answer: FirstAnswer) -> _Ran | None:
    """Return a run that its first answer ends; None where that leaves something to do."""
    texts = [ItemHelpers.text_message_output(item) for item in answer.text if isinstance(item, MessageOutputItem)]
    return _Ran(answer.text, answer.agent.name, texts[-1]) if texts else None


async def _looped(
    answer: FirstAnswer,
    said: TResponseInputItem,
    session: TurnSession,
    context: ToolContext,
    audience: "_Audience",
    watch: AuditHooks,
) -> _Ran:
    """Let the SDK go on from the first answer: calls, transfers, and what follows from them."""
    result = Runner.run_streamed(
        answer.known_to(),
        [said],
        session=session,
        context=context,
        max_turns=MODEL_CALLS,
        hooks=watch,
        run_config=RunConfig(tracing_disabled=True, tool_not_found_behavior="return_error_to_model"),
    )
    async for event in result.stream_events():
        await audience.see(event)
    if result.run_loop_exception:
        raise result.run_loop_exception
    return _Ran(result.new_items, result.last_agent.name, str(result.final_output or ""))


class _Audience:
    """Shows a run while it runs, and notes what its tools return, by which the answer is checked."""

    def __init__(self, preview: PreviewBuffer, speech: Speech, context: ToolContext) -> None:
        self._preview = preview
        self._speech = speech
        self._context = context
        self._sentences = Sentences(speech)
        self._searches: set[str] = set()
        self._withheld = False

    async def see(self, event: StreamEvent) -> None:
        """Take up one event of the SDK's loop."""
        match event:
            case RawResponsesStreamEvent():
                await self.hear(event.data)
            case RunItemStreamEvent(name="tool_called"):
                await self._call(event.item)
            case RunItemStreamEvent(name="tool_output"):
                self._result(event.item)
            case AgentUpdatedStreamEvent():
                self._sentences.restart()

    async def hear(self, event: TResponseStreamEvent) -> None:
        """Take up one event of the model's stream."""
        if not self._waits_for_the_whole:
            self._withheld = await _show_text(event, self._sentences, self._preview, self._speech)

    @property
    def _waits_for_the_whole(self) -> bool:
        """What is said beside an offer, or after a search, is checked whole before any of it leaves."""
        return self._withheld or bool(self._context.offers or self._context.handover.reason)

    async def _call(self, item: RunItem) -> None:
        if _tool_name(item) == SEARCH:
            self._withheld = True
            self._searches.add(_call_id(item))
        await self._preview.status("status.looking_up")

    def _result(self, item: RunItem) -> None:
        heard = self._speech.searched if _call_id(item) in self._searches else self._speech.found
        heard.append(_output_text(item.to_input_item()))


async def _show_text(data: Any, sentences: Sentences, preview: PreviewBuffer, speech: Speech) -> bool:
    """Show what may be shown; return whether the rest has to wait for the check of the whole answer."""
    if data.type == "response.created":
        sentences.restart()
        preview.restart()
    elif data.type == "response.output_text.delta":
        for sentence in sentences.feed(data.delta):
            if claims_deed(sentence) or promises_money(sentence) or unknown_ids(sentence, speech.known):
                return True
            await preview.text(sentence)
    return False


def _as_said(entry: Entry, speech: Speech) -> Entry:
    """What was taken out of an answer is not remembered either."""
    if entry.role is not Role.ASSISTANT:
        return entry
    text = checked(entry.text, speech)
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
            return Entry(Role.TOOL_OUTPUT, _output_text(raw), now, agent, items=(raw,))
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


def _output_text(raw: Any) -> str:
    output = raw.get("output", "")
    return output if isinstance(output, str) else str(output)


def _call_id(item: RunItem) -> str:
    raw: Any = item.to_input_item()
    return str(raw.get("call_id", ""))


def _tool_name(item: RunItem) -> str:
    return str(getattr(item.raw_item, "name", "") or "something")
