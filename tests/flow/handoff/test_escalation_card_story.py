"""Colleagues see an escalation as one card in their channel, which follows whoever has it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.turn.handoff import words as handover
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    DANA_ID,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    Stage,
    open_stage,
    said,
)

TRIAGE = "C0TRIAGE"
HUMAN = "I want to speak to a human"
FRAUD = "Somebody used my card, this is fraud"
OPENS = "zendesk:POST /api/v2/tickets*"


@pytest.fixture
async def desk(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The store desk, in public mode, with a triage channel."""
    async with open_stage(redis_url, tmp_path, frontdesk_triage_channel=TRIAGE) as stage:
        await stage.takes_all()
        yield stage


async def cards(stage: Stage) -> list[Any]:
    return [one for one in (await stage.state())["slack"]["messages"] if one["channel"] == TRIAGE]


async def card(stage: Stage, *words: str) -> str:
    """Return the one card once it says all of these words."""

    async def telling() -> str | None:
        shown = [said(one) for one in await cards(stage)]
        assert len(shown) <= 1
        return shown[0] if shown and all(word in shown[0] for word in words) else None

    found: str = await wait_until(telling, what=f"the card saying {', '.join(words)}")
    return found


async def test_an_escalation_is_a_card_that_follows_the_ticket(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    [told] = await desk.answers(SARAH_DM, ts)
    [ticket] = await desk.tickets()
    waiting = await card(desk, "Escalation: Sarah Chen", "nobody yet")

    assert f"/agent/tickets/{ticket['id']}" in waiting
    assert f"[#{ticket['id']}]" in waiting
    assert HUMAN in waiting
    assert "**Priority:** high" in waiting
    assert "**Group:** Support" in waiting
    assert "**Promised by:**" in waiting
    assert str(ticket["id"]) in told
    assert [one["blocks"] for one in await cards(desk) if one["thread_ts"]] == []

    await desk.changes(ticket["id"], DANA_ID, assignee_id=DANA_ID)
    await card(desk, "**Who has it:** Dana")
    await desk.comments(ticket["id"], DANA_ID, "Hello Sarah, I'm looking into it.")
    await desk.answers(SARAH_DM, ts, 2)
    await desk.quiet()
    await card(desk, "**Who has it:** Dana")

    await desk.changes(ticket["id"], DANA_ID, status="solved")
    await card(desk, "settled, the assistant answers again (it was with Dana)")
    await desk.quiet()
    assert len(await cards(desk)) == 1


async def test_whoever_answers_first_has_taken_it_and_it_can_be_given_away(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await card(desk, "nobody yet")
    [ticket] = await desk.tickets()
    await desk.comments(ticket["id"], DANA_ID, "Hello Sarah, Dana here.")
    await card(desk, "**Who has it:** Dana")
    await desk.changes(ticket["id"], DANA_ID, assignee_id=1003)
    await card(desk, "**Who has it:** Lee Park")
    await desk.changes(ticket["id"], DANA_ID, assignee_id=None)
    await card(desk, "**Who has it:** nobody yet")
    await desk.quiet()

    assert len(await desk.answers(SARAH_DM, ts)) >= 2


async def test_a_tickets_escalation_is_a_card_too(desk: Stage) -> None:
    ticket_id = await desk.opens(FRAUD, SARAH_ID)
    shown = await card(desk, "Escalation: Sarah Chen", f"/agent/tickets/{ticket_id}")

    assert "**Priority:** urgent" in shown
    assert "**Group:** Escalations" in shown
    assert "**Conversation:**" not in shown


async def test_nothing_is_shown_before_zendesk_has_the_ticket(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "PATIENCE_SECONDS", 0.2)
    await desk.fails(OPENS, "status", None, status=503, retry_after=1)
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await desk.answers(SARAH_DM, ts)  # that it takes longer
    assert await cards(desk) == []

    await desk.control("faults", {})
    await desk.goes_by(400)
    await card(desk, "nobody yet")
    await desk.quiet()
    assert len(await cards(desk)) == 1


async def test_a_broken_promise_makes_the_card_more_urgent(desk: Stage) -> None:
    await desk.writes(SARAH, SARAH_DM, HUMAN)
    before = await card(desk, "**Priority:** high")
    await desk.quiet()
    await desk.goes_by(4 * 86_400)
    after = await card(desk, "**Priority:** urgent", "**Promised by:**")

    assert promised(after) != promised(before)


def promised(text: str) -> str:
    return next(line for line in text.splitlines() if "Promised by" in line)


async def test_a_second_escalation_is_a_card_of_its_own(desk: Stage) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await card(desk, "nobody yet")
    [ticket] = await desk.tickets()
    await desk.changes(ticket["id"], DANA_ID, status="solved")
    await card(desk, "settled")
    await desk.writes(SARAH, SARAH_DM, FRAUD, thread_ts=ts)

    async def both() -> list[str] | None:
        shown = [said(one) for one in await cards(desk)]
        return shown if len(shown) == 2 and "nobody yet" in shown[1] else None

    shown = await wait_until(both, what="a second card")
    assert "settled" in shown[0]
    assert "**Priority:** urgent" in shown[1]


async def test_a_card_whose_posting_was_not_answered_stands_once(desk: Stage) -> None:
    await desk.fails("slack:chat.postMessage", "lost_answer", 2)
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await card(desk, "nobody yet")
    [ticket] = await desk.tickets()
    await desk.comments(ticket["id"], DANA_ID, "Hello Sarah, Dana here.")
    await desk.goes_by(120)
    await card(desk, "**Who has it:** Dana")
    await desk.quiet()

    assert len(await cards(desk)) == 1
    assert len(await desk.answers(SARAH_DM, ts, 2)) == 2
