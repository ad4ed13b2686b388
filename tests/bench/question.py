"""What a customer's first question costs by its meaning: through the router and the search, in time of one core."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.desk.cases import searches_of
from bot.desk.knowledge.meaning import MeaningSearch, VectorFile
from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.loader import load_desk
from bot.shipped.vectors import vectors_of
from bot.turn.routing.background_training import BackgroundRouter
from integrations.models.embedded_sentences import embedded_sentences
from tests.bench.table import Table, at_most
from tests.doubles.clock import ManualClock

QUESTIONS = 50  # of each row
WANTED_MS = 30.0


async def run() -> Table:
    """Measure the rows in turn, a question of each, so that a busy machine slows them alike; return the table."""
    desk = load_desk("store")
    sentences = Sentences(embedded_sentences(), ManualClock(), shipped=vectors_of)
    router, words = BackgroundRouter(sentences), BackgroundRouter()
    by_words = load_desk("store").knowledge
    desk.knowledge.meaning = meaning = MeaningSearch(sentences, VectorFile(None, sentences.name))
    await meaning.learn(desk.knowledge.passages())
    with TemporaryDirectory() as folder:
        await router.learn(desk, Path(folder))
        await words.learn(desk, Path(folder))

    async def both(question: str) -> None:
        await asyncio.gather(router.route(question), desk.knowledge.find(question))

    async def in_other_words(question: str) -> None:
        await router.route(question)
        await desk.knowledge.find(f"{question} please")

    async def without_model(question: str) -> None:
        await words.route(question)
        await by_words.find(question)

    rows = {"the same words": both, "the model searches in other words": in_other_words, "words alone": without_model}
    for way in rows.values():
        await way("warm up")
    spent: dict[str, list[float]] = {name: [] for name in rows}
    asked = [question.asks for told in searches_of(desk) for question in told.questions]
    for turn, question in enumerate(asked[: QUESTIONS * len(rows)]):
        name = list(rows)[turn % len(rows)]
        spent[name].append(await _processor_ms(rows[name], question))
    medians = {name: statistics.median(times) for name, times in spent.items()}
    return Table(
        "A question through router and search",
        ("", "median ms of a core", "most"),
        [(name, f"{medians[name]:.1f}", f"{max(times):.1f}") for name, times in spent.items()],
        (at_most("a question, by meaning", medians["the same words"], WANTED_MS, " ms"),),
        ("Processor time of the process, so that what else runs counts little. A vector is made once for a text.",),
    )


async def _processor_ms(way: Callable[[str], Awaitable[None]], question: str) -> float:
    begin = time.process_time()
    await way(question)
    return (time.process_time() - begin) * 1000
