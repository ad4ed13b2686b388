"""What is personal stays where only the customer and we read it."""

from pathlib import Path

import pytest

from tests.flow.harness.frontdesk import BOT, SARAH, SARAH_DM, SHARED, open_stage, said
from tests.flow.harness.refunds import open_refunds


async def test_in_a_channel_with_another_company_nothing_personal_is_said_but_in_the_dm_it_is(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        await stage.takes_all()
        shared = await stage.writes(SARAH, SHARED, f"<@{BOT}> Where is my order A1001?")
        [public] = await stage.answers(SHARED, shared)
        general = await stage.writes(SARAH, SHARED, f"<@{BOT}> how long does express shipping take?")
        [rule] = await stage.answers(SHARED, general)
        await stage.quiet()
        messages = [message for message in (await stage.state())["slack"]["messages"] if message["channel"] == SARAH_DM]
        opening, private = [said(message) for message in messages]
        await stage.writes(SARAH, SARAH_DM, "and can I return it?", messages[0]["ts"])
        later = await stage.answers(SARAH_DM, messages[0]["ts"], 2)

    assert "Where is my order A1001?" in opening
    assert later[1]
    assert "direct message" in public
    assert "1Z999AA10123456784" not in public
    assert "1-2" in rule.replace("–", "-")
    assert "1Z999AA10123456784" in private


async def test_nothing_can_be_proposed_there_either(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SHARED, f"<@{BOT}> please refund ord_1002")
        answer = await till.last(SHARED, ts)

    assert "49.99" not in answer
    assert any("people of other companies" in returned for returned in till.model.returned)
