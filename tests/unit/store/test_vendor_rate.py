"""The queue before a limited channel or account: shared by all workers, fair, and absent where nobody is limited."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from time import monotonic

import pytest

from bot.domain.errors import Paced
from bot.store import keys
from bot.store.limits import vendor_rate as turnstiles
from bot.store.redis import Scripts

PLACE, OTHER = "slack:C1:chat.postMessage", "slack:C2:chat.postMessage"


def turnstile_of(scripts: Scripts, elapsed: Callable[[], float] = monotonic) -> turnstiles.VendorRate:
    """One that never recovers, so that places can be counted."""
    return turnstiles.VendorRate(scripts, elapsed, recovery=10_000_000.0)


class Stopwatch:
    """Seconds that a test moves."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


async def asked(turnstile: turnstiles.VendorRate, caller: str, place: str = PLACE, every: float = 30.0) -> float:
    """Return the seconds a caller has to wait, 0 when it may go."""
    try:
        await turnstile.enter(place, caller, every)
    except Paced as paced:
        return paced.retry_after or 0.0
    return 0.0


async def test_nobody_waits_before_a_vendor_says_no(scripts: Scripts) -> None:
    turnstile = turnstile_of(scripts)

    assert [await asked(turnstile, f"t{number}") for number in range(20)] == [0.0] * 20


async def test_a_429_delays_its_channel_for_every_worker_and_no_other_channel(scripts: Scripts) -> None:
    first, second = turnstile_of(scripts), turnstile_of(scripts)
    await first.rest(PLACE, 30)

    assert 0 < await asked(first, "t1") <= 30
    assert 30 < await asked(second, "t2") <= 60
    assert await asked(second, "t3", OTHER) == 0.0


async def test_who_comes_back_keeps_the_place_it_was_given(scripts: Scripts) -> None:
    turnstile = turnstile_of(scripts)
    await turnstile.rest(PLACE, 30)
    places = [await asked(turnstile, f"t{number}") for number in range(5)]
    again = [await asked(turnstile, f"t{number}") for number in reversed(range(5))]

    assert [round(wait / 30) for wait in places] == [1, 2, 3, 4, 5]
    assert [round(wait / 30) for wait in again] == [5, 4, 3, 2, 1]


async def test_a_caller_without_a_name_takes_no_place_that_it_does_not_use(scripts: Scripts) -> None:
    turnstile = turnstile_of(scripts)
    await turnstile.rest(PLACE, 30)

    assert all([0 < await asked(turnstile, "") <= 30 for _ in range(5)])


async def test_short_waits_are_waited_for_in_place(scripts: Scripts) -> None:
    turnstile = turnstile_of(scripts)
    await turnstile.rest(PLACE, 0.05)
    waits = await asyncio.gather(*[asked(turnstile, f"t{number}", every=0.02) for number in range(5)])

    assert waits == [0.0] * 5
    left = await scripts.client.hkeys(keys.pace(PLACE))
    assert set(left) == {b"next", b"rested"}


async def test_another_429_gives_the_places_anew(scripts: Scripts) -> None:
    turnstile = turnstile_of(scripts)
    await turnstile.rest(PLACE, 30)
    await asked(turnstile, "t1")
    await turnstile.rest(PLACE, 90)

    assert 60 < await asked(turnstile, "t2") <= 90
    assert 90 < await asked(turnstile, "t1") <= 120


async def test_another_worker_knows_within_a_second(scripts: Scripts) -> None:
    watch = Stopwatch()
    mine, other = turnstile_of(scripts), turnstile_of(scripts, watch)
    assert await asked(other, "t1") == 0.0
    await mine.rest(PLACE, 30)
    watch.at += 1.0

    assert await asked(other, "t1") > 0


async def test_an_unlimited_process_looks_once_a_second(scripts: Scripts) -> None:
    watch = Stopwatch()
    turnstile = turnstile_of(scripts, watch)
    before = (await scripts.client.info("stats"))["total_commands_processed"]
    for _ in range(50):
        await asked(turnstile, "t")
    after = (await scripts.client.info("stats"))["total_commands_processed"]

    assert after - before <= 10


async def test_every_key_has_an_end(scripts: Scripts) -> None:
    turnstile = turnstile_of(scripts)
    await turnstile.rest(PLACE, 30)
    await asked(turnstile, "t1")

    names = await scripts.client.keys("*")
    assert set(names) == {keys.pace(PLACE).encode(), keys.LIMITED.encode()}
    assert all([await scripts.client.ttl(name) > 0 for name in names])


@pytest.mark.parametrize("seconds", [600.0, 5.0])
async def test_a_long_queue_outlives_its_last_place(scripts: Scripts, seconds: float) -> None:
    turnstile = turnstile_of(scripts)
    await turnstile.rest(PLACE, seconds)
    last = [await asked(turnstile, f"t{number}", every=100.0) for number in range(20)][-1]

    assert await scripts.client.pttl(keys.pace(PLACE)) / 1000 > last


async def test_the_distance_shrinks_until_nobody_waits_longer_than_the_recovery(scripts: Scripts) -> None:
    turnstile = turnstiles.VendorRate(scripts, recovery=200.0)
    await turnstile.rest(PLACE, 50)
    waits = [await asked(turnstile, f"t{number}", every=40.0) for number in range(60)]
    first, *_ = gaps = [later - earlier for earlier, later in pairwise(waits)]

    assert first > 20
    assert gaps[-1] < first / 2
    assert max(waits) <= 251
