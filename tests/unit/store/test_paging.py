"""A sorted set read in pages: everything once, also where many have the same time."""

import pytest

from bot.store import keys
from bot.store.records.paging import by_time
from bot.store.redis import Client


@pytest.mark.parametrize("page", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("times", [[1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 2], [1, 2, 2, 2, 2, 2], [1, 1, 2, 2, 3, 3], []])
async def test_everything_comes_once_in_order(redis: Client, times: list[float], page: int) -> None:
    stored = {f"chat:a:{number}": float(time) for number, time in enumerate(times)}
    if stored:
        await redis.zadd(keys.ALL, dict(stored))
    read = [row async for part in by_time(redis, keys.ALL, 0, page) for row in part]

    assert read == list(stored.items())


async def test_what_is_older_is_left_out(redis: Client) -> None:
    await redis.zadd(keys.ALL, {"a": 1, "b": 2, "c": 2, "d": 3})
    assert [name async for part in by_time(redis, keys.ALL, 2, 2) for name, _ in part] == ["b", "c", "d"]


async def test_what_leaves_or_moves_meanwhile_stops_nothing(redis: Client) -> None:
    await redis.zadd(keys.ALL, dict.fromkeys("abcdef", 1.0))
    seen = set()
    async for part in by_time(redis, keys.ALL, 0, 2):
        seen |= {name for name, _ in part}
        await redis.zadd(keys.ALL, {"a": 5})
    assert seen >= {"a", "b"}
    assert len(seen) >= 5
