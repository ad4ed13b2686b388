"""The Help Center's articles answer customers, as far as customers may read them."""

from bot.desk.knowledge.passages import Passage
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import Stage

PUBLIC = 4
"""Articles of the simulated account that every customer may read."""


async def articles(stage: Stage, query: str) -> list[Passage]:
    """Return the Help Center's passages on something, once its articles have been read."""
    knowledge = stage.engine.desk.knowledge
    await wait_until(lambda: len(knowledge.articles()) >= PUBLIC, what="articles of the Help Center")
    return [passage for passage in knowledge.search(query, 20) if "/hc/" in passage.source]


async def test_public_articles_are_found_with_their_link(stage: Stage) -> None:
    found = await articles(stage, "Visa or Mastercard?")

    assert [passage.title for passage in found] == ["Payment methods"]
    assert found[0].source.startswith(stage.page)
    assert found[0].locale == "en-us"


async def test_drafts_and_articles_for_agents_are_not_known(stage: Stage) -> None:
    assert await articles(stage, "black friday policy november") == []
    assert await articles(stage, "goodwill credits") == []
    assert await articles(stage, "refund")
