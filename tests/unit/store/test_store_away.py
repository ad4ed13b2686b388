"""A store that is away, in whatever way: one kind of error, and work that goes on when it is back."""

import asyncio
from collections.abc import Iterator

import pytest
from redis.exceptions import ClusterDownError, RedisClusterException, SlotNotCoveredError
from redis.exceptions import ConnectionError as NoConnection

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.queue.due import DueQueue
from bot.store.redis import Scripts, connect, store_errors
from bot.store.server_check import check
from tests.conftest import wait_until
from tests.redis_cluster import Nodes, cluster_nodes
from tests.unit.store.redis_harness import open_redis_harness


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with cluster_nodes(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.mark.parametrize(
    "error",
    [
        RedisClusterException(),
        SlotNotCoveredError(),
        ClusterDownError("down"),
        NoConnection(),
        OSError(),
        TimeoutError(),
        AttributeError("'NoneType' object has no attribute 'writelines'"),
    ],
)
def test_one_list_knows_every_way_of_being_away(error: Exception) -> None:
    assert isinstance(error, store_errors)


@pytest.mark.parametrize("port", [1, 2])
async def test_a_cluster_whose_only_named_node_is_away_is_away(port: int) -> None:
    client = connect(f"redis+cluster://127.0.0.1:{port}")
    with pytest.raises(TemporaryFailure, match="store: "):
        await check(client)
    with pytest.raises(TemporaryFailure):
        await DueQueue(Scripts(client), debounce=0).wake("zendesk:1")
    await client.aclose()


async def test_one_named_node_that_answers_is_enough(nodes: Nodes) -> None:
    client = connect(f"redis+cluster://127.0.0.1:1,127.0.0.1:{nodes.ports[1]},127.0.0.1:2")
    assert [finding.problem for finding in await check(client) if finding.fatal] == []
    await client.aclose()


async def test_work_goes_on_when_a_lost_master_is_back(nodes: Nodes) -> None:
    async with open_redis_harness(f"redis+cluster://127.0.0.1:{nodes.ports[0]}") as room:
        client = room.scripts.client
        await room.inbox.accept(room.asks("chat:web:1", "hello"))
        node = client.get_node_from_key(keys.DUE)
        nodes.kill(node.port)
        with pytest.raises(TemporaryFailure):
            await room.due.claim(1, 30)
        nodes.start(node.port)

        async def claimed() -> list[str]:
            try:
                return [claim.conversation for claim in (await room.due.claim(1, 30))[0]]
            except TemporaryFailure:
                return []

        assert await wait_until(claimed) == ["chat:web:1"]
        await asyncio.gather(*(room.inbox.accept(room.asks(f"chat:web:{n}", "again")) for n in range(6)))
