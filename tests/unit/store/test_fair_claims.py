"""A flood of one place's conversations costs the others nothing: whose turn it is is counted, not timed."""

from collections import Counter

import pytest

from bot.store import keys
from bot.store.queue import due
from bot.store.queue.due import DueQueue, Shares, place_of, tag_of, workspace_of
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


@pytest.mark.parametrize(
    ("place", "of_a_flood", "of_another"),
    [
        ("zendesk", "zendesk:11", "zendesk:12"),
        ("chat:shop", "chat:shop:cust_001", "chat:shop:cust_002"),
        ("slack:T1:C1", "slack:T1:U1", "slack:T1:U2"),
    ],
)
async def test_in_one_place_its_authors_take_turns(
    place: str, of_a_flood: str, of_another: str, scripts: Scripts
) -> None:
    """5,000 tickets, sessions or threads of one person, and behind them those of three others."""
    flood = {f"{place}:{number}": number for number in range(FLOOD)}
    late = {f"{place}:{FLOOD + number}": FLOOD + number for number in range(3)}
    await scripts.client.zadd(keys.DUE, {**flood, **late})
    tags = dict.fromkeys(flood, tag_of(of_a_flood)) | {name: tag_of(f"{of_another}{name}") for name in late}
    await scripts.client.hset(keys.DUE_AUTHORS, mapping=tags)
    await scripts.client.expire(keys.DUE_AUTHORS, keys.AUTHORS_SECONDS)
    queue = DueQueue(scripts, debounce=0)

    first, _ = await queue.claim(HANDS, 600, Shares(15, {}))
    at_work = {place: 14}
    [next_one], _ = await queue.claim(1, 600, Shares(15, at_work, {tag_of(of_a_flood): 14}))

    names = [claim.conversation for claim in first]
    assert {claim.author for claim in first} == set(tags.values())
    assert set(late) <= set(names[:4])
    assert len(names) == 15
    assert next_one.author == tag_of(of_a_flood)
    assert await scripts.client.hlen(keys.DUE_AUTHORS) == FLOOD + 3 - 16


async def test_who_is_at_work_in_a_place_comes_after_who_is_not(scripts: Scripts) -> None:
    """A hand comes free while one author has all the others of that place."""
    queue = DueQueue(scripts, debounce=0)
    for number in range(50):
        await queue.wake(f"zendesk:{number}", author=tag_of("zendesk:11"))
    await queue.wake("zendesk:99", author=tag_of("zendesk:12"))

    [claim], _ = await queue.claim(1, 60, Shares(15, {"zendesk": 14}, {tag_of("zendesk:11"): 14}))

    assert claim.conversation == "zendesk:99"


async def test_an_author_who_is_not_known_is_one_for_each_conversation(scripts: Scripts) -> None:
    queue = DueQueue(scripts, debounce=0)
    await scripts.client.zadd(keys.DUE, {f"zendesk:{number}": number for number in range(30)})

    claims, _ = await queue.claim(10, 60, Shares(15, {}))

    assert [claim.conversation for claim in claims] == [f"zendesk:{number}" for number in range(10)]
    assert {claim.author for claim in claims} == {""}


async def test_a_workspace_with_many_channels_takes_turns_with_one_that_has_few(scripts: Scripts) -> None:
    busy = {f"slack:T1:C{number % 500}:{number}.0": number for number in range(FLOOD)}
    await scripts.client.zadd(keys.DUE, {**busy, "slack:T2:C1:1.0": FLOOD, "slack:T2:C2:1.0": FLOOD + 1})
    queue = DueQueue(scripts, debounce=0)

    claims, _ = await queue.claim(4, 60, Shares(15, {}))

    assert [workspace_of(place_of(claim.conversation)) for claim in claims] == ["slack:T1", "slack:T2"] * 2


async def test_what_is_put_off_keeps_its_author(scripts: Scripts) -> None:
    queue = DueQueue(scripts, debounce=0)
    await queue.wake("zendesk:1", author=tag_of("zendesk:11"))
    [claim], _ = await queue.claim(1, 60, Shares(15, {}))
    left = await scripts.client.exists(keys.DUE_AUTHORS)
    await queue.wake(claim.conversation, 0.0, claim.author)

    assert claim.author == tag_of("zendesk:11")
    assert left == 0
    assert await scripts.client.hget(keys.DUE_AUTHORS, "zendesk:1") == claim.author.encode()


def test_a_tag_stands_for_a_person_and_tells_nothing_of_them() -> None:
    assert tag_of("slack:T1:U1") == tag_of("slack:T2:U1")
    assert "U1" not in tag_of("slack:T1:U1")
    assert tag_of("") == ""
