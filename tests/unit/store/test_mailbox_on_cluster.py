"""Every story of the mailbox once more, on a Redis Cluster: no script crosses a hash slot."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.store import keys
from bot.store.admin.overview import look_over
from bot.store.limits.customer_rate import MessageRate
from bot.store.queue.sweeper import sweep
from bot.store.records.conversations import Conversations
from bot.store.records.dm_threads import DmThreads
from bot.store.redis import Client, Scripts, connect
from bot.store.server_check import check
from tests.doubles.clock import ManualClock
from tests.redis_cluster import redis_cluster
from tests.unit.store.test_mailbox import *  # noqa: F403  # the same stories, on this module's `redis`
from tests.unit.store.test_mailbox import CONVERSATION, RedisHarness, line


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture
async def redis(cluster: str) -> AsyncIterator[Client]:
    client = connect(cluster)
    await client.flushall(target_nodes=client.PRIMARIES)
    yield client
    await client.aclose()


def spread(number: int) -> list[str]:
    """Return names of conversations, which fall into slots of every node."""
    return [f"slack:T1:D1:170000000{index}.000100" for index in range(number)]


async def test_the_start_s_check_reads_a_cluster(redis: Client) -> None:
    assert [finding.problem for finding in await check(redis) if finding.fatal] == []


async def test_what_looks_at_all_conversations_sees_those_of_every_node(room: RedisHarness, redis: Client) -> None:
    for number, name in enumerate(spread(12)):
        await room.inbox.accept(line(number, conversation=name))
    await redis.delete(keys.DUE)

    woken = await sweep(redis, room.due)
    seen = await look_over(room.scripts, 50)

    assert woken == 12
    assert len(seen.newest) == 12
    assert sorted(claim.conversation for claim in (await room.due.claim(50, 30))[0]) == sorted(spread(12))


async def test_a_listener_hears_a_conversation_wherever_it_is_kept(scripts: Scripts) -> None:
    conversations = Conversations(scripts, ManualClock())
    for name in spread(3):
        async with conversations.watch(name) as watch:
            await conversations.publish(name, "status", "thinking")
            event = await anext(aiter(watch.events("m1", 5)))
        assert (event.name, event.data) == ("status", "thinking")


async def test_the_pointers_of_a_direct_message_are_read_in_one_step(room: RedisHarness) -> None:
    threads = DmThreads(room.scripts)
    await threads.join("T1", "D1", "1700000000.000200", CONVERSATION)

    assert await threads.joined("T1", "D1", "1700000000.000200") == CONVERSATION
    assert await threads.look("T1", "D1", "U1", "1700000000.000300") == (None, "")


async def test_a_customer_s_pace_is_one_for_all_workers(redis: Client) -> None:
    assert await MessageRate(redis).take("slack:T1:U1", 2, 2) == 0
    assert await MessageRate(redis).take("slack:T1:U1", 1, 2) > 0


async def test_a_conversation_is_forgotten_as_a_whole(room: RedisHarness, scripts: Scripts) -> None:
    conversations = Conversations(scripts, ManualClock())
    await room.inbox.accept(line(1))
    await conversations.link("42", CONVERSATION)

    assert await conversations.reset(CONVERSATION)
    assert await conversations.read(CONVERSATION) is None
