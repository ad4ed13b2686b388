"""Where a customer's first message goes, and who answers the next ones."""

from tests.flow.harness.frontdesk import SARAH, SARAH_DM, Stage


async def specialist_and_transfers(stage: Stage, ts: str) -> tuple[str, list[str]]:
    """Return who answers in Sarah's thread, and which transfers there were."""
    view = await stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")
    assert view is not None
    return view.conversation.specialist, [entry.text for entry in view.entries if entry.role == "transfer"]


async def test_a_clear_first_message_reaches_its_specialist_without_triage(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    answers = await stage.answers(SARAH_DM, ts)
    await stage.settled()

    assert "A1001" in answers[0]
    assert await specialist_and_transfers(stage, ts) == ("orders", [])


async def test_a_greeting_is_met_by_triage_which_then_transfers(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "Hello!")
    await stage.answers(SARAH_DM, ts)
    await stage.settled()
    greeted = await specialist_and_transfers(stage, ts)
    await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?", thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 2)
    await stage.settled()

    assert greeted == ("triage", [])
    assert await specialist_and_transfers(stage, ts) == ("orders", ["triage → orders"])


async def test_only_the_first_message_is_routed(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    await stage.answers(SARAH_DM, ts)
    await stage.writes(SARAH, SARAH_DM, "how do I reset my password?", thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 2)
    await stage.settled()

    assert await specialist_and_transfers(stage, ts) == ("technical", ["orders → technical"])
