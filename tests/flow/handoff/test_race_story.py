"""A ticket's webhook that comes before we know whose ticket it is: one matter stays one conversation."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.store.admin.overview import look_over
from bot.store.records.conversations import Conversations
from bot.store.redis import Scripts
from tests.flow.harness.frontdesk import DANA_ID, SARAH, SARAH_DM, TEAM, Stage


@pytest.mark.parametrize("line", ["I want to speak to a human", "Ich möchte bitte mit einem Menschen sprechen"])
async def test_a_webhook_that_overtakes_the_link_makes_no_second_conversation(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    link: Callable[..., Any] = Conversations.link
    overtaken: list[str] = []

    async def late(self: Conversations, ticket_id: str, conversation: str) -> None:
        await stage.delivered()
        log = (await stage.http.get(f"{stage.page}/_sandbox/deliveries")).json()["log"]
        overtaken.extend(delivery["kind"] for delivery in log if "zendesk" in delivery["kind"])
        await link(self, ticket_id, conversation)

    monkeypatch.setattr(Conversations, "link", late)
    ts = await stage.writes(SARAH, SARAH_DM, line)
    await stage.answers(SARAH_DM, ts)
    ticket = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await stage.comments(ticket, DANA_ID, "Dana here, I am looking into it.")
    told = await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()
    found = await look_over(Scripts(stage.engine.client), 5)

    assert overtaken
    assert "Dana here" in told[-1]
    assert len(await stage.tickets()) == 1
    assert [glance.id for glance in found.newest] == [f"slack:{TEAM}:{SARAH_DM}:{ts}"]
    assert sum(found.owners.values()) == 1
    assert await stage.engine.conversations.read(f"zendesk:{ticket}") is None
