"""A line that is changed or deleted after it was taken in: answered anew, told to people, never a second yes."""

from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, HELP, SARAH, SARAH_DM
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, call
from tests.flow.slack.test_slack_words_story import CREDIT, PEOPLE

SCRIPT: Script = {
    "[[people]]": [PEOPLE],
    "[[credit]]": [call("transfer_to_billing"), CREDIT, "Please confirm."],
}


async def edits(till: RefundHarness, ts: str, text: str, channel: str = SARAH_DM) -> None:
    await till.stage.control("slack/edit", {"user": SARAH, "channel": channel, "ts": ts, "text": text})


async def deletes(till: RefundHarness, ts: str, channel: str = SARAH_DM) -> None:
    await till.stage.control("slack/delete", {"user": SARAH, "channel": channel, "ts": ts})


async def comments(till: RefundHarness) -> list[dict[str, object]]:
    await till.stage.quiet()
    return list((await till.stage.tickets())[0]["comments"])


async def test_a_changed_question_is_answered_once_more_and_marked(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "where is maple-1?")
        await edits(till, ts, "where is maple-2?")
        await till.stage.answers(SARAH_DM, ts, 2)
        asked = till.model.asked[-1][1]
        await edits(till, ts, "Where is maple-2 ?? :pray:")
        await till.stage.quiet()
        count = len(await till.stage.thread(SARAH_DM, ts))

    assert "edited an earlier line" in asked
    assert "“where is maple-1?”" in asked
    assert asked.endswith("where is maple-2?")
    assert count == 2


async def test_changes_in_a_row_are_answered_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT, frontdesk_debounce_seconds=30) as till:
        ts = await till.stage.writes(SARAH, SARAH_DM, "where is maple-1?")
        await till.stage.goes_by(30)
        await till.stage.answers(SARAH_DM, ts)
        await till.stage.quiet()
        for number in (2, 3, 4):
            await edits(till, ts, f"where is maple-{number}?")
            await till.stage.delivered()
        await till.stage.goes_by(30)
        await till.stage.quiet()
        answers = await till.stage.answers(SARAH_DM, ts)

    assert len(answers) == 2
    assert "“where is maple-1?”" in till.model.asked[-1][1]
    assert till.model.asked[-1][1].endswith("where is maple-4?")


async def test_a_changed_line_never_says_yes(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "one credit please [[credit]]")
        late = await till.stage.writes(SARAH, SARAH_DM, "hm, wait", ts)
        await till.stage.quiet()
        await edits(till, late, "yes")
        await till.stage.quiet()
        nothing = await till.committed()
        yes = await till.stage.writes(SARAH, SARAH_DM, "yes", ts)
        await till.stage.quiet()
        await edits(till, yes, "yes please do it")
        await till.stage.quiet()
        rows = await till.committed()

    assert nothing == []
    assert len(rows) == 1


async def test_people_who_have_a_line_are_told_of_its_change_and_of_its_end(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "[[people]] please")
        line = await till.stage.writes(SARAH, SARAH_DM, "my order is maple-1", ts)
        await till.stage.quiet()
        before = len(await comments(till))
        await edits(till, line, "my order is maple-2, sorry")
        await wait_until(lambda: _has(till, "maple-2"), what="the note")
        await deletes(till, line)
        await wait_until(lambda: _has(till, "deleted a line"), what="the second note")
        notes = (await comments(till))[before:]
        thread = await till.stage.thread(SARAH_DM, ts)

    assert [note["public"] for note in notes] == [False, False]
    assert "maple-1" in str(notes[0]["body"])
    assert len([message for message in thread if message["user"] == BOT]) == 1


async def _has(till: RefundHarness, words: str) -> bool:
    ticket = (await till.stage.tickets())[0]["id"]
    return await till.stage.comment(ticket, words) is not None


async def test_a_change_after_a_day_and_a_change_of_what_was_never_taken_in_are_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        talk = await till.stage.writes(SARAH, HELP, "lunch at noon?")
        await edits(till, talk, "lunch at one?", HELP)
        ts = await till.asks(SARAH, SARAH_DM, "where is maple-1?")
        await till.stage.passes(86_500)
        await edits(till, ts, "where is maple-2?")
        await till.stage.quiet()
        lines = [asked for _, asked in till.model.asked]

    assert lines == ["where is maple-1?"]
