"""What a specialist remembers: cut where a customer's message begins, calls kept whole, the rest summed up."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from agents import ModelSettings
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import OpenAIError

from bot.domain.conversation import Conversation, Owner
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.transcript import Entry, Role
from bot.store.codec import dump, load_conversation
from bot.turn.agent.history import (
    LINE_CHARS,
    MOST_ENTRIES,
    SUMMARY_CHARS,
    HistoryKeeper,
    KeptHistory,
    cut_at,
    extract,
    summariser,
    tokens_of,
    told,
)
from bot.turn.agent.journal import JournaledModel, journaled
from bot.turn.agent.session import model_history, said_by_bot, said_by_customer
from bot.turn.context import TurnInput
from tests.flow.harness.scripted_model import ScriptedModel
from tests.unit.turn.test_journal import Notebook

SMALL = 500
"""Tokens."""


def user(text: str, items: Sequence[Any] | None = None) -> Entry:
    return Entry(
        Role.USER, text, 1.0, author=AuthorId("u1"), items=tuple([said_by_customer(text)] if items is None else items)
    )


def answer(text: str) -> Entry:
    return Entry(Role.ASSISTANT, text, 2.0, "orders", items=({**said_by_bot(text)},))


def waiting(history: Sequence[Entry], earlier: str = "", owner: Owner = Owner.BOT) -> TurnInput:
    line = CustomerMessage("m1", ConversationId("slack:T1:C1:1.0"), Author(AuthorId("u1")), "and now?")
    return TurnInput(
        Conversation(ConversationId("slack:T1:C1:1.0"), owner=owner, earlier=earlier), [line], history, 3.0
    )


async def kept(memory: HistoryKeeper, at: TurnInput) -> KeptHistory:
    task = memory.care(at)
    assert task is not None
    return await task


words = st.text(max_size=400)


@st.composite
def turns(draw: st.DrawFn) -> list[Entry]:
    """What one turn leaves: the customer's line, then thoughts with their calls, transfers, answers, or people."""
    entries = [user(draw(words))]
    for number in range(draw(st.integers(0, 4))):
        call_id = f"c{draw(st.uuids())}"
        call = {"type": "function_call", "call_id": call_id, "name": "look", "arguments": draw(words)}
        output = {"type": "function_call_output", "call_id": call_id, "output": draw(words)}
        thought = {"type": "reasoning", "id": f"r{number}", "summary": []}
        match draw(st.sampled_from(["look", "think", "transfer", "human", "silent"])):
            case "look" | "think" as kind:
                entries += [Entry(Role.REASONING, "", 1.0, items=(thought,))] if kind == "think" else []
                entries += [Entry(Role.TOOL_CALL, "look", 1.0, items=(call,))]
                entries += [Entry(Role.TOOL_OUTPUT, "found", 1.0, items=(output,))]
            case "transfer":
                entries.append(Entry(Role.TRANSFER, "a → b", 1.0, items=(call, output)))
            case "human":
                entries.append(Entry(Role.HUMAN, draw(words), 1.0, name="Dana", items=(said_by_bot("[Dana] hi"),)))
    return [*entries, answer(draw(words))]


histories = st.lists(turns(), max_size=40).map(lambda parts: [entry for part in parts for entry in part])


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(histories.filter(bool))
def test_whatever_was_said_the_cut_leaves_whole_turns_and_the_newest_line(history: list[Entry]) -> None:
    cut = cut_at(history, SMALL)
    left = history[cut:]
    lines = [index for index, entry in enumerate(history) if entry.role is Role.USER]

    assert left[0].role is Role.USER
    assert cut <= lines[-1]
    assert_in_pairs(model_history(left, "", earlier="notes"))


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(histories.filter(bool))
def test_whatever_was_said_what_is_left_is_small_or_one_turn(history: list[Entry]) -> None:
    cut = cut_at(history, SMALL)
    newest = max(index for index, entry in enumerate(history) if entry.role is Role.USER)

    share = 1 if not cut else 1 / 2  # what has to be cut is cut to half of what fits
    is_small = fits(history[cut:], share)
    assert is_small or cut == newest


def fits(entries: list[Entry], share: float) -> bool:
    """Whether it is no more than this share of what may be kept."""
    return sum(map(tokens_of, entries)) <= SMALL * share and len(entries) <= MOST_ENTRIES * share


def assert_in_pairs(items: list[Any]) -> None:
    """Each call has its output, and each thought the call it led to."""
    kinds = [item.get("type") for item in items]
    calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
    outputs = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
    assert calls == outputs
    assert {after for before, after in pairwise(kinds) if before == "reasoning"} <= {"function_call"}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(histories, st.text(max_size=3 * SUMMARY_CHARS))
def test_a_summary_without_a_model_is_bounded_however_much_was_said(history: list[Entry], before: str) -> None:
    assert len(extract(before, history)) <= SUMMARY_CHARS + len(" | ")


def test_many_short_lines_are_cut_by_their_number() -> None:
    history = [entry for _ in range(MOST_ENTRIES) for entry in (user("ok"), answer("ok"))]

    assert len(history) - cut_at(history, 1_000_000) <= MOST_ENTRIES / 2


def test_nothing_is_cut_while_there_is_room() -> None:
    assert HistoryKeeper(8_000, None).care(waiting([user("hello"), answer("hi")])) is None


LONG = [user("I am Sarah, order A1001 is late. " * 40), answer("It ships tomorrow. " * 40), user("ok"), answer("Good.")]


async def test_the_new_summary_sums_up_the_old_one_and_what_is_cut() -> None:
    asked: list[str] = []

    async def summarise(text: str) -> str:
        asked.append(text)
        return "A1001 was late,\nships tomorrow."

    result = await kept(HistoryKeeper(SMALL, summarise), waiting(LONG, earlier="Sarah asked for an invoice."))

    assert result == KeptHistory(2, "A1001 was late, ships tomorrow.")
    assert "Sarah asked for an invoice." in asked[0]
    assert "Customer: I am Sarah" in asked[0]
    assert "Answer: It ships tomorrow." in asked[0]
    assert "Good." not in asked[0]


@pytest.mark.parametrize("error", [OpenAIError("away"), TimeoutError(), RuntimeError("odd")])
async def test_a_model_that_fails_leaves_the_beginnings_of_what_was_said(error: Exception) -> None:
    async def summarise(_: str) -> str:
        raise error

    result = await kept(HistoryKeeper(SMALL, summarise), waiting(LONG, earlier="An invoice was sent."))

    assert result.earlier.startswith("An invoice was sent. | Customer: I am Sarah, order A1001 is late.")
    assert len(result.earlier) < 3 * LINE_CHARS


async def test_a_model_that_hangs_is_waited_for_no_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def summarise(_: str) -> str:
        await asyncio.Event().wait()
        return "never"

    monkeypatch.setattr("bot.turn.agent.history.SUMMARY_SECONDS", 0.01)

    assert "A1001" in (await kept(HistoryKeeper(SMALL, summarise), waiting(LONG))).earlier


@pytest.mark.parametrize("owner", [Owner.OFF, Owner.HUMAN, Owner.ESCALATED])
async def test_no_model_reads_along_while_the_bot_is_silent(owner: Owner) -> None:
    async def summarise(_: str) -> str:
        raise AssertionError("a model was asked")

    result = await kept(HistoryKeeper(SMALL, summarise), waiting(LONG, owner=owner))

    assert "Customer: I am Sarah" in result.earlier


def test_what_no_model_may_see_gets_into_no_summary() -> None:
    hidden = user("a line that was kept from the model", items=())
    short = user("the whole long text", items=[said_by_customer("[a message that was too long]")])
    looked_up = Entry(Role.TOOL_OUTPUT, "secret", 1.0, items=({"type": "function_call_output", "output": "secret"},))

    for summary in (told("", [hidden, short, looked_up]), extract("", [hidden, short, looked_up])):
        assert "kept from the model" not in summary
        assert "whole long text" not in summary
        assert "secret" not in summary
        assert "too long" in summary


async def test_a_model_sums_up_in_one_call() -> None:
    model = ScriptedModel({"A1001": ["They wait for A1001."]})

    assert await summariser(model, ModelSettings())("Customer: where is A1001?") == "They wait for A1001."


def test_a_conversation_stored_before_there_were_summaries_still_loads() -> None:
    old = load_conversation("slack:T1:C1:1.0", '{"id":"slack:T1:C1:1.0","items":4}')

    assert (old.items, old.earlier) == (4, "")
    assert load_conversation(old.id, dump(replace(old, earlier="They wait."))).earlier == "They wait."


async def test_a_turn_that_is_taken_again_does_not_pay_for_its_summary_twice() -> None:
    model = ScriptedModel({"A1001": ["They wait for A1001."], "": ["never"]})
    memory, notebook = HistoryKeeper(SMALL, summariser(JournaledModel(model), ModelSettings())), Notebook()
    with journaled(notebook):
        first = await kept(memory, waiting(LONG))
    model.script = {"": ["asked again"]}
    with journaled(notebook):
        assert await kept(memory, waiting(LONG)) == first

    assert first.earlier == "They wait for A1001."
