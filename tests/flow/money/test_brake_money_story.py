"""An offer is open when somebody pulls the brake: in silence a yes moves nothing, and counts once it is released."""

from pathlib import Path

import pytest

from bot.domain.autonomy import Mode
from bot.store.admin.brake import BrakeSwitch
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, Stage
from tests.flow.harness.refunds import REFUNDS, open_refunds


async def brakes(stage: Stage, mode: Mode | None) -> None:
    switch = BrakeSwitch(stage.engine.client)
    await (switch.pull(mode, "ops", 1.0) if mode else switch.release("ops", 1.0))

    async def is_known() -> bool:
        return await stage.engine.brake.mode() is mode

    await wait_until(is_known, what="the brake")


@pytest.mark.parametrize("answer", ["yes", "button"])
async def test_in_silence_a_yes_moves_nothing_and_the_offer_stays_open(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, REFUNDS) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        said = len(await till.stage.thread(SARAH_DM, ts))
        await brakes(till.stage, Mode.SILENT)
        if answer == "yes":
            await till.stage.writes(SARAH, SARAH_DM, "yes", ts)
        else:
            await till.clicks(SARAH, SARAH_DM, "frontdesk_confirm", ts)
        await till.stage.quiet()
        silent = await till.refunded("ord_1002"), len(await till.stage.thread(SARAH_DM, ts))
        await brakes(till.stage, None)
        await till.clicks(SARAH, SARAH_DM, "frontdesk_confirm", ts)
        await till.stage.quiet()
        released = await till.refunded("ord_1002")

    assert silent == (0, said + (answer == "yes"))
    assert released == 4999
