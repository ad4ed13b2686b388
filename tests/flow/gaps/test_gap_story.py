"""Five customers ask what no article answers: people see it, write an article, and the next one is answered."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.app.gaps import collecting
from bot.cli import conversations
from bot.cli import gaps as command
from bot.runtime.help_center_sync import HelpCenterSync
from bot.store.records.audit_log import copy_all
from bot.store.redis import Scripts
from tests.flow.harness.frontdesk import DANA_ID, MARCUS, MARCUS_DM, SARAH, SARAH_DM, Stage

ASKED = (
    "Do you have a student discount?",
    "Are there reduced prices for students?",
    "Gibt es einen Studentenrabatt?",
    "any discount for students or teachers?",
    "I'm at university, do I pay less as a student?",
)
NEXT = "is there a discount for a student like me?"
SAID = "Hi Sarah Chen, students get 30% off every plan. Just write from your university address."
NEWS = "30% off every plan"


async def asks(stage: Stage, number: int, text: str, *, for_people: bool = False) -> str:
    """One of two customers begins a conversation; return the bot's first answer."""
    who, channel = ((SARAH, SARAH_DM), (MARCUS, MARCUS_DM))[number % 2]
    ts = await stage.writes(who, channel, text)
    [answer] = await stage.answers(channel, ts)
    if for_people:
        await stage.writes(who, channel, "I want to talk to a human", ts)
        await stage.quiet()
    return answer


async def listed(stage: Stage, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what `frontdesk gaps --json` tells."""
    capsys.readouterr()
    await command._list(stage.engine.settings, as_json=True)
    gaps: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["gaps"]
    return gaps


async def everybody_asks(stage: Stage) -> None:
    """Five conversations, in each of which people are asked for, and answer."""
    for number, question in enumerate(ASKED):
        assert NEWS not in await asks(stage, number, question, for_people=True)
    for ticket in await stage.tickets(len(ASKED)):
        await stage.comments(ticket["id"], DANA_ID, "They study at Foo, internally known.", public=False)
        await stage.comments(ticket["id"], DANA_ID, SAID)
    await stage.quiet()


def sync_of(stage: Stage) -> HelpCenterSync:
    """Return what reads the Help Center, to be asked before its time."""
    side = stage.engine.sides.desk_side
    if side is None or side.articles is None:
        pytest.fail("no Help Center")
    return HelpCenterSync(stage.engine.desk.knowledge, side.articles, stage.clock)


async def drafted(stage: Stage, gap: str) -> Any:
    """Draft an article about a gap, twice, and return the only one that there is."""
    assert await command._draft(stage.engine.settings, gap)
    assert await command._draft(stage.engine.settings, gap), "twice is harmless"
    [article] = [each for each in (await stage.state())["zendesk"]["articles"] if NEWS in each["body"]]
    return article


async def test_a_gap_becomes_an_article_that_a_person_publishes(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await everybody_asks(stage)
    [gap] = await listed(stage, capsys)
    article = await drafted(stage, gap["id"])

    assert (gap["count"], gap["topic"], sorted(gap["questions"])) == (len(ASKED), "Support", sorted(ASKED))
    assert [word for word in ("Sarah", "Foo") if word in repr(gap["answers"])] == []
    assert (article["draft"], article["label_names"]) == (True, ["frontdesk", gap["id"]])

    sync = sync_of(stage)
    await sync.refresh()
    assert NEWS not in await asks(stage, 0, NEXT), "nobody has published it"

    await stage.control("zendesk/publish", {"article": article["id"]})
    await sync.refresh()
    assert NEWS in await asks(stage, 1, NEXT)
    await (await collecting(stage.engine))(False)
    assert gap["id"] not in [one["id"] for one in await listed(stage, capsys)]


async def test_gaps_are_counted_once_however_many_look(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    await asks(stage, 0, ASKED[0], for_people=True)
    await stage.quiet()
    before = await listed(stage, capsys)

    work = await collecting(stage.engine)
    await copy_all(Scripts(stage.engine.client))
    for anew in (True, False):
        await work(anew)

    assert await listed(stage, capsys) == before
    assert [gap["count"] for gap in before] == [1]


async def test_a_conversation_that_is_deleted_leaves_a_count_and_no_word(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await asks(stage, 0, ASKED[0], for_people=True)
    [before] = await listed(stage, capsys)

    assert await conversations._delete(stage.engine.settings, before["conversations"][0])
    [after] = await listed(stage, capsys)

    assert (after["count"], after["questions"], after["answers"]) == (1, [], [])


async def test_a_gap_that_nobody_knows_is_a_finding(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert not await command._draft(stage.engine.settings, "gap-0")
    assert "no gap gap-0" in capsys.readouterr().err


async def test_without_a_help_center_a_built_in_desk_reads_what_is_added_below_the_data_folder(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asks(stage, 0, ASKED[0], for_people=True)
    [gap] = await listed(stage, capsys)
    alone = stage.engine.settings.model_copy(update={"zendesk_url": ""})

    assert await command._draft(alone, gap["id"])
    [file] = (tmp_path / "knowledge").glob("*.md")

    assert capsys.readouterr().out == f"{gap['id']}  {file}\n"
    assert "draft: true" in file.read_text("utf-8")
