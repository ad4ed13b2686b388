"""What operators see of a turn in traces: model calls, tools, deliveries, each inside what it belongs to, in ids."""

from pathlib import Path

from bot.telemetry import span_names
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, TEAM, open_stage
from tests.unit.telemetry.span_memory import SpanMemory, told

QUESTION = "Where is my order A1001? I have told zanzibar twice."
WORDS = ("zanzibar", "A1001", "sarah.chen", "tracking number")


async def test_a_turn_is_one_trace_of_ids_and_outcomes(redis_url: str, tmp_path: Path) -> None:
    memory = SpanMemory()
    with memory.listening():
        async with open_stage(redis_url, tmp_path) as stage:
            ts = await stage.writes(SARAH, SARAH_DM, QUESTION)
            await stage.answers(SARAH_DM, ts)
            await stage.settled()

    paths = memory.paths
    [turn] = [span for span in memory.spans if span.name == "turn"]
    assert any(path.startswith("turn › invoke_agent ") and "› chat offline" in path for path in paths)
    assert any("› execute_tool lookup_" in path for path in paths)
    assert "turn › deliver reply" in paths
    assert told(turn)[span_names.CONVERSATION] == f"slack:{TEAM}:{SARAH_DM}:{ts}"
    assert told(turn)[span_names.VERDICT] == "answered"


async def test_no_span_holds_a_word_of_anybody(redis_url: str, tmp_path: Path) -> None:
    memory = SpanMemory()
    with memory.listening():
        async with open_stage(redis_url, tmp_path) as stage:
            ts = await stage.writes(SARAH, SARAH_DM, f"{QUESTION} I want a human, now!")
            await stage.answers(SARAH_DM, ts)
            await stage.settled()

    everything = "".join(span.to_json() for span in memory.spans)
    assert {name for span in memory.spans for name in told(span)} <= span_names.EXPECTED
    assert len(memory.spans) > 2
    assert [word for word in WORDS if word in everything] == []
