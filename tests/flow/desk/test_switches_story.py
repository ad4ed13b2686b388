"""The switches of the demo's page change the desk at work: its mode, one topic, a share of it, the brake."""

from collections.abc import AsyncIterator

import pytest

from bot.app.demo_switches import DemoSwitches
from bot.app.hot_reload import adopt, load_anew
from bot.desk.loading.desk import desk_folder
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, TEAM, Stage

OPEN = {"mode": "public", "topic": "", "brake": "off"}


@pytest.fixture
async def switches(stage: Stage) -> AsyncIterator[DemoSwitches]:
    """Those of the stage's engine."""
    made = DemoSwitches(stage.engine, "http://127.0.0.1/console/replay")
    try:
        yield made
    finally:
        await made.close()


async def test_drafts_then_one_topic_then_the_brake(stage: Stage, switches: DemoSwitches) -> None:
    drafting = await switches.turn({"mode": "draft"})
    held_back = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    await wait_until(lambda: '"drafted"' in stage.log.getvalue(), what="a draft")
    await stage.quiet()
    topic = await switches.turn({"topic": "orders"})
    asked = await stage.writes(SARAH, SARAH_DM, "Where is my order ord_1002?")
    answer = (await stage.answers(SARAH_DM, asked))[0]
    braked = await switches.turn({"brake": "silent"})
    released = await switches.turn({"brake": "off"})
    back = await switches.turn({"mode": "public", "topic": ""})

    assert (drafting["otherwise"], drafting["topic"]) == ("draft", "")
    assert (topic["otherwise"], topic["topic"], topic["share"]) == ("draft", "orders", 100)
    assert await stage.thread(SARAH_DM, held_back) == []
    assert "ord_1002" in answer
    assert (braked["brake"], released["brake"]) == ("silent", "off")
    assert (back["otherwise"], back["topic"]) == ("public", "")


async def test_a_share_is_told_by_conversation(stage: Stage, switches: DemoSwitches) -> None:
    await switches.turn({"mode": "draft", "topic": "orders", "share": 99.9})
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    name = f"slack:{TEAM}:{SARAH_DM}:{ts}"

    async def side() -> object:
        return (await switches.shown())["sides"].get(name)

    told = await wait_until(side, what="the conversation's side")
    assert told == {"share": 99.9, "of": "specialist=orders", "public": told["public"]}


async def test_an_edit_of_the_desk_brings_back_what_its_files_say(stage: Stage, switches: DemoSwitches) -> None:
    await switches.turn({"mode": "silent", "topic": "orders"})
    before = await adopt(stage.engine, load_anew(desk_folder("store")))
    shown = await switches.shown()
    again = await switches.turn({"mode": "draft"})
    await before.close()

    assert (shown["otherwise"], shown["topic"]) == ("public", "")
    assert (again["otherwise"], again["topic"]) == ("draft", "")


@pytest.mark.parametrize(
    "wrong", [{"mode": "loud"}, {"topic": "astrology"}, {"share": 0, "topic": "orders"}, {"brake": "on"}, {"what": 1}]
)
async def test_what_there_is_not_is_refused_and_changes_nothing(
    switches: DemoSwitches, wrong: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        await switches.turn(wrong)
    shown = await switches.shown()
    assert {"mode": shown["otherwise"], "topic": shown["topic"], "brake": shown["brake"]} == OPEN
