"""A flood of one person costs the others nothing; `python -m tests.flow.engine.flood 5000` tells it of 5,000 lines."""

from pathlib import Path

from tests.flow.engine.flood import HANDS, MOST_OPEN, OTHERS, flood

LINES = 80


async def test_a_flood_of_one_person_costs_the_others_nothing(redis_url: str, tmp_path: Path) -> None:
    told = await flood(redis_url, tmp_path, LINES)
    of_flood = told.verdicts["flood"]

    # The others are answered in the hands' first rounds, though all stand behind the flood: a ticket takes two turns.
    assert told.verdicts["others"]["answered"] == OTHERS, told
    assert max(told.behind) <= 3 * HANDS, told
    # In Slack and on tickets only so many are worked on, and people hear of the first one too many of either.
    assert of_flood["answered"] == 2 * MOST_OPEN, told
    assert of_flood["escalated by rule"] == told.tickets == 2, told
    assert of_flood["too many open conversations"] == LINES - 2 * MOST_OPEN - 2, told
