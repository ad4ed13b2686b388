"""Asks a specialist and calls what it asks for, until it has answered; the SDK's loop does what only that can do."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents import Agent, ItemHelpers, RunConfig, RunContextWrapper, Runner
from agents.items import MessageOutputItem, RunItem, TResponseInputItem

from bot.desk.tools.tool_context import ToolContext
from bot.turn.agent.audience import Audience
from bot.turn.agent.direct_answer import DirectAnswer, ask
from bot.turn.agent.session import TurnSession
from bot.turn.agent.tool_calls import ToolCalls
from bot.turn.audit import AuditHooks

MODEL_CALLS = 12
"""The SDK calls them turns; a run that needs more is lost."""


@dataclass(frozen=True)
class Ran:
    """What was said and done, by whom last, and the words that end it."""

    items: Sequence[RunItem]
    specialist: str
    text: str


@dataclass(frozen=True)
class RunLoop:
    """What a run works with.

    Args:
        watch: notes what is done, also where the run fails.
    """

    session: TurnSession
    context: ToolContext
    audience: Audience
    watch: AuditHooks

    async def answered(self, agent: Agent[ToolContext], said: TResponseInputItem) -> Ran:
        """Let the specialist answer, and whoever it transfers to.

        Raises:
            AgentsException: the model failed, or called too often.
        """
        run = RunContextWrapper(self.context)
        tools = ToolCalls(agent, run, self.watch)
        before = [*await self.session.get_items(), said]
        done: list[RunItem] = []
        for left in range(MODEL_CALLS, 1, -1):
            answer = await ask(agent, [*before, *_inputs(done)], run, self.audience.hear)
            if answer.text:
                return Ran([*done, *answer.text], agent.name, _last_words(answer))
            if not answer.calls:
                return await self._looped(answer.known_to(), said, done, left)
            called = await tools.carried_out(answer, self.audience)
            done += called.items
            if called.ending is not None:
                return Ran(done, agent.name, called.ending)
        return await self._looped(agent, said, done, 1)

    async def _looped(
        self, agent: Agent[ToolContext], said: TResponseInputItem, done: Sequence[RunItem], left: int
    ) -> Ran:
        """Let the SDK go on: transfers, and what follows from them.

        Args:
            agent: who may have answered already.
            done: what was said and done before.
            left: times that a model may answer, the answer that is known included.
        """
        result = Runner.run_streamed(
            agent,
            [said, *_inputs(done)],
            session=self.session,
            context=self.context,
            max_turns=left,
            hooks=self.watch,
            run_config=RunConfig(tracing_disabled=True, tool_not_found_behavior="return_error_to_model"),
        )
        async for event in result.stream_events():
            await self.audience.see(event)
        if result.run_loop_exception:
            raise result.run_loop_exception
        return Ran([*done, *result.new_items], result.last_agent.name, str(result.final_output or ""))


def _inputs(items: Sequence[RunItem]) -> list[TResponseInputItem]:
    return [item.to_input_item() for item in items]


def _last_words(answer: DirectAnswer) -> str:
    texts = [ItemHelpers.text_message_output(item) for item in answer.text if isinstance(item, MessageOutputItem)]
    return texts[-1]
