"""Nobody waits for the router to learn, and a machine on which it cannot learn serves all the same."""

import asyncio
import signal
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import pytest

from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.domain.knowledge.sentence_model import Kind
from bot.turn.routing import background_training, learning
from bot.turn.routing.background_training import BackgroundRouter
from bot.turn.routing.learning import LearningError, router_from
from bot.turn.routing.router import Router, lesson_of
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.doubles.sentences import TopicSentences
from tests.learnt import FOLDER, learnt_words

MONEY = ["I want a refund", "give my money back", "I was charged twice", "where is my invoice?", "refund the rest"]
PARCELS = ["where is my parcel?", "how much is delivery?", "do you ship abroad?", "the courier is late", "parcel lost"]
EXAMPLES = {"billing": [*MONEY, "a refund please"], "shipping": [*PARCELS, "delivery on Sunday"]}


async def test_it_is_not_sure_before_it_has_learnt_and_as_sure_as_the_router_afterwards() -> None:
    learnt, late = await asyncio.to_thread(learnt_words_of_store), BackgroundRouter()
    words = "Where is my order A1001?"

    early = await late.route(words)
    await late.learn(load_desk("store"), FOLDER)
    await wait_until(lambda: late.has_learnt, what="what was learnt")

    assert not early.sure
    assert await late.route(words) == learnt.route(words)
    assert learnt.route(words).sure
    await late.close()


async def test_learning_that_fails_leaves_every_message_to_triage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> Router | None:
        raise LearningError("took longer than 120 s")

    async def never(*_: object) -> Router | None:
        return None

    monkeypatch.setattr(background_training, "router_before", never)
    monkeypatch.setattr(background_training, "router_of", fails)
    late = BackgroundRouter()
    await late.learn(load_desk("store"), tmp_path)

    assert not (await late.route("Where is my order A1001?")).sure


@pytest.mark.parametrize("seconds", [0.1, 3_600.0], ids=["too late", "cancelled"])
async def test_who_stops_learning_leaves_no_process_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    script, start, started = tmp_path / "learns_for_ever.py", asyncio.create_subprocess_exec, list[Process]()
    script.write_text("import time\ntime.sleep(3_600)", "utf-8")

    async def starts(*command: Any, **options: Any) -> Process:
        started.append(process := await start(*command, **options))
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", starts)
    monkeypatch.setattr(learning, "_SCRIPT", script)
    monkeypatch.setattr(learning, "SECONDS", seconds)
    task = asyncio.create_task(learning._told_by_another_process(""))
    await wait_until(lambda: task.done() or (started and seconds > 1), what="a process that learns")
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled() or isinstance(task.exception(), LearningError)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


async def test_english_sentences_route_other_languages_by_what_they_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    model = TopicSentences()
    router = await taught(model, monkeypatch, tmp_path, clock)
    model.asked.clear()

    german = await router.route("Ich möchte eine Erstattung")
    french = await router.route("où est mon colis ?")
    foreign = await router.route("wie wird das Wetter?")
    again = await router.route("Ich möchte eine Erstattung")

    assert (german.specialist, german.sure) == ("billing", True)
    assert (french.specialist, french.sure) == ("shipping", True)
    assert not foreign.sure
    assert again == german
    assert model.asked == ["Ich möchte eine Erstattung", "où est mon colis ?", "wie wird das Wetter?"]


async def test_while_the_model_is_away_words_route(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    model = TopicSentences()
    router = await taught(model, monkeypatch, tmp_path, clock)
    model.fails = True

    english = await router.route("I want a refund")
    german = await router.route("Bitte eine Erstattung")

    assert (english.specialist, english.sure) == ("billing", True)
    assert not german.sure


async def test_a_model_that_never_answers_leaves_what_the_words_have_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    model = TopicSentences()
    model.fails = True
    router = await taught(model, monkeypatch, tmp_path, clock)

    assert (await router.route("I want a refund")).specialist == "billing"


def learnt_words_of_store() -> Router:
    """Return the store desk's router by words."""
    router = learnt_words("store")
    assert router is not None
    return router


async def taught(
    model: TopicSentences, monkeypatch: pytest.MonkeyPatch, folder: Path, clock: ManualClock
) -> BackgroundRouter:
    """Return a router of two lanes that has learnt what can be learnt."""

    async def learns(_: Desk, __: Path, sentences: Sentences | None) -> Router:
        lesson = lesson_of(EXAMPLES)
        return await router_from(lesson, await sentences.embed(lesson.texts, Kind.QUERY) if sentences else None)

    monkeypatch.setattr(background_training, "router_of", learns)
    router = BackgroundRouter(Sentences(model, clock))
    await router.learn(load_desk("store"), folder)
    await wait_until(lambda: router.has_learnt, what="what was learnt")
    return router
