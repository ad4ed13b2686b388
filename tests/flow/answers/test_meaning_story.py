"""Knowledge is found by meaning, with an embedding model over HTTP, and by words alone while that is away."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk.knowledge.meaning import MeaningSearch, VectorFile, everyday_lines
from bot.desk.knowledge.passages import Passage
from bot.desk.knowledge.search import Knowledge
from bot.desk.knowledge.sentences import REST_SECONDS, Sentences
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.desk.policy.sections import EmbeddingModel
from integrations.models.embedded_sentences import missing
from integrations.models.embeddings import Embeddings
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, open_stage
from tests.flow.harness.model_server import ModelServer, model_server
from tests.flow.harness.story import Story

REFUNDS = Passage("Refunds", "We refund unused things.", "refunds.md")
COURIER = Passage("Delivery", "A courier brings it.", "delivery.md")
HOURS = Passage("Opening hours", "From nine to five.", "hours.md")
QUESTION = "when do I see my money again?"
"""It shares no word with the passage that answers it."""


@asynccontextmanager
async def searched(server: ModelServer, folder: Path, clock: ManualClock) -> AsyncIterator[Knowledge]:
    """Yield three articles that have been learned."""
    knowledge = Knowledge([REFUNDS, COURIER, HOURS])
    embed, kept = Embeddings("embed-1", "key-1", f"{server.url}/v1"), VectorFile(folder / "vectors.db", "embed-1")
    try:
        knowledge.meaning = meaning = MeaningSearch(Sentences(embed, clock), kept)
        await meaning.learn(knowledge.passages())
        yield knowledge
    finally:
        kept.close()
        await embed.close()


async def test_a_question_finds_what_says_the_same_in_other_words(tmp_path: Path, clock: ManualClock) -> None:
    async with model_server(lambda _: "") as server, searched(server, tmp_path, clock) as knowledge:
        by_meaning = await knowledge.find(QUESTION)
        both = await knowledge.find("opening hours and refunds")
        nothing = await knowledge.find("zebra?")

    assert knowledge.search(QUESTION) == []
    assert by_meaning == [REFUNDS]
    assert set(both) == {REFUNDS, HOURS}
    assert nothing == []
    [learned, _, _, asked, *_] = server.embedded
    assert (learned["model"], len(learned["input"]), asked["input"]) == ("embed-1", 6, [QUESTION])


async def test_a_passage_is_embedded_once_whatever_is_restarted(tmp_path: Path, clock: ManualClock) -> None:
    async with model_server(lambda _: "") as server:
        for _ in range(2):
            async with searched(server, tmp_path, clock) as knowledge:
                assert await knowledge.find(QUESTION) == [REFUNDS]

    assert [len(body["input"]) for body in server.embedded] == [6, *[len(everyday_lines())] * 2, 1, 1]


async def test_while_the_model_is_away_the_words_decide_and_it_is_left_alone(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with model_server(lambda _: "") as server, searched(server, tmp_path, clock) as knowledge:
        before = len(server.embedded)
        server.deaf = True
        found = [await knowledge.find("which courier?") for _ in range(3)]
        asked = len(server.embedded)
        server.deaf = False
        clock.advance(REST_SECONDS)
        again = await knowledge.find(QUESTION)

    assert found == [[COURIER]] * 3
    assert asked == before + 1
    assert again == [REFUNDS]


@pytest.mark.parametrize("is_apart", [False, True])
async def test_a_desk_with_an_embedding_model_learns_its_articles_at_start(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_apart: bool
) -> None:
    monkeypatch.setenv("EMBEDDINGS_KEY", "key-2")
    async with AsyncExitStack() as stack:
        answers, embeds = [await stack.enter_async_context(model_server(lambda _: "Yes.")) for _ in range(2)]
        apart = EmbeddingModel(model="embed-1", base_url=f"{embeds.url}/v1", key="EMBEDDINGS_KEY")
        model = apart if is_apart else EmbeddingModel(model="embed-1")

        def meaningful(name: str) -> Desk:
            desk = load_desk(name)
            return replace(desk, policy=desk.policy.model_copy(update={"embeddings": model}))

        monkeypatch.setattr("bot.app.container.load_desk", meaningful)
        stage = await stack.enter_async_context(open_stage(redis_url, tmp_path, **answers.settings))
        knowledge = stage.engine.desk.knowledge

        async def learned() -> bool:
            return bool(await knowledge.find("reimburse"))

        await wait_until(learned, what="knowledge by meaning")
        found = await knowledge.find("reimburse")

    asked, other = (embeds, answers) if is_apart else (answers, embeds)
    assert (bool(asked.embedded), bool(other.embedded)) == (True, False)
    assert knowledge.search("reimburse") == []
    assert "efund" in found[0].title + found[0].text


@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.parametrize(
    "question", ["Ich komme nicht mehr in mein Konto", "J'ai oublié mon mot de passe", "パスワードを忘れました"]
)
async def test_without_a_key_a_question_in_other_words_is_answered_from_its_article(
    story: Story, question: str
) -> None:
    knowledge = story.engine.desk.knowledge

    async def learned() -> bool:
        return (await knowledge.look_up("reimburse")).by_meaning

    await wait_until(learned, what="knowledge by meaning")
    ts = await story.writes(SARAH, SARAH_DM, question)
    [answer] = await story.answers(SARAH_DM, ts)

    assert "reset" in answer.lower()
    assert "password" in answer.lower()


@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_what_no_article_answers_finds_none(story: Story) -> None:
    knowledge = story.engine.desk.knowledge

    async def learned() -> bool:
        return (await knowledge.look_up("reimburse")).by_meaning

    await wait_until(learned, what="knowledge by meaning")

    assert await knowledge.find("Wie hoch ist der Mount Everest?") == []
