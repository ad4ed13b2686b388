"""What customers hear from the offline model is what a good colleague would say, counted line by line."""

from pathlib import Path

import pytest

from bot.app.settings import load_settings
from tests.offline.lines import play, read_lines, told

FLOORS = {"lines.yml": 157, "held_out.yml": 25}
"""So many are right; the lines were written before what answers them, and the floor only rises."""


@pytest.mark.parametrize("name", FLOORS)
async def test_customers_hear_what_a_good_colleague_would_say(name: str, redis_url: str, tmp_path: Path) -> None:
    lines = read_lines(name)
    heard = await play(lines, "store", load_settings(), tmp_path, redis_url)

    right, wrong = told(lines, heard)

    assert right >= FLOORS[name], f"{right} of {len(lines)} are right:\n{wrong}"
