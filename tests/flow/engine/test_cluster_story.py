"""The front desk on a Redis Cluster of three masters: answered, remembered, handed over, carried back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.harness.frontdesk import DANA_ID, SARAH, SARAH_DM, TEAM, open_stage
from tests.redis_cluster import redis_cluster


@pytest.fixture(scope="module")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


async def test_a_customer_is_answered_reaches_a_human_and_is_forgotten(cluster_url: str, tmp_path: Path) -> None:
    async with open_stage(cluster_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        first = (await stage.answers(SARAH_DM, ts))[0]
        await stage.writes(SARAH, SARAH_DM, "Let me speak to a human", ts)
        await stage.answers(SARAH_DM, ts, 2)
        ticket = int((await stage.tickets())[0]["id"])
        await stage.comments(ticket, DANA_ID, "I am looking into it.")
        relayed = (await stage.answers(SARAH_DM, ts, 3))[-1]
        conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await stage.owned_by(conversation, "human")
        await stage.quiet()
        forgotten = await stage.engine.conversations.reset(conversation)

    assert "A1001" in first
    assert "I am looking into it" in relayed
    assert forgotten
