"""What models cost: counted once, capped for all workers together, and never refused or forgotten by accident."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from agents import Model, ModelResponse, Usage
from openai import APIConnectionError, APITimeoutError
from openai.types.responses.response_usage import InputTokensDetails

from bot.desk.policy.pricing import DEAREST, FREE, Price, SpendingPolicy, Tokens
from bot.domain.models.cost import dollars
from bot.domain.ports import Refusal, Reservation
from bot.store import keys
from bot.store.limits.model_budget import SpendingCounters
from bot.store.pipelining import answered
from bot.store.redis import SCRIPTS, Client, Scripts
from bot.turn.agent.model_cost import CostScope, MeteredModel, Overspent, paying
from tests.doubles.clock import ManualClock

SMALL = Price(input=Decimal("0.25"), cached=Decimal("0.025"), output=Decimal(2))
LARGE = Price(input=Decimal("1.25"), output=Decimal(10))
WANTED = httpx2.Request("POST", "http://127.0.0.1/v1/responses")


@pytest.fixture(autouse=True)
async def _taught(redis: Client) -> None:
    """A server that does not know the script yet is taught it once the cost was sent, by nobody one can wait for."""
    await redis.script_load((SCRIPTS / "spent.lua").read_text())


def counters(
    scripts: Scripts, clock: ManualClock, day: int | None = None, month: int | None = None, desk: str = "store"
) -> SpendingCounters:
    return SpendingCounters(scripts, desk, (day, month), clock, ttl=3_600)


async def spent(redis: Client, *key_names: str) -> list[int]:
    await answered(redis)  # real costs go with what is asked of the store next
    return [int(await redis.get(name) or 0) for name in key_names]


def month_of(clock: ManualClock, desk: str = "store") -> str:
    return keys.spent_in_month(f"{datetime.fromtimestamp(clock.now(), UTC):%Y-%m}", desk)


class Answering(Model):
    """A model that takes its time, counts its calls, and may fail."""

    def __init__(self, usage: Usage | None = None, error: Exception | None = None) -> None:
        self.calls = 0
        self._usage = (
            usage if usage is not None else Usage(requests=1, input_tokens=1000, output_tokens=100, total_tokens=1100)
        )
        self._error = error

    async def get_response(self, *_: Any, **__: Any) -> ModelResponse:
        self.calls += 1
        await asyncio.sleep(0)
        if self._error:
            raise self._error
        return ModelResponse(output=[], usage=self._usage, response_id=None)

    async def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        self.calls += 1
        raise self._error or AssertionError("not asked for")
        yield


async def ask(model: MeteredModel, purse: CostScope | None) -> None:
    named = {"system_instructions": "Be kind.", "input": "hello", "tools": []}
    if purse is None:
        await model.get_response(**named)
        return
    with paying(purse):
        await model.get_response(**named)


def test_a_price_is_per_million_tokens_and_cached_ones_are_cheaper() -> None:
    assert SMALL.of(Tokens(1_000_000, 0)) == 250_000
    assert SMALL.of(Tokens(1_000_000, 0, cached=1_000_000)) == 25_000
    assert LARGE.of(Tokens(1000, 100, cached=1000)) == 2250
    assert SMALL.of(Tokens(1, 0)) == 1


def test_a_model_without_a_price_costs_as_much_as_the_dearest() -> None:
    table = SpendingPolicy(prices={"small": SMALL, "large": LARGE})

    assert table.price_of("new") == LARGE
    assert SpendingPolicy().price_of("new") == DEAREST
    assert table.price_of(FREE).of(Tokens(10**6, 10**6)) == 0
    assert table.unpriced(("new", "small", FREE)) == ["new"]


def test_amounts_are_told_as_people_read_them() -> None:
    assert [dollars(amount) for amount in (0, 1500, 12_345_678)] == ["0.00 USD", "0.0015 USD", "12.35 USD"]


async def test_what_a_call_cost_takes_the_place_of_its_estimate_once(
    scripts: Scripts, redis: Client, clock: ManualClock
) -> None:
    books = counters(scripts, clock)

    held = await books.set_aside("cust_001", "slack:T:C:1", 900)
    assert isinstance(held, Reservation)
    before = await spent(redis, *held.counted)
    books.settle(held, 200)
    books.settle(held, 200)

    assert before == [900, 900, 900]
    assert await spent(redis, *held.counted) == [200, 200, 200]
    assert held.total == 900


async def test_a_customers_day_and_the_desks_month_have_caps_of_their_own(scripts: Scripts, clock: ManualClock) -> None:
    books = counters(scripts, clock, day=1000, month=1500)

    assert isinstance(await books.set_aside("a", "c:1", 1000), Reservation)
    assert await books.set_aside("a", "c:2", 1) is Refusal.CUSTOMER
    assert isinstance(await books.set_aside("b", "c:3", 500), Reservation)
    assert await books.set_aside("b", "c:3", 1) is Refusal.DESK
    clock.advance(86_400)
    assert await books.set_aside("a", "c:2", 1) is Refusal.DESK
    clock.advance(31 * 86_400)
    assert isinstance(await books.set_aside("a", "c:2", 1), Reservation)


async def test_with_200_conversations_at_once_no_cap_is_exceeded(
    scripts: Scripts, redis: Client, clock: ManualClock
) -> None:
    books, inner = counters(scripts, clock, month=100_000), Answering()
    model = MeteredModel(inner, "large", LARGE)

    asked = [ask(model, CostScope(books, f"c:{number}", f"customer {number}")) for number in range(200)]
    ended = await asyncio.gather(*asked, return_exceptions=True)

    refused = [each for each in ended if isinstance(each, Overspent)]
    [month] = await spent(redis, month_of(clock))
    assert inner.calls == 200 - len(refused)
    assert refused
    assert month == inner.calls * LARGE.of(Tokens(1000, 100)) <= 100_000


async def test_a_call_whose_worker_died_stays_counted(scripts: Scripts, redis: Client, clock: ManualClock) -> None:
    purse = CostScope(counters(scripts, clock), "c:1", "a")
    reached = asyncio.Event()

    class Hanging(Answering):
        async def get_response(self, *_: Any, **__: Any) -> ModelResponse:
            reached.set()
            await asyncio.get_running_loop().create_future()
            raise AssertionError("nobody answers")

    task = asyncio.create_task(ask(MeteredModel(Hanging(), "large", LARGE), purse))
    await reached.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    [month] = await spent(redis, month_of(clock))
    assert month >= LARGE.of(Tokens(0, 1_500))


@pytest.mark.parametrize(
    ("error", "counts"),
    [(APIConnectionError(request=WANTED), False), (APITimeoutError(request=WANTED), True)],
    ids=["refused", "timed out"],
)
async def test_a_call_that_surely_did_not_happen_costs_nothing(
    scripts: Scripts, redis: Client, clock: ManualClock, error: Exception, counts: bool
) -> None:
    purse = CostScope(counters(scripts, clock), "c:1", "a")

    with pytest.raises(type(error)):
        await ask(MeteredModel(Answering(error=error), "large", LARGE), purse)

    assert ((await spent(redis, month_of(clock)))[0] > 0) is counts


async def test_what_the_provider_had_cached_is_counted_as_such(scripts: Scripts, clock: ManualClock) -> None:
    cached = InputTokensDetails(cached_tokens=600, cache_write_tokens=0)
    used = Usage(requests=1, input_tokens=1000, output_tokens=0, total_tokens=1000, input_tokens_details=cached)
    purse = CostScope(counters(scripts, clock), "c:1", "a")

    await ask(MeteredModel(Answering(used), "small", SMALL), purse)

    assert purse.total == SMALL.of(Tokens(1000, 0, cached=600)) == 115


async def test_a_provider_that_tells_no_usage_is_counted_by_the_words(scripts: Scripts, clock: ManualClock) -> None:
    purse = CostScope(counters(scripts, clock), "c:1", "a")

    await ask(MeteredModel(Answering(Usage()), "large", LARGE), purse)

    assert purse.total is not None
    assert 0 < purse.total < LARGE.of(Tokens(100, 10))


async def test_the_rule_model_and_a_call_outside_a_turn_need_no_purse(
    scripts: Scripts, redis: Client, clock: ManualClock
) -> None:
    free = Answering()

    await ask(
        MeteredModel(free, FREE, SpendingPolicy().price_of(FREE)),
        CostScope(counters(scripts, clock, day=0), "c:1", "a"),
    )
    await ask(MeteredModel(free, "large", LARGE), None)

    assert free.calls == 2
    assert await spent(redis, month_of(clock)) == [0]
