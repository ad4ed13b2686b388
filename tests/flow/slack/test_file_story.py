"""Files in Slack: the customer hears what arrived, and whoever takes over has it."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.flow.harness.frontdesk import BOT, ERIN, HELP, MARCUS, SARAH, SARAH_DM, SHARED
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script
from tests.flow.slack.test_slack_words_story import PEOPLE

SCRIPT: Script = {"[[people]]": [PEOPLE], "pasta.png": ["I see pasta.png has come."]}


def photo(name: str) -> dict[str, Any]:
    return {"name": name, "mimetype": "image/png", "content_base64": base64.b64encode(b"\x89PNG").decode()}


async def attached(till: RefundHarness) -> list[str]:
    """Return the names of all files on the one ticket."""
    ticket_id = (await till.stage.tickets())[0]["id"]
    await till.stage.quiet()
    comments = (await till.stage.ticket(ticket_id))["comments"]
    return [file["file_name"] for comment in comments for file in comment["attachments"]]


async def test_a_picture_from_before_the_hand_over_goes_with_the_ticket(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.stage.writes(SARAH, SARAH_DM, "look at this picture", files=[photo("early.png")])
        answer = (await till.stage.answers(SARAH_DM, ts))[0]
        await till.stage.writes(SARAH, SARAH_DM, "no, [[people]]", ts, files=[photo("late.png")])
        files = await attached(till)
        await till.stage.writes(SARAH, SARAH_DM, "and this", ts, files=[photo("last.png")])
        await till.stage.quiet()
        later = await attached(till)

    assert "early.png" in answer
    assert files == ["early.png", "late.png"]
    assert later == ["early.png", "late.png", "last.png"]


async def test_a_picture_of_somebody_else_is_named_and_not_in_the_requesters_comment(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.stage.writes(SARAH, HELP, f"<@{BOT}> look", files=[photo("hers.png")])
        await till.stage.answers(HELP, ts)
        await till.stage.writes(MARCUS, HELP, "mine too", ts, files=[photo("his.png")])
        await till.stage.answers(HELP, ts, 2)
        await till.stage.writes(SARAH, HELP, "[[people]]", ts)
        files = await attached(till)
        note = (await till.stage.tickets())[0]["comments"][1]["body"]

    assert files == ["hers.png"]
    assert "his.png" in note


async def test_a_shared_channels_file_comes_with_its_name_and_type(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        await till.stage.writes(ERIN, SHARED, f"<@{BOT}> help [[people]]", files=[photo("screenshot.png")])
        files = await attached(till)
        attachment = (await till.stage.tickets())[0]["comments"][0]["attachments"][0]

    assert "[file: screenshot.png]" in till.model.asked[-1][1]
    assert files == ["screenshot.png"]
    assert attachment["content_type"] == "image/png"


async def test_a_document_of_another_service_is_a_link_on_the_ticket(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"name": "Order list", "external_url": "https://docs.example.com/document/d/abc"}
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        await till.stage.writes(SARAH, SARAH_DM, "my list [[people]]", files=[document])
        files = await attached(till)
        opening = (await till.stage.tickets())[0]["comments"][0]["body"]

    assert files == []
    assert "(not attached: Order list) https://docs.example.com/document/d/abc" in opening


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "received"), ("Wo ist meine Bestellung?", "hineinsehen"), ("Où est ma commande ?", "ouvrir")],
)
async def test_the_customer_hears_what_arrived_and_that_nobody_looked_inside(
    text: str, words: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.stage.writes(SARAH, SARAH_DM, text, files=[photo("box.png"), photo("bill.png")])
        answer = (await till.stage.answers(SARAH_DM, ts))[0]

    assert "box.png, bill.png" in answer
    assert words in answer
    assert len(till.model.asked) == (1 if text else 0)
    assert all("You cannot see into files" in asked for _, asked in till.model.asked)


async def test_an_answer_that_names_the_file_needs_no_word_more(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.stage.writes(SARAH, SARAH_DM, "what is it?", files=[photo("pasta.png")])

        assert await till.stage.answers(SARAH_DM, ts) == ["I see pasta.png has come."]


@pytest.mark.parametrize("text", [f"<@{BOT}>", f"<@{BOT}> \u200b", f"<@{BOT}>:  <@{BOT}>"])
async def test_a_bare_mention_is_asked_what_it_wants_without_a_model(
    text: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.stage.writes(SARAH, HELP, text)
        answers = await till.stage.answers(HELP, ts)
        state = await till.stage.state()

    assert answers == ["What can I do for you? Just write it here."]
    assert till.model.asked == []
    assert state["zendesk"]["tickets"] == []


async def test_a_bare_mention_adds_nothing_to_the_ticket(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.stage.writes(SARAH, HELP, f"<@{BOT}> [[people]]")
        ticket_id = (await till.stage.tickets())[0]["id"]
        await till.stage.quiet()
        await till.stage.writes(SARAH, HELP, f"<@{BOT}>", ts)
        await till.stage.quiet()

        assert len((await till.stage.ticket(ticket_id))["comments"]) == 2
