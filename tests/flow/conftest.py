"""The stage on which most stories play."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.harness.frontdesk import Stage, open_stage
from tests.flow.harness.in_memory import open_in_memory
from tests.flow.harness.story import Story


@pytest.fixture
async def stage(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A Frontdesk with the store desk and default settings."""
    async with open_stage(redis_url, tmp_path) as stage:
        yield stage


@pytest.fixture
async def story(redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    """The same between a channel and a help desk in memory, for what no vendor and no HTTP decides."""
    async with open_in_memory(redis_url, tmp_path) as stage:
        yield stage
