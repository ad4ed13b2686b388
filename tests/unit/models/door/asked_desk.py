"""A specialist with tools that is asked through the door, by either API, streamed or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, function_tool

from bot.desk.policy.sections import ModelCalls
from bot.turn.agent.patience import PatientModel, patient_settings
from integrations.models import create_models
from tests.doubles.clock import ManualClock
from tests.model_script import (
    Script,
    Scripted,
    scripted,
)

QUIET = RunConfig(tracing_disabled=True, tool_not_found_behavior="return_error_to_model")
BOTH = pytest.mark.parametrize("api", ["responses", "chat_completions"])
STREAMED = pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
Api = Any


@dataclass
class Desk:
    """A specialist with tools, asked through everything that stands between it and the server."""

    server: Scripted
    api: Api
    calls: ModelCalls = field(default_factory=ModelCalls)
    clock: ManualClock = field(default_factory=ManualClock)
    looked_up: list[str] = field(default_factory=list)
    shown: str = ""
    pieces: list[str] = field(default_factory=list)
    history: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        looked_up = self.looked_up

        @function_tool
        def lookup_order(order_id: str, quick: bool = False) -> str:
            """Look an order up."""
            looked_up.append(order_id)
            return f"{order_id}: shipped{' (quick)' if quick else ''}"

        self.models = create_models("large-1", api_key="key-1", base_url=f"{self.server.url}/v1", api=self.api)
        model = PatientModel(self.models.large, self.calls, self.clock)
        settings = patient_settings(self.models.settings, self.calls)
        billing = Agent[None](name="billing", instructions="Bill.", model=model, model_settings=settings)
        self.agent = Agent[None](
            name="triage",
            instructions="Help.",
            model=model,
            model_settings=settings,
            tools=[lookup_order],
            handoffs=[billing],
        )

    async def asks(self, words: str = "Where is it?", *, streamed: bool = True) -> str:
        """A customer asks; return the answer."""
        said = [*self.history, {"role": "user", "content": words}]
        if not streamed:
            whole = await Runner.run(self.agent, said, run_config=QUIET)
            self.history = whole.to_input_list()
            return str(whole.final_output)
        result = Runner.run_streamed(self.agent, said, run_config=QUIET)
        self.shown, self.pieces = "", []
        async for each in result.stream_events():
            if each.type == "raw_response_event" and each.data.type == "response.output_text.delta":
                self.shown += each.data.delta
                self.pieces.append(each.data.delta)
        self.history = result.to_input_list()
        return str(result.final_output)


@asynccontextmanager
async def desk(script: Script, api: Api = "chat_completions", **named: Any) -> AsyncIterator[Desk]:
    async with scripted(script) as server:
        made = Desk(server, api, **named)
        try:
            yield made
        finally:
            await made.models.close()


def letters(text: str) -> list[str]:
    """Three at a time: marks come in pieces."""
    return [text[at : at + 3] for at in range(0, len(text), 3)]
