"""A human agent, or the customer, is quicker than the bot's answer on a ticket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flow.harness.frontdesk import BOT_ID, DANA_ID, SARAH_ID, Stage, open_stage
from tests.flow.harness.models import offline_with

ORDER = "Where is my order A1001?"
Meanwhile = Callable[[], Awaitable[None]]


class Interruption:
    """What happens once, while the model thinks."""

    def __init__(self) -> None:
        self.act: Meanwhile | None = None
        self.heard: list[Any] = []

    async def __call__(self, _: str | None, items: Any) -> None:
        """Tell the model's input, and do what is to be done first."""
        self.heard.append(items)
        act, self.act = self.act, None
        if act:
            await act()


@pytest.fixture
def interruption(monkeypatch: pytest.MonkeyPatch) -> Interruption:
    interruption = Interruption()
    monkeypatch.setattr("bot.app.container.create_models", offline_with(interruption))
    return interruption


@pytest.fixture
async def stage(redis_url: str, tmp_path: Path, interruption: Interruption) -> AsyncIterator[Stage]:
    """A Frontdesk that can be interrupted while it thinks."""
    assert interruption.act is None
    async with open_stage(redis_url, tmp_path) as stage:
        yield stage


async def opened(stage: Stage, interruption: Interruption, act: Callable[[int], Awaitable[None]]) -> int:
    """A ticket is opened; when the model is asked, `act` happens first, more than a second after the opening."""
    ticket_id: list[int] = []

    async def meanwhile() -> None:
        await later_than(stage, ticket_id[0])
        await act(ticket_id[0])

    interruption.act = meanwhile
    ticket_id.append(await stage.opens(ORDER))
    return ticket_id[0]


async def later_than(stage: Stage, ticket_id: int) -> None:
    """Wait until a change of the ticket gets another stamp: Zendesk's have whole seconds."""
    await stage.next_second((await stage.ticket(ticket_id))["updated_at"])


async def test_a_humans_public_comment_turns_the_answer_into_a_draft(stage: Stage, interruption: Interruption) -> None:
    async def dana_answers(ticket_id: int) -> None:
        await stage.comments(ticket_id, DANA_ID, "It arrives tomorrow.")

    ticket_id = await opened(stage, interruption, dana_answers)
    await stage.owned_by(f"zendesk:{ticket_id}", "human")
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert [(c["author_id"], c["public"]) for c in ticket["comments"]] == [
        (SARAH_ID, True),
        (DANA_ID, True),
        (BOT_ID, False),
    ]
    assert "Draft, not sent" in ticket["comments"][2]["body"]
    assert "A1001" in ticket["comments"][2]["body"]
    assert ticket["status"] == "new"


async def test_a_new_assignee_turns_the_answer_into_a_draft(stage: Stage, interruption: Interruption) -> None:
    async def dana_takes_it(ticket_id: int) -> None:
        await stage.changes(ticket_id, assignee_id=DANA_ID)

    ticket_id = await opened(stage, interruption, dana_takes_it)
    await stage.owned_by(f"zendesk:{ticket_id}", "human")
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert [comment["public"] for comment in ticket["comments"]] == [True, False]
    assert (ticket["status"], ticket["assignee_id"]) == ("open", DANA_ID)


async def test_an_escalation_takes_nothing_from_a_human_who_was_quicker(
    stage: Stage, interruption: Interruption
) -> None:
    ticket_id = await stage.opens("What is your return policy?")
    await stage.bot_comments(ticket_id)
    await stage.quiet()

    async def dana_takes_it() -> None:
        await later_than(stage, ticket_id)
        await stage.changes(ticket_id, assignee_id=DANA_ID, priority="low")

    interruption.act = dana_takes_it
    await stage.comments(ticket_id, SARAH_ID, "I was charged twice for one and the same thing")
    await stage.owned_by(f"zendesk:{ticket_id}", "human")
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert (ticket["assignee_id"], ticket["priority"]) == (DANA_ID, "low")
    assert len(await stage.bot_comments(ticket_id)) == 1
    assert any("Frontdesk summary" in comment["body"] for comment in ticket["comments"])


async def test_the_customers_next_comment_withholds_the_answer_and_the_next_one_answers_both(
    stage: Stage, interruption: Interruption
) -> None:
    async def sarah_goes_on(ticket_id: int) -> None:
        await stage.comments(ticket_id, SARAH_ID, "And can I return it?")

    ticket_id = await opened(stage, interruption, sarah_goes_on)
    answer = (await stage.bot_comments(ticket_id))[0]
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert [comment["author_id"] for comment in ticket["comments"]] == [SARAH_ID, SARAH_ID, BOT_ID]
    assert "30 days" in answer["body"]
    assert any("[not sent to the customer]" in str(items) for items in interruption.heard)
    assert ticket["status"] == "pending"


async def test_a_triggers_change_does_not_keep_the_answer_back(stage: Stage, interruption: Interruption) -> None:
    async def a_trigger_tags_it(ticket_id: int) -> None:
        await stage.changes(ticket_id, add_tags=["vip"])

    ticket_id = await opened(stage, interruption, a_trigger_tags_it)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert len(ticket["comments"]) == 2
    assert set(ticket["tags"]) == {"vip", "frontdesk"}
    refused = [request for request in await stage.requests("zendesk", "PUT") if request["status"] == 409]
    assert len(refused) == 1
