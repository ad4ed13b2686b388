"""The short form of the draft runs: nothing is said before a human says so, and what they send is said once."""

from pathlib import Path

import pytest

from tests.chaos.drafts import run_drafts
from tests.chaos.plans import SHORT_DRAFTS

pytestmark = pytest.mark.timeout(600)


async def test_deaths_say_nothing_early_and_nothing_twice(tmp_path: Path) -> None:
    result = await run_drafts(SHORT_DRAFTS, tmp_path)

    assert result.troubles == ()
    assert result.failures == 0
    assert result.answered + result.handed_over >= SHORT_DRAFTS.threads + SHORT_DRAFTS.tickets
    assert result.answered
    assert result.deaths >= SHORT_DRAFTS.fewest
