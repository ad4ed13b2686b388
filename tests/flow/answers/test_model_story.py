"""Models and their servers as they are: whatever they send, customers read sentences, or people answer."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.turn.agent import patience
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, open_stage
from tests.model_script import (
    CUT,
    Json,
    Step,
    Thinker,
    call_delta,
    chat,
    chat_calls,
    chunk,
    scripted,
)

ANSWER = "Your order A1001 has been shipped and is on its way."
SECRET = "INTERNALNOTE"
HALF = "Your order A1001 has been shipped. To change the delivery address you must first"
GIVEN = '{"order_id": "A1001"}'
CALL = f'{{"name": "lookup_order", "arguments": {GIVEN}}}'
DEAD = Step(503, {"error": {"message": "no"}})

CASES: dict[str, list[Step]] = {
    "a thought": [chat(f"<think>\nOkay, {SECRET}.\n</think>\n\n{ANSWER}")],
    "closed only": [chat(f"Okay, {SECRET}: he ", f"wants it. {SECRET}. Then. ", "So.\n</think>", f"\n\n{ANSWER}")],
    "never closed": [chat(f"<think>{SECRET}"), chat(ANSWER)],
    "channels": [chat(f"<|channel|>analysis<|message|>{SECRET}<|end|><|channel|>final<|message|>{ANSWER}")],
    "xml call": [chat(f"<tool_call>\n{CALL}\n</tool_call>"), chat(ANSWER)],
    "json call": [chat(CALL), chat(ANSWER)],
    "tokens": [chat(f"{ANSWER}<|im_end|>\n<|im_start|>user\nThank you {SECRET}<|im_end|>")],
    "cited": [chat(f"{ANSWER[:-1]} \ue200cite\ue202turn0search0\ue201.【4:0†source】")],
    "too long": [chat(HALF, finish="length"), chat(ANSWER)],
    "no end": [chat(HALF, finish=None, done=False), chat(ANSWER)],
    "overloaded": [Step(529, {"error": {"type": "overloaded_error", "message": "x"}})] * 3 + [chat(ANSWER)],
    "error in a 200": [Step(stream=['data: {"error": {"message": "x", "code": 502}}\n\n']), chat(ANSWER)],
    "empty once": [chat(""), chat(ANSWER)],
    "cut": [Step(stream=[chunk({"content": f"{HALF} do this. Then that. "}), CUT]), chat(ANSWER)],
    "empty id": [chat_calls(call_delta("lookup_order", GIVEN, "")), chat(ANSWER)],
    "object": [chat_calls(call_delta("lookup_order", {"order_id": "A1001"})), chat(ANSWER)],
    "emoji": [chat(f"{ANSWER} \ud83d", "\ude00")],
    **{f"half an emoji {number}": [chat(f"{ANSWER} \ud83d")] for number in range(3)},
    **{f"plain {number}": [chat(ANSWER)] for number in range(9)},
}
"""What is said after the same question; every one of them ends well."""

LOST: dict[str, list[Step]] = {
    "silent for good": [chat("")],
    "a call for good": [chat('<tool_call>{"name": "no_such_tool", "arguments": {}}</tool_call>')],
    "a thought for good": [chat(f"<think>{SECRET}")],
    "withheld": [chat(HALF, finish="content_filter")],
    "wrong key": [Step(401, {"error": {"message": "no", "code": "invalid_api_key"}})],
}
"""These go to people."""


class Cases:
    """Plays the case that the latest line of a conversation names in brackets."""

    def __init__(self) -> None:
        self.turns: Counter[str] = Counter()

    def __call__(self, body: Json) -> Step:
        asked = next(each["content"] for each in reversed(body["messages"]) if each["role"] == "user")
        name = str(asked).split("[")[1].split("]")[0]
        steps = (CASES | LOST)[name]
        self.turns[name] += 1
        return steps[min(self.turns[name], len(steps)) - 1]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(patience, "LONGEST_DELAY", 0.1)


def refusing(script: Any) -> Any:
    """A server that takes no `stream_options` either."""

    def play(body: Json) -> Step:
        if "stream_options" in body:
            return Step(422, {"message": "extra_forbidden body.stream_options.include_usage"})
        step: Step = script(body)
        return step

    return play


async def test_whatever_a_server_sends_customers_read_sentences(redis_url: str, tmp_path: Path) -> None:
    cases = Cases()
    async with scripted(refusing(cases)) as model:
        settings = model.settings("chat_completions") | {"frontdesk_rate_per_minute": 1000}
        async with open_stage(redis_url, tmp_path, **settings) as stage:
            await stage.takes_all()
            opened = {name: await stage.opens(f"[{name}] Where is my order A1001?") for name in CASES | LOST}
            said = {name: (await stage.bot_comments(ticket))[0]["body"] for name, ticket in opened.items()}
            shown: list[str] = []
            for name in ("closed only", "a thought", "channels", "xml call"):
                cases.turns.clear()
                ts = await stage.writes(SARAH, SARAH_DM, f"[{name}] Where is my order A1001?")
                shown += (await stage.answers(SARAH_DM, ts))[:1]
            await stage.quiet()
            tags = {name: (await stage.ticket(ticket))["tags"] for name, ticket in opened.items()}
            comments = {name: (await stage.ticket(ticket))["comments"] for name, ticket in opened.items()}
            posted = json.dumps(await stage.requests("slack"))
            log = stage.log.getvalue()

    wrong = {name: said[name] for name in CASES if not said[name].startswith(ANSWER[:-1]) or "<" in said[name]}
    assert wrong == {}
    assert said["emoji"] == f"{ANSWER} 😀"
    assert {said[name] for name in CASES if name.startswith("half")} == {f"{ANSWER} \ufffd"}
    assert {name: tags[name] for name in LOST if "frontdesk_escalated" not in tags[name]} == {}
    assert {name for name in CASES if "frontdesk_escalated" in tags[name]} == set()
    assert SECRET not in json.dumps([comments, posted])
    assert "tool_call" not in json.dumps([comments, posted])
    assert [text.startswith(ANSWER) for text in shown] == [True] * 4
    assert "turn.failed" not in log
    assert "stream_options" in model.asked[0]
    assert "stream_options" not in model.asked[-1]


async def test_a_reasoning_model_answers_turn_after_turn_and_another_takes_over(redis_url: str, tmp_path: Path) -> None:
    thinker = Thinker(gives=True)
    async with scripted(thinker) as model, open_stage(redis_url, tmp_path, **model.settings("responses")) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        await stage.answers(SARAH_DM, ts)
        for count in (2, 3):
            await stage.writes(SARAH, SARAH_DM, f"And now, {count} days later?", thread_ts=ts)
            await stage.answers(SARAH_DM, ts, count)
        thinker.key = "k2"
        await stage.writes(SARAH, SARAH_DM, "And what of it today?", thread_ts=ts)
        answers = await stage.answers(SARAH_DM, ts, 4)
        await stage.quiet()
        tickets = (await stage.state())["zendesk"]["tickets"]

    assert [answer.startswith(ANSWER) for answer in answers] == [True] * 4
    assert tickets == []


class Away:
    """A server that is away while it is told so."""

    def __init__(self) -> None:
        self.is_away = False

    def __call__(self, body: Json) -> Step:
        if self.is_away:
            return DEAD
        asked = next(str(each["content"]) for each in reversed(body["messages"]) if each["role"] == "user")
        return chat(f"It is about {asked.split()[0]}.")


async def test_a_model_that_is_away_for_three_minutes_costs_nobody_a_line(redis_url: str, tmp_path: Path) -> None:
    away = Away()
    async with (
        scripted(away) as model,
        open_stage(redis_url, tmp_path, **model.settings("chat_completions")) as stage,
    ):
        before = await stage.writes(SARAH, SARAH_DM, "Alpha: how long does shipping take?")
        assert (await stage.answers(SARAH_DM, before))[0].startswith("It is about Alpha")
        await stage.quiet()
        away.is_away = True
        asked = len(model.asked)
        await stage.writes(SARAH, SARAH_DM, "Beta: where is my order A1001?", thread_ts=before)
        ticket = await stage.opens("Gamma: where is my order A1001?")
        await wait_until(lambda: len(model.asked) >= asked + 6, what="tries")
        await stage.writes(SARAH, SARAH_DM, "Delta: and the other one?", thread_ts=before)
        still = await stage.answers(SARAH_DM, before)

        stage.clock.advance(61)
        told = (await stage.answers(SARAH_DM, before, 2))[1]
        handed = (await stage.bot_comments(ticket))[0]["body"]
        opened = next(each for each in await stage.tickets(2) if each["id"] != ticket)
        await wait_until(lambda: stage.comment(opened["id"], "Delta"), what="the line that came meanwhile")

        stage.clock.advance(80)
        late = await stage.writes(MARCUS, MARCUS_DM, "Epsilon: how do I reset my password?")
        asked = len(model.asked)
        await wait_until(lambda: len(model.asked) >= asked + 2, what="tries")
        stage.clock.advance(39)
        away.is_away = False
        answered = await stage.answers(MARCUS_DM, late)
        await stage.quiet()
        bodies = [each["body"] for each in (await stage.ticket(opened["id"]))["comments"] if each["public"]]
        statuses = json.dumps(await stage.requests("slack", part="setStatus"))

    assert len(still) == 1
    assert f"#{opened['id']}" in told
    assert f"#{ticket}" in handed
    assert "Beta" in bodies[0]
    assert [word for word in ("Beta", "Delta") if any(word in body for body in bodies)] == ["Beta", "Delta"]
    assert [text.startswith("It is about Epsilon") for text in answered] == [True]
    assert "taking longer" in statuses
