"""The tools that every desk has without writing them: knowledge search."""

from bot.desk.knowledge.search import Knowledge
from bot.desk.tools.tools import tool

_PASSAGES = 3


@tool
async def search_knowledge(query: str, knowledge: Knowledge) -> dict[str, object]:
    """Search the company's own articles: rules, prices, times, how-tos. State no rule that it did not return.

    Args:
        query: what is asked, in a few words.
    """
    found = await knowledge.find(query, _PASSAGES)
    return {"passages": [{"title": passage.title, "text": passage.text, "source": passage.source} for passage in found]}
