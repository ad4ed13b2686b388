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
    found = await knowledge.look_up(query, _PASSAGES)
    passages = [
        {"title": passage.title, "text": passage.text, "source": passage.source}
        | ({"updated": passage.updated} if passage.updated else {})
        for passage in found.passages
    ]
    return {
        "passages": passages,
        "compared": "words and meaning" if found.by_meaning else "words",
        "fits": found.fits,  # whether the first of them is about what was asked, and not only the nearest there is
    }
