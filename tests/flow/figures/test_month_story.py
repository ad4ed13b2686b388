"""A small month: the same script that counts two thousand conversations (`month.py`), with killing and all."""

from pathlib import Path

from tests.flow.figures.month import differences, opened, play


async def test_figures_are_what_the_script_has_counted(redis_url: str, tmp_path: Path) -> None:
    async with opened(redis_url, tmp_path) as month:
        period = await play(month, 30, days=1)

        assert await differences(month, period) == []
        assert len(month.expected) == 30
        assert month.kills["counts"] > 0
