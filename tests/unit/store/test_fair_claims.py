"""A flood of one place's conversations costs the others nothing: whose turn it is is counted, not timed."""

from collections import Counter

from bot.store import keys
from bot.store.queue import due
from bot.store.queue.due import DueQueue, Shares, place_of
from bot.store.redis import Scripts

FLOOD = 5_000
HANDS = 20


async def flooded(scripts: Scripts, others: int) -> DueQueue:
    """5,000 conversations of one direct message are due, and after them one each of `others`."""
    flood = {f"slack:T1:D0FLOOD:{number}.0": number for number in range(FLOOD)}
    late = {f"slack:T1:D{number}:1.0": FLOOD + number for number in range(others)}
    await scripts.client.zadd(keys.DUE, {**flood, **late})
    return DueQueue(scripts, debounce=0)


async def test_who_comes_behind_a_flood_is_worked_on_with_the_first(scripts: Scripts) -> None:
    queue = await flooded(scripts, others=10)
    claims, _ = await queue.claim(HANDS, 60, Shares(15, {}))
    places = Counter(place_of(claim.conversation) for claim in claims)

    assert places == Counter({"slack:T1:D0FLOOD": 10, **{f"slack:T1:D{number}": 1 for number in range(10)}})
    assert [claim.conversation for claim in claims if "FLOOD" in claim.conversation] == [
        f"slack:T1:D0FLOOD:{number}.0" for number in range(10)
    ]


async def test_of_a_hand_that_is_free_again_another_place_is_first(scripts: Scripts) -> None:
    queue = await flooded(scripts, others=1)
    at_work = {"slack:T1:D0FLOOD": 15}
    [first], _ = await queue.claim(1, 60, Shares(15, at_work))
    nobody, pause = await queue.claim(1, 60, Shares(15, at_work))

    assert first.conversation == "slack:T1:D0:1.0"
    assert nobody == []
    assert 0 < pause <= due.IDLE_SECONDS


async def test_one_place_alone_is_worked_on_in_order_up_to_its_share(scripts: Scripts) -> None:
    queue = await flooded(scripts, others=0)
    claims, _ = await queue.claim(HANDS, 60, Shares(15, {}))
    assert [claim.conversation for claim in claims] == [f"slack:T1:D0FLOOD:{number}.0" for number in range(15)]


async def test_nothing_is_left_in_the_end_and_who_is_in_the_midst_of_it_comes_soon(scripts: Scripts) -> None:
    queue = await flooded(scripts, others=50)
    await scripts.client.zadd(keys.DUE, {f"slack:T1:M{number}:1.0": 2_500.5 for number in range(50)})
    order: list[str] = []
    while claims := (await queue.claim(HANDS, 600, Shares(15, {})))[0]:
        order += [place_of(claim.conversation) for claim in claims]

    assert Counter(order)["slack:T1:D0FLOOD"] == FLOOD
    assert len(order) == FLOOD + 100
    assert max(place for place, name in enumerate(order) if name.startswith("slack:T1:D") and "FLOOD" not in name) < 400
    assert max(place for place, name in enumerate(order) if name.startswith("slack:T1:M")) < 2_700
