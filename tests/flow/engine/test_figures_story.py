"""What operators see of a turn in figures: the model's time, its tools, and the time that delivery takes."""

import re

from tests.flow.harness.frontdesk import SARAH, SARAH_DM, Stage


async def test_a_turn_shows_in_the_figures_of_models_tools_and_deliveries(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    await stage.answers(SARAH_DM, ts)
    await stage.settled()
    shown = (await stage.http.get(f"{stage.bot}/metrics")).text

    assert re.search(r'^frontdesk_model_seconds_count\{outcome="done"\} [1-9]', shown, flags=re.MULTILINE)
    assert re.search(r'^frontdesk_tool_calls_total\{outcome="ok",tool="lookup_\w+"\} [1-9]', shown, flags=re.MULTILINE)
    assert re.search(r'^frontdesk_effect_seconds_count\{kind="reply"\} [1-9]', shown, flags=re.MULTILINE)
