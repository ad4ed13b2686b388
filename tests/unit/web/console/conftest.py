"""A store of one's own, and a client that has the console's key."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.console.made_figures import MadeFigures
from tests.unit.web.webapp import OPS, open_web


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
async def ops(room: RedisHarness) -> AsyncIterator[httpx.AsyncClient]:
    """An operator."""
    async with open_web(room, figures=MadeFigures()) as client:
        client.headers.update(OPS)
        yield client
