"""A long conversation: what is stored and what a model reads stay bounded, and what was said early is not lost."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app.container import open_engine
from bot.app.server import working
from bot.app.settings import Settings
from bot.app.terminal_chat import TerminalChat
from bot.domain.transcript import Role
from bot.store import keys
from bot.store.records.conversations import View
from bot.turn.agent.history import PROMPT
from tests.flow.harness.scripted_model import ScriptedModel, call
from tests.unit.desk.desk_folder import DESK, write_desk
from tests.words import lacking

PATIENT = "reply_cap: {replies: 1000, minutes: 10}\nescalation: {unresolved_turns: 1000}\n"
TURNS = 60
TOKENS = 1_000
KEPT = ("st", "it", "dd")
"""The parts of a conversation in the store."""


class Reading(ScriptedModel):
    """Bakes what is asked for and answers; what it was given to read is kept."""

    def __init__(self) -> None:
        notes = ["They order pizza after pizza, the first with number 0."]
        super().__init__({"otes so far": notes, "pizza": [call("bake", topping="olives"), "It is in the oven. " * 5]})
        self.read: list[str] = []
        self.notes: list[str] = []

    async def get_response(self, system_instructions: Any, input: Any, *given: Any, **named: Any) -> Any:  # noqa: A002
        """Write notes of what was said."""
        assert system_instructions == PROMPT
        self.notes.append(json.dumps(input))
        return await super().get_response(system_instructions, input, *given, **named)

    async def stream_response(self, system_instructions: Any, input: Any, *given: Any, **named: Any) -> Any:  # noqa: A002
        """Remember what the specialist reads."""
        self.read.append(json.dumps(input))
        async for event in super().stream_response(system_instructions, input, *given, **named):
            yield event


@asynccontextmanager
async def talking(settings: Settings) -> AsyncIterator[TerminalChat]:
    """Yield the same conversation in a process of its own."""
    async with open_engine(settings) as engine, working(engine.worker):
        yield TerminalChat(engine, "regular")


async def say(chat: TerminalChat, text: str) -> dict[str, Any]:
    """Say something and return the answer."""
    events = [data async for name, data in chat.ask(text) if name == "done"]
    answer: dict[str, Any] = json.loads(events[-1])
    return answer


async def test_sixty_turns_stay_bounded_and_the_beginning_is_remembered(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Reading()
    monkeypatch.setattr("bot.app.container.create_models", lambda *_: model.models())
    desk = write_desk(tmp_path / "pizza", desk=f"{DESK}{PATIENT}history_tokens: {TOKENS}\n")
    settings = Settings(
        redis_url=redis_url, frontdesk_data_dir=tmp_path, frontdesk_desk=str(desk), _env_file=None,
        frontdesk_rate_per_minute=1000,
    )  # fmt: skip
    async with talking(settings) as chat:
        for number in range(TURNS // 2):
            await say(chat, f"pizza number {number} please")
    async with talking(settings) as chat:  # after a restart
        for number in range(TURNS // 2, TURNS):
            told = await say(chat, f"pizza number {number} please")
        view = await chat.engine.conversations.read(chat.conversation)
        ages = [await chat.engine.client.ttl(keys.of_conversation(chat.conversation, part)) for part in KEPT]

    assert view is not None
    assert view.length == told["chat_length"] == 4 * TURNS
    assert_bounded(view, model)
    assert_remembered(model)
    assert all(settings.session_seconds - 60 <= age <= settings.session_seconds for age in ages), ages


def assert_bounded(view: View, model: Reading) -> None:
    """What is stored begins with a customer's line, and neither it nor what is read grows with the conversation."""
    assert view.entries[0].role is Role.USER
    assert view.trimmed + len(view.entries) == 4 * TURNS
    assert sum(len(entry.dump()) for entry in view.entries) < 2 * 4 * TOKENS
    assert max(map(len, model.read)) < 2 * 4 * TOKENS


def assert_remembered(model: Reading) -> None:
    """The last turn reads the newest lines as they were said, and the first ones in notes."""
    newest = [f"pizza number {number} please" for number in (TURNS - 2, TURNS - 1)]
    assert lacking(model.read[-1], "the first with number 0", *newest) == []
    assert "pizza number 3 please" not in model.read[-1]
    assert "pizza number 0 please" in model.notes[0]
    assert all("Notes so far: They order pizza after pizza" in notes for notes in model.notes[1:])
