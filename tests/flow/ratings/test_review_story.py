"""A thumbs down becomes an entry, a wrong one a case, and the case fails today."""

import asyncio
import io
import re
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from bot.app.background import review_of
from bot.domain.ratings import FEEDBACK_BUTTON
from bot.evals.command import Options, evaluate
from bot.store.records.audit_log import copy_all
from bot.store.redis import Scripts
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, Stage, open_stage
from tests.flow.harness.refunds import RefundHarness
from tests.flow.harness.scripted_model import ScriptedModel
from tests.flow.ratings.test_feedback_story import thumbs

QUESTIONS = ["How long does express shipping take?", "Where is my order A1001?"]
"""What anybody may know, and what only a customer may, about whom Slack vouched."""
REASON = "Sarah Chen was told three days."
OPS = {"Authorization": "Bearer ops-secret"}


async def found_unhelpful(stage: Stage, question: str) -> None:
    """An answer gets a thumbs down and a reason, and both are taken in for review."""
    till = RefundHarness(stage, ScriptedModel({}))
    ts = await stage.writes(SARAH, SARAH_DM, question)
    await stage.answers(SARAH_DM, ts)
    message, buttons = await thumbs(stage, ts)
    await till.presses(SARAH, SARAH_DM, message, FEEDBACK_BUTTON, buttons["negative_button"]["value"])
    await stage.answers(SARAH_DM, ts, 2)
    await stage.writes(SARAH, SARAH_DM, REASON, thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 3)
    await stage.quiet()
    await copy_all(Scripts(stage.engine.client), whole=True)
    writer = review_of(stage.engine)
    await writer.catch_up()
    assert await writer.catch_up() == 0


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_wrong_answer_becomes_a_case_that_fails_today(redis_url: str, tmp_path: Path, question: str) -> None:
    keys = "ops:ops-secret:console"
    async with open_stage(redis_url, tmp_path, frontdesk_api_keys=keys) as stage:
        await found_unhelpful(stage, question)
        async with httpx.AsyncClient(base_url=stage.bot, headers=OPS) as browser:
            page = (await browser.get("/console/review")).text
            token = re.findall(r'<meta name="csrf-token" content="([^"]+)">', page)
            article = next(part for part in page.split("<article") if "thumbs down" in part)
            [entry] = re.findall(r'data-entry="(\w+)"', article)
            wrong = {"entry": entry, "verdict": "wrong_fact"}
            answer = await browser.post("/console/review", json=wrong, headers={"X-CSRF-Token": token[0]})

        assert question in article
        assert "was told three days" in article
        assert "Sarah" not in article
        case = stage.engine.settings.frontdesk_data_dir / "cases" / str(answer.json()["case"])
        assert question in case.read_text("utf-8")

        told = io.StringIO()
        options = Options(["store"], only=f"review {entry}")
        console = Console(file=told, width=200)
        await asyncio.to_thread(evaluate, stage.engine.settings, options, console, Console(file=io.StringIO()))
        assert "0 of 1 cases passed" in told.getvalue()
