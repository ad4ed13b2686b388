"""Why a human is asked, how urgent it is, and what they and the customer are told."""

from pathlib import Path

import pytest

from integrations.models.embedded_sentences import missing
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    BILLING,
    ESCALATIONS,
    MARCUS,
    MARCUS_DM,
    SARAH,
    SARAH_DM,
    SUPPORT,
    TEAM,
    Stage,
    open_stage,
)
from tests.flow.harness.models import failing, offline_with
from tests.flow.harness.story import Story
from tests.flow.slack.test_channel_story import desk_with
from tests.words import lacking

ORDER = "Where is my order A1001?"
RETURN = "I need to return an item I bought 45 days ago and your system won't let me"


async def test_the_seed_case(stage: Stage) -> None:
    """The 30-day rule from the knowledge base, the customer pushes back, a human decides."""
    ts = await stage.writes(SARAH, SARAH_DM, RETURN)
    rule = (await stage.answers(SARAH_DM, ts))[0]
    await stage.writes(SARAH, SARAH_DM, "That's not fair, it never worked. Make an exception!", thread_ts=ts)
    words = (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()
    ticket = (await stage.tickets())[0]
    customer, note = ticket["comments"]

    assert lacking(rule, "30 days", "45 days") == []
    assert ticket["group_id"] == BILLING
    assert lacking(words, f"#{ticket['id']}", "Billing team", "A colleague will answer you") == []
    assert lacking(customer["body"], RETURN, "exception") == []
    assert not note["public"]
    assert lacking(note["body"], "Sources: Refunds and returns", "refund window") == []


@pytest.mark.skipif(bool(missing()), reason=missing() or "-")
@pytest.mark.parametrize(
    "text",
    [
        "speak with bloody customer service",
        "I want help talking to an agent",
        "Lassen Sie mich mit einem echten Menschen reden",
        "quiero un agente humano ya",
    ],
)
async def test_a_human_is_asked_for_in_other_words_than_the_desks(stage: Stage, text: str) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, text)
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()
    [ticket] = await stage.tickets()

    assert "Customer asked for a human" in ticket["comments"][1]["body"]


@pytest.mark.parametrize("text", ["which agent delivers my parcel?", "is this a human-made product?"])
async def test_what_only_sounds_like_a_wish_for_a_human_brings_nobody(stage: Stage, text: str) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, text)
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()

    assert (await stage.state())["zendesk"]["tickets"] == []


REASONS = {
    "a lawyer": ("I will talk to my lawyer", ESCALATIONS, "urgent", "urgent"),
    "fraud": ("Someone used my card, this is fraud", ESCALATIONS, "urgent", "urgent"),
    "a manager": ("I want to speak to a manager", SUPPORT, "high", "urgent"),
    "upset": ("This is unacceptable", SUPPORT, "high", "urgent"),
    "enterprise pricing": ("We need enterprise pricing", ESCALATIONS, "normal", "high"),
}


@pytest.mark.parametrize(("text", "group", "pro", "enterprise"), REASONS.values(), ids=REASONS.keys())
async def test_the_rules_decide_group_and_priority_and_enterprise_is_one_step_up(
    story: Story, text: str, group: int, pro: str, enterprise: str
) -> None:
    found = {}
    for count, (user, channel) in enumerate(((SARAH, SARAH_DM), (MARCUS, MARCUS_DM)), 1):
        ts = await story.writes(user, channel, text)
        answer = (await story.answers(channel, ts))[0]
        ticket = (await story.tickets(count))[-1]
        found[user] = ticket["priority"]
        assert ticket["group_id"] == group
        assert f"#{ticket['id']}" in answer

    assert found == {SARAH: pro, MARCUS: enterprise}


WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@pytest.mark.parametrize(("close", "promised"), [("24:00", "within 15 minutes"), ("00:01", "by ")])
async def test_the_promise_follows_business_hours(redis_url: str, tmp_path: Path, close: str, promised: str) -> None:
    desk = desk_with(tmp_path, business_hours={"days": WEEK, "open": "00:00", "close": close})
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a manager")
        answer = (await stage.answers(SARAH_DM, ts))[0]

    assert f"A colleague will answer you {promised}" in answer


async def test_nobody_is_kept_waiting_longer_than_eight_answers(story: Story) -> None:
    await story.takes_all()
    ts = await story.writes(SARAH, SARAH_DM, ORDER)
    await story.answers(SARAH_DM, ts)
    for count in range(2, 9):
        await story.writes(SARAH, SARAH_DM, f"and can I return {count} of it?", thread_ts=ts)
        await story.answers(SARAH_DM, ts, count)
    assert (await story.state())["zendesk"]["tickets"] == []
    await story.writes(SARAH, SARAH_DM, "and can I return it?", thread_ts=ts)
    ticket = (await story.tickets())[0]
    answer = (await story.answers(SARAH_DM, ts, 9))[8]
    await story.quiet()

    assert f"#{ticket['id']}" in answer
    assert "unresolved after 8 answers" in (await story.ticket(ticket["id"]))["comments"][1]["body"]
    assert ticket["priority"] == "normal"


async def test_a_thanks_begins_the_count_anew(story: Story) -> None:
    await story.takes_all()
    ts = await story.writes(SARAH, SARAH_DM, ORDER)
    await story.answers(SARAH_DM, ts)
    for count in range(2, 6):
        await story.writes(SARAH, SARAH_DM, f"and can I return {count} of it?", thread_ts=ts)
        await story.answers(SARAH_DM, ts, count)
    await story.writes(SARAH, SARAH_DM, "Thanks!", thread_ts=ts)
    await story.answers(SARAH_DM, ts, 6)
    for count in range(7, 11):
        await story.writes(SARAH, SARAH_DM, f"and can I return {count} of it?", thread_ts=ts)
        await story.answers(SARAH_DM, ts, count)
    await story.quiet()

    assert (await story.state())["zendesk"]["tickets"] == []


async def test_a_model_that_fails_brings_a_human_with_a_summary(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = False

    def listener(*heard: object) -> None:
        if fails:
            failing(*heard)

    monkeypatch.setattr("bot.app.container.create_models", offline_with(listener))
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, ORDER)
        await stage.answers(SARAH_DM, ts)
        fails = True
        await stage.writes(SARAH, SARAH_DM, "and can I return it?", thread_ts=ts)
        answer = (await stage.answers(SARAH_DM, ts, 2))[1]
        ticket_id = (await stage.tickets())[0]["id"]
        await stage.quiet()
        customer, note = (await stage.ticket(ticket_id))["comments"]

    assert f"#{ticket_id}" in answer
    assert "away" not in answer
    assert "OpenAIError" not in answer
    assert "can I return it" in customer["body"]
    assert "the model failed" in note["body"]
    assert "looked up order A1001: found" in note["body"]
    assert "A1001" in note["body"]


async def test_a_second_escalation_keeps_the_ticket(story: Story) -> None:
    ts = await story.writes(SARAH, SARAH_DM, "I want to speak to a manager")
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await story.answers(SARAH_DM, ts)
    ticket_id = int((await story.tickets())[0]["id"])
    await story.changes(ticket_id, status="solved")
    await story.owned_by(conversation, "bot")
    await story.quiet()
    await story.writes(SARAH, SARAH_DM, "It is still broken, I will talk to my lawyer", thread_ts=ts)
    answer = (await story.answers(SARAH_DM, ts, 3))[2]
    await story.quiet()
    ticket = await story.ticket(ticket_id)

    assert f"#{ticket_id}" in answer
    assert len(await story.tickets()) == 1
    assert (ticket["status"], ticket["priority"], ticket["group_id"]) == ("open", "urgent", ESCALATIONS)
    assert "frontdesk_escalated" in ticket["tags"]
    assert await wait_until(lambda: story.comment(ticket_id, "still broken"))
