"""Shows a run while it runs, and notes what its tools return, by which the answer is checked."""

from typing import Any

from agents.items import RunItem, TResponseStreamEvent
from agents.stream_events import AgentUpdatedStreamEvent, RawResponsesStreamEvent, RunItemStreamEvent, StreamEvent

from bot.desk.tools.tool_context import ToolContext
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.output_checks.claims import claims_deed, promises_money
from bot.turn.output_checks.filter import Sentences, Speech
from bot.turn.output_checks.ids import unknown_ids

SEARCH = "search_knowledge"


class Audience:
    """Who hears a run: the customer, and the check of its answer."""

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
                await self.called(event.item)
            case RunItemStreamEvent(name="tool_output"):
                self.returned(event.item)
            case AgentUpdatedStreamEvent():
                self._sentences.restart()

    async def hear(self, event: TResponseStreamEvent) -> None:
        """Take up one event of the model's stream."""
        if not self._waits_for_the_whole:
            self._withheld = await _show_text(event, self._sentences, self._preview, self._speech)

    async def called(self, item: RunItem) -> None:
        """Take up that a tool is called."""
        if _tool_name(item) == SEARCH:
            self._withheld = True
            self._searches.add(_call_id(item))
        await self._preview.status("status.looking_up")

    def returned(self, item: RunItem) -> None:
        """Take up what a tool returned."""
        heard = self._speech.searched if _call_id(item) in self._searches else self._speech.found
        heard.append(output_text(item.to_input_item()))

    @property
    def _waits_for_the_whole(self) -> bool:
        """What is said beside an offer, or after a search, is checked whole before any of it leaves."""
        return self._withheld or bool(self._context.offers or self._context.handover.reason)


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


def output_text(raw: Any) -> str:
    """Return what a tool returned as text.

    Args:
        raw: the item as a model's input.
    """
    output = raw.get("output", "")
    return output if isinstance(output, str) else str(output)


def _call_id(item: RunItem) -> str:
    raw: Any = item.to_input_item()
    return str(raw.get("call_id", ""))


def _tool_name(item: RunItem) -> str:
    return str(getattr(item.raw_item, "name", "") or "something")
