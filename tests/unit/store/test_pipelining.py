"""Calls that share a round trip: each gets its own answer, and nobody suffers from a neighbour."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from bot.store import keys
from bot.store.held_connection import HeldConnection
from bot.store.pipelining import MOST_AT_ONCE, Pipeliner, shared_by
from bot.store.redis import SCRIPTS, Client, Scripts, connect, disconnect
from tests.conftest import wait_until


class Counting(HeldConnection):
    """A connection that counts its round trips, and can be cut off."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self.trips = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_cut = False

    async def ask(self, commands: Sequence[bytes], count: int) -> list[Any]:
        self.trips += 1
        await self.gate.wait()
        if self.is_cut:
            raise NoConnection("cut off")
        return await super().ask(commands, count)


@pytest.fixture
def line(redis: Client) -> Counting:
    """The way to an empty database."""
    return Counting(redis.connection_pool)


@pytest.fixture
def batch(line: Counting) -> Pipeliner:
    """What the calls go through."""
    return Pipeliner(line)


async def test_what_nobody_waits_for_goes_with_the_next_round_trip_in_order(batch: Pipeliner, line: Counting) -> None:
    replies = batch.post(("INCR", "n"))
    assert await batch.send(("INCR", "n")) == [2]
    assert await replies == [1]
    assert line.trips == 1


async def test_what_nobody_waits_for_goes_also_where_nothing_follows(batch: Pipeliner, line: Counting) -> None:
    assert await batch.post(("PING",)) == [b"PONG"]
    batch.post(("INCR", "n"))
    await batch.end()
    assert await batch.send(("GET", "n")) == [b"1"]


async def test_a_server_that_forgot_a_script_is_taught_it_although_nobody_waits(redis: Client) -> None:
    scripts = Scripts(redis)
    await redis.script_flush()
    scripts.later(("touch", [keys.ALL], ["c:1", "0"]))
    await wait_until(lambda: redis.zscore(keys.ALL, "c:1"))


async def test_what_is_asked_meanwhile_goes_in_one_round_trip(batch: Pipeliner, line: Counting) -> None:
    line.gate.clear()
    asking = [asyncio.create_task(batch.send(("ECHO", str(number)), ("PING",))) for number in range(MOST_AT_ONCE + 1)]
    await wait_until(lambda: line.trips == 1)
    asking += [asyncio.create_task(batch.send(("ECHO", "late")))]
    line.gate.set()
    answers = await asyncio.gather(*asking)
    assert [answer[0] for answer in answers] == [*(b"%d" % n for n in range(MOST_AT_ONCE + 1)), b"late"]
    assert line.trips == 2


async def test_a_lone_call_does_not_wait_for_company(batch: Pipeliner, line: Counting) -> None:
    assert await batch.send(("ECHO", "one")) == [b"one"]
    assert await batch.send(("ECHO", "two")) == [b"two"]
    assert line.trips == 2


async def test_a_refused_command_is_its_callers_alone(batch: Pipeliner) -> None:
    refused, served = await asyncio.gather(
        batch.send(("HGETALL", "fd:x"), ("LPUSH", "fd:{c}:in"), ("ECHO", "still")), batch.send(("ECHO", "served"))
    )
    assert isinstance(refused[1], ResponseError)
    assert refused[2] == b"still"
    assert served == [b"served"]


async def test_a_lost_connection_is_told_to_everyone_and_is_over_when_it_is_over(
    batch: Pipeliner, line: Counting
) -> None:
    line.is_cut = True
    for told in await asyncio.gather(*(batch.send(("PING",)) for _ in range(3)), return_exceptions=True):
        assert isinstance(told, NoConnection)
    line.is_cut = False
    assert await batch.send(("ECHO", "back")) == [b"back"]


async def test_a_caller_who_leaves_disturbs_nobody(batch: Pipeliner, line: Counting) -> None:
    line.gate.clear()
    leaving = asyncio.create_task(batch.send(("ECHO", "gone")))
    staying = asyncio.create_task(batch.send(("ECHO", "here")))
    await wait_until(lambda: line.trips == 1)
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving
    line.gate.set()
    assert await staying == [b"here"]
    assert await batch.send(("ECHO", "next")) == [b"next"]


async def test_a_caller_is_not_left_hanging_when_the_sending_is_cancelled(batch: Pipeliner, line: Counting) -> None:
    line.gate.clear()
    asking = asyncio.create_task(batch.send(("PING",)))
    await wait_until(lambda: line.trips == 1)
    assert batch._sender
    batch._sender.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    line.gate.set()
    assert await batch.send(("ECHO", "again")) == [b"again"]


async def test_a_client_closes_after_what_its_callers_left_behind(redis_url: str) -> None:
    """Closed under a command, redis-py connects anew to repeat it, and nobody closes that connection."""
    other, client = connect(redis_url), connect(redis_url)
    await client.ping()
    await other.client_pause(300)
    task = asyncio.create_task(shared_by(client).send(["PING"]))
    await wait_until(lambda: client.connection_pool._in_use_connections, what="a command on its way")
    task.cancel()

    await disconnect(client)

    pool = client.connection_pool
    assert not pool._in_use_connections
    assert [each for each in pool._available_connections if each.is_connected] == []
    await other.aclose()


async def test_a_connection_that_the_server_has_closed_is_opened_again(batch: Pipeliner, redis: Client) -> None:
    assert await batch.send(("ECHO", "before")) == [b"before"]
    await redis.client_kill_filter(_type="normal", skipme=True)
    assert await batch.send(("ECHO", "after")) == [b"after"]


async def test_an_answer_that_comes_too_late_is_nobody_elses(redis_url: str, redis: Client) -> None:
    client = connect(redis_url)
    client.connection_pool.connection_kwargs |= {"socket_timeout": 0.05, "retry": Retry(NoBackoff(), 0)}
    await shared_by(client).send(("PING",))
    await redis.client_pause(300)
    with pytest.raises(NoAnswer):
        await shared_by(client).send(("ECHO", "late"))
    await redis.client_unpause()
    assert await shared_by(client).send(("ECHO", "next"), ("ECHO", "one more")) == [b"next", b"one more"]
    await disconnect(client)


@pytest.mark.parametrize("steps", [2, 10])
async def test_who_leaves_in_the_middle_leaves_no_answer_behind(batch: Pipeliner, redis: Client, steps: int) -> None:
    await batch.send(("PING",))
    await redis.client_pause(300)
    leaving = asyncio.create_task(batch.send(("ECHO", "gone")))
    for _ in range(steps):
        await asyncio.sleep(0)
    assert batch._sender
    batch._sender.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await redis.client_unpause()
    assert await batch.send(("ECHO", "next")) == [b"next"]


async def test_what_follows_a_script_that_the_server_forgot_runs_after_it(redis: Client) -> None:
    """A wake that overtook its line would find nothing, and nobody would come again."""
    scripts = Scripts(redis)
    name = "chat:web:1"
    parts = [keys.inbox(name), keys.state(name), keys.seen(name)]
    await redis.script_flush()
    await redis.script_load((SCRIPTS / "withdraw.lua").read_text())
    line = ("m1", "", '{"id":"m1"}', 60, "0", "", "", 0)
    accepted, removed = await scripts.run_all(
        ("accept", [*parts, keys.items(name), keys.early(name), keys.kept(name)], line),
        ("withdraw", parts, ("m1", "delete", "")),
    )
    assert (accepted, removed) == (1, 1)
