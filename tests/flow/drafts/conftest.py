"""The stage on which everything is a draft."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.drafts.desk import TRIAGE, draft_desk
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory

KEYS = {"frontdesk_api_keys": "web:chat-secret:chat"}


@pytest.fixture
async def story(redis_url: str, tmp_path: Path) -> AsyncIterator[InMemoryStage]:
    """A Frontdesk that drafts, with tickets alone for people to decide on."""
    async with open_in_memory(redis_url, tmp_path, frontdesk_desk=draft_desk(tmp_path), **KEYS) as stage:
        yield stage


@pytest.fixture
async def triage(redis_url: str, tmp_path: Path) -> AsyncIterator[InMemoryStage]:
    """The same with a channel in which colleagues decide."""
    desk = draft_desk(tmp_path)
    more = {**KEYS, "frontdesk_triage_channel": TRIAGE}
    async with open_in_memory(redis_url, tmp_path, frontdesk_desk=desk, **more) as stage:
        yield stage
