"""The rate of a customer's messages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.errors import TemporaryFailure
from bot.store.limits.customer_rate import MessageRate
from bot.store.redis import Client, connect


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Client]:
    opened = connect(redis_url)
    yield opened
    await opened.aclose(close_connection_pool=True)


async def test_messages_pass_up_to_the_limit_and_then_wait(client: Client) -> None:
    rate = MessageRate(client)

    passed = [await rate.take("chat:web:cust_001", 1, 3) for _ in range(3)]
    wait = await rate.take("chat:web:cust_001", 1, 3)

    assert passed == [0.0, 0.0, 0.0]
    assert 0 < wait <= 60


async def test_another_customer_has_a_limit_of_their_own(client: Client) -> None:
    rate = MessageRate(client)
    await rate.take("a", 1, 1)

    assert await rate.take("b", 1, 1) == 0.0


async def test_the_limit_holds_across_processes(client: Client, redis_url: str) -> None:
    await MessageRate(client).take("a", 1, 1)
    other = connect(redis_url)

    assert await MessageRate(other).take("a", 1, 1) > 0
    await other.aclose(close_connection_pool=True)


async def test_what_costs_more_than_the_limit_passes_when_the_window_is_empty(client: Client) -> None:
    rate = MessageRate(client)

    assert await rate.take("a", 50, 5) == 0.0
    assert await rate.take("a", 1, 5) > 0


async def test_a_refused_message_is_not_counted(client: Client) -> None:
    rate = MessageRate(client)
    await rate.take("a", 3, 4)

    assert await rate.take("a", 2, 4) > 0
    assert await rate.take("a", 1, 4) == 0.0


async def test_every_key_has_an_end_and_stands_in_the_table(client: Client) -> None:
    await MessageRate(client).take("a", 1, 5)

    names = await client.keys("*")

    assert names
    assert all(name.startswith(b"fd:rate:") for name in names)
    assert all([await client.ttl(name) > 0 for name in names])


async def test_a_store_that_is_down_is_a_temporary_failure(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nothing.sock")

    with pytest.raises(TemporaryFailure):
        await MessageRate(client).take("a", 1, 5)
    await client.aclose(close_connection_pool=True)
