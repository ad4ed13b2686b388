"""The stage on which most stories play."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.harness.frontdesk import Stage, open_stage


@pytest.fixture
async def stage(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A Frontdesk with the store desk and default settings."""
    async with open_stage(redis_url, tmp_path) as stage:
        yield stage
