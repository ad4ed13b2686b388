"""Models and their servers as they are: whatever they send, customers read sentences, or people answer."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.turn.agent import patience
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, Stage, open_stage
from tests.model_script import (
    CUT,
    Json,
    Scripted,
    Step,
    Thinker,
    call_delta,
    chat,
    chat_calls,
    chunk,
    scripted,
)
from tests.words import lacking

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

STREAMED = ("closed only", "a thought", "channels", "xml call")
"""Cases that are also played in a thread, where an answer is shown while it is written."""


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


@dataclass
class Heard:
    """What came out of all cases.

    Args:
        said: the answer on each case's ticket; `shown` those in threads.
        escalated: the cases whose tickets people were asked to take.
        everything: all that anybody can read.
    """

    said: dict[str, str]
    shown: list[str]
    escalated: set[str]
    everything: str
    log: str


async def test_whatever_a_server_sends_customers_read_sentences(redis_url: str, tmp_path: Path) -> None:
    cases = Cases()
    async with scripted(refusing(cases)) as model:
        settings = model.settings("chat_completions") | {"frontdesk_rate_per_minute": 1000}
        async with open_stage(redis_url, tmp_path, **settings) as stage:
            heard = await all_played(stage, cases)

    assert {name: heard.said[name] for name in CASES if not is_whole(heard.said[name])} == {}
    assert heard.said["emoji"] == f"{ANSWER} 😀"
    assert {heard.said[f"half an emoji {number}"] for number in range(3)} == {f"{ANSWER} \ufffd"}
    assert heard.escalated == set(LOST)
    assert lacking(heard.everything, SECRET, "tool_call") == [SECRET, "tool_call"]
    assert all(text.startswith(ANSWER) for text in heard.shown)
    assert "turn.failed" not in heard.log
    assert ["stream_options" in model.asked[0], "stream_options" in model.asked[-1]] == [True, False]


async def all_played(stage: Stage, cases: Cases) -> Heard:
    """Ask the same question in every case."""
    await stage.takes_all()
    opened = {name: await stage.opens(f"[{name}] Where is my order A1001?") for name in CASES | LOST}
    await stage.quiet(4 * PATIENCE_SECONDS)  # all of them at once: the last takes as long as everybody
    said = {name: (await stage.bot_comments(ticket))[0]["body"] for name, ticket in opened.items()}
    shown = [await shown_in_slack(stage, cases, name) for name in STREAMED]
    await stage.quiet()
    tickets = {name: await stage.ticket(ticket) for name, ticket in opened.items()}
    escalated = {name for name, ticket in tickets.items() if "frontdesk_escalated" in ticket["tags"]}
    comments = [ticket["comments"] for ticket in tickets.values()]
    everything = json.dumps([comments, await stage.requests("slack")])
    return Heard(said, shown, escalated, everything, stage.log.getvalue())


async def public_words(stage: Stage, ticket_id: int) -> list[str]:
    """Return what a ticket's customer can read."""
    return [comment["body"] for comment in (await stage.ticket(ticket_id))["comments"] if comment["public"]]


async def shown_in_slack(stage: Stage, cases: Cases, name: str) -> str:
    """Return the answer to the case in a thread, where it is shown while it is written."""
    cases.turns.clear()
    ts = await stage.writes(SARAH, SARAH_DM, f"[{name}] Where is my order A1001?")
    return (await stage.answers(SARAH_DM, ts))[0]


def is_whole(answer: str) -> bool:
    """Whether a customer reads the sentence, and no marks of a template."""
    return answer.startswith(ANSWER[:-1]) and "<" not in answer


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
        return chat(f"It is about {asked_in(body).split()[0]}.")


def tries(model: Scripted, word: str) -> int:
    """Return how often the model was asked what has this word in its latest line."""
    return sum(word in asked_in(body) for body in model.asked)


def asked_in(body: Json) -> str:
    return next(str(each["content"]) for each in reversed(body["messages"]) if each["role"] == "user")


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
        await stage.writes(SARAH, SARAH_DM, "Beta: where is my order A1001?", thread_ts=before)
        ticket = await stage.opens("Gamma: where is my order A1001?")
        await wait_until(lambda: min(tries(model, "Beta"), tries(model, "Gamma")) > 2, what="tries")
        await stage.writes(SARAH, SARAH_DM, "Delta: and the other one?", thread_ts=before)
        still = await stage.answers(SARAH_DM, before)

        stage.clock.advance(61)
        told = (await stage.answers(SARAH_DM, before, 2))[1]
        handed = (await stage.bot_comments(ticket))[0]["body"]
        opened = next(each for each in await stage.tickets(2) if each["id"] != ticket)
        await wait_until(lambda: stage.comment(opened["id"], "Delta"), what="the line that came meanwhile")

        stage.clock.advance(80)
        late = await stage.writes(MARCUS, MARCUS_DM, "Epsilon: how do I reset my password?")
        await wait_until(lambda: tries(model, "Epsilon") > 1, what="tries")
        stage.clock.advance(39)
        away.is_away = False
        answered = await stage.answers(MARCUS_DM, late)
        await stage.quiet()
        bodies = await public_words(stage, opened["id"])
        shown = json.dumps(await stage.requests("slack", part="Stream"))

    assert len(still) == 1
    assert f"#{opened['id']}" in told
    assert f"#{ticket}" in handed
    assert lacking(bodies[0], "Beta") + lacking("\n".join(bodies), "Delta") == []
    assert re.fullmatch("It is about Epsilon.*", "\n".join(answered))
    assert "taking longer" in shown
