"""The short form of the chaos suite: real processes, real `kill -9`, both vendors misbehaving."""

from pathlib import Path

import pytest

from tests.chaos.plans import SHORT, SHORT_CONTROL
from tests.chaos.run import run

pytestmark = pytest.mark.timeout(400)


async def test_a_death_at_any_point_loses_nothing_doubles_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    result = await run(SHORT, tmp_path)

    assert result.tally.troubles == ()
    assert result.tally.failures == 0
    assert result.journaled_again == 0
    assert result.dead_letters == 0
    assert len(result.visited) >= SHORT.fewest  # the long form insists on every point


async def test_without_fence_and_read_back_the_suite_sees_failures(tmp_path: Path) -> None:
    result = await run(SHORT_CONTROL, tmp_path)

    assert result.tally.failures > 0
