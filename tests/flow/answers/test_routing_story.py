"""Where a customer's first message goes, and who answers the next ones."""

from tests.flow.harness.frontdesk import SARAH, SARAH_DM
from tests.flow.harness.story import Story


async def specialist_and_transfers(stage: Story, ts: str) -> tuple[str, list[str]]:
    """Return who answers in Sarah's thread, and which transfers there were."""
    view = await stage.engine.conversations.read(f"slack:T0FRONTDSK:{SARAH_DM}:{ts}")
    assert view is not None
    return view.conversation.specialist, [entry.text for entry in view.entries if entry.role == "transfer"]


async def test_a_clear_first_message_reaches_its_specialist_without_triage(story: Story) -> None:
    ts = await story.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    answers = await story.answers(SARAH_DM, ts)
    await story.settled()

    assert "A1001" in answers[0]
    assert await specialist_and_transfers(story, ts) == ("orders", [])


async def test_a_greeting_is_met_by_triage_which_then_transfers(story: Story) -> None:
    ts = await story.writes(SARAH, SARAH_DM, "Hello!")
    await story.answers(SARAH_DM, ts)
    await story.settled()
    greeted = await specialist_and_transfers(story, ts)
    await story.writes(SARAH, SARAH_DM, "Where is my order A1001?", thread_ts=ts)
    await story.answers(SARAH_DM, ts, 2)
    await story.settled()

    assert greeted == ("triage", [])
    assert await specialist_and_transfers(story, ts) == ("orders", ["triage → orders"])


async def test_only_the_first_message_is_routed(story: Story) -> None:
    ts = await story.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    await story.answers(SARAH_DM, ts)
    await story.writes(SARAH, SARAH_DM, "how do I reset my password?", thread_ts=ts)
    await story.answers(SARAH_DM, ts, 2)
    await story.settled()

    assert await specialist_and_transfers(story, ts) == ("technical", ["orders → technical"])
