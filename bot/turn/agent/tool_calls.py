"""Carries out the calls of an answer that needs nothing else, the way the SDK's loop does it.

All of an answer's at once, each with its hooks, outputs in the order of the calls; a call that comes again is not made
again, and an id that comes again for another call is a fault.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from agents import Agent, FunctionTool, ItemHelpers, RunContextWrapper
from agents import tool_context as sdk
from agents.exceptions import AgentsException, ModelBehaviorError, UserError
from agents.items import RunItem, ToolCallItem, ToolCallOutputItem
from openai.types.responses import ResponseFunctionToolCall

from bot.desk.tools.tool_context import ToolContext
from bot.turn.agent.audience import Audience
from bot.turn.agent.direct_answer import Call, DirectAnswer
from bot.turn.audit import AuditHooks


@dataclass(frozen=True)
class Called:
    """What came of an answer's calls.

    Args:
        items: the answer and what was returned.
        ending: the words that end the run, None where the model is to be told what was returned.
    """

    items: Sequence[RunItem]
    ending: str | None


class ToolCalls:
    """The calls of one run.

    Args:
        watch: told of each when it begins and when it has ended.
    """

    def __init__(self, agent: Agent[ToolContext], run: RunContextWrapper[ToolContext], watch: AuditHooks) -> None:
        self._agent = agent
        self._run = run
        self._watch = watch
        self._made: dict[str, tuple[str, str]] = {}

    async def carried_out(self, answer: DirectAnswer, audience: Audience) -> Called:
        """Make the calls of an answer.

        Raises:
            AgentsException: an id stands for two calls, or a tool failed for good; the others are cancelled.
        """
        calls = self._new(answer.calls)
        made = {id(call) for _, call in calls}
        said = [item for item in answer.items if not isinstance(item, ToolCallItem) or id(item.raw_item) in made]
        for item in said:
            if isinstance(item, ToolCallItem):
                await audience.called(item)
        outputs = await self._together(calls)
        for output in outputs:
            audience.returned(output)
        return Called([*said, *outputs], self._ending(calls, outputs))

    def _new(self, calls: Sequence[Call]) -> list[Call]:
        new: list[Call] = []
        for tool, call in calls:
            what = (call.name, call.arguments)
            if call.call_id not in self._made:
                new.append((tool, call))
            if self._made.setdefault(call.call_id, what) != what:
                raise ModelBehaviorError("the model gave two calls one id")
        return new

    async def _together(self, calls: Sequence[Call]) -> list[ToolCallOutputItem]:
        tasks = [asyncio.create_task(self._outcome(tool, call)) for tool, call in calls]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _outcome(self, tool: FunctionTool, call: ResponseFunctionToolCall) -> ToolCallOutputItem:
        context = sdk.ToolContext.from_agent_context(self._run, call.call_id, tool_call=call, agent=self._agent)
        try:
            await self._watch.on_tool_start(context, self._agent, tool)
            result = await tool.on_invoke_tool(context, call.arguments)
            await self._watch.on_tool_end(context, self._agent, tool, result)
        except AgentsException:
            raise
        except Exception as error:
            raise UserError(f"Error running tool {tool.name}: {error}") from error
        raw = ItemHelpers.tool_call_output_item(call, result)
        return ToolCallOutputItem(agent=self._agent, raw_item=raw, output=result)

    def _ending(self, calls: Sequence[Call], outputs: Sequence[ToolCallOutputItem]) -> str | None:
        behavior = self._agent.tool_use_behavior
        stops = behavior.get("stop_at_tool_names", ()) if isinstance(behavior, dict) else ()
        ends = (str(done.output) for done, (tool, _) in zip(outputs, calls, strict=True) if tool.name in stops)
        return next(ends, None)
