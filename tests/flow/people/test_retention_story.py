"""After `FRONTDESK_RETENTION_DAYS` no place of ours holds a word of a draft; what became of it stays counted."""

from pathlib import Path

import pytest

from bot.domain.drafts import Draft
from bot.store.admin.person_search import texts_of
from tests.flow.drafts.desk import TRIAGE, becomes, draft_desk, drafts, notes
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.story import SARAH, SARAH_DM, TEAM
from tests.flow.people.test_forgetting_story import found_in_files

DAY = 86_400.0
QUESTIONS = ("How long does standard shipping take?", "Which cards do you accept?")


async def stands(stage: InMemoryStage, words: set[str]) -> list[str]:
    """Return where in Redis one of these texts stands with more time left than it may be kept."""
    client = stage.engine.client
    found = []
    async for raw in client.scan_iter(count=1000):
        key = raw.decode()
        texts = [text async for text in texts_of(client, key)]
        is_going = 0 < await client.ttl(key) <= DAY
        found += [key for text in texts for word in words if word in text and not is_going]
    return found


async def end_of_day(stage: InMemoryStage, conversation: str) -> list[Draft]:
    """Let the time pass for which drafts are kept, and what is due then be done."""
    for _ in range(2):
        await stage.passes(DAY + 1)
        await stage.quiet()
    return await drafts(stage, conversation)


@pytest.mark.parametrize("surface", ["slack", "zendesk"])
async def test_no_word_of_a_draft_outlives_its_time(redis_url: str, tmp_path: Path, surface: str) -> None:
    """The first is superseded, the second is open: a draft that may not be kept is not to be sent either."""
    settings = {
        "frontdesk_triage_channel": TRIAGE,
        "frontdesk_retention_days": 1,
        "frontdesk_desk": draft_desk(tmp_path),
    }
    async with open_in_memory(redis_url, tmp_path / "data", **settings) as stage:
        conversation = await two_drafts(stage, surface)
        before = await becomes(stage, conversation, "superseded", "open")
        words = {line for draft in before for line in draft.text.splitlines() if line}
        there = await stands(stage, words)

        after = await end_of_day(stage, conversation)

        assert there
        assert await stands(stage, words) == []
        assert found_in_files(tmp_path / "data", tuple(words)) == []
        assert [word for word in words if word in stage.log.getvalue()] == []
        assert [str(draft.stage) for draft in after] == ["superseded", "ignored"]
        assert [draft.id for draft in after] == [draft.id for draft in before]


async def two_drafts(stage: InMemoryStage, surface: str) -> str:
    """A customer asks two things, and nobody decides on what would be answered; return the conversation."""
    if surface == "slack":
        ts = await stage.writes(SARAH, SARAH_DM, QUESTIONS[0])
        conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await becomes(stage, conversation, "open")
        await stage.writes(SARAH, SARAH_DM, QUESTIONS[1], ts)
        return conversation
    ticket = await stage.opens(QUESTIONS[0])
    await notes(stage, ticket)
    await stage.comments(ticket, 2001, QUESTIONS[1])
    await notes(stage, ticket, 2)
    return f"zendesk:{ticket}"
