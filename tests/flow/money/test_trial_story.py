"""An action on trial: the bot proposes it to people, who do it by hand; a customer's yes moves no money."""

from pathlib import Path
from typing import Any

import pytest

from bot.desk.loading.loader import load_desk
from tests.flow.desk.test_dial_story import desk_with
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, MARCUS_ID, SARAH, SARAH_DM, Stage, said
from tests.flow.harness.refunds import APPROVALS, DANA, REFUNDS, open_refunds
from tests.words import lacking

TRIAL = {"action": "refund", "mode": "trial"}


def notes(ticket: Any) -> str:
    return "\n".join(comment["body"] for comment in ticket["comments"] if not comment["public"])


async def test_a_refund_on_trial_becomes_an_escalation_with_the_proposal_in_its_note(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = str(desk_with(tmp_path / "desk", TRIAL))
    async with open_refunds(redis_url, tmp_path / "data", monkeypatch, REFUNDS, frontdesk_desk=desk) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        answer = await till.last(SARAH_DM, ts)
        [ticket] = await till.stage.tickets()
        refunded = await till.refunded("ord_1002"), await till.committed()
        buttons = [message["blocks"] for message in await till.stage.thread(SARAH_DM, ts) if message["blocks"]]

    assert lacking(notes(ticket), "on trial", "49.99", "ord_1002", "Nothing has been done") == []
    assert f"#{ticket['id']}" in answer
    assert (refunded, "frontdesk_confirm" in str(buttons)) == ((0, []), False)


async def test_on_a_ticket_the_proposal_stands_in_its_own_note(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = str(desk_with(tmp_path / "desk", TRIAL))
    async with open_refunds(redis_url, tmp_path / "data", monkeypatch, REFUNDS, frontdesk_desk=desk) as till:
        number = await till.stage.opens("please refund ord_2001", MARCUS_ID)
        await till.stage.bot_comments(number)
        await till.stage.quiet()
        [ticket] = await till.stage.tickets()
        refunded = await till.refunded("ord_2001")

    assert lacking(notes(ticket), "on trial", "999.99", "ord_2001", "by hand") == []
    assert ("frontdesk_escalated" in ticket["tags"], refunded) == (True, 0)


async def test_a_yes_to_what_was_offered_before_the_trial_goes_to_people(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_with(tmp_path / "desk")
    async with open_refunds(redis_url, tmp_path / "data", monkeypatch, REFUNDS, frontdesk_desk=str(desk)) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        await put_on_trial(till.stage, desk)
        await till.clicks(SARAH, SARAH_DM, "frontdesk_confirm", ts)
        await till.stage.tickets()
        await till.stage.quiet()
        [ticket] = await till.stage.tickets()
        refunded = await till.refunded("ord_1002"), await till.committed()
        offer = said((await till.stage.thread(SARAH_DM, ts))[0])

    assert lacking(notes(ticket), "on trial", "the customer has said yes") == []
    assert offer.endswith("_Yes_")
    assert refunded == (0, [])


async def test_an_action_that_is_not_on_trial_is_offered_as_ever(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = str(desk_with(tmp_path / "desk", {"surface": "zendesk", **TRIAL}))
    async with open_refunds(redis_url, tmp_path / "data", monkeypatch, REFUNDS, frontdesk_desk=desk) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        await till.clicks(SARAH, SARAH_DM, "frontdesk_confirm", ts)
        await till.stage.quiet()
        refunded = await till.refunded("ord_1002")

    assert refunded == 4999


async def put_on_trial(stage: Stage, desk: Path) -> None:
    """Edit the desk, and let it be taken up."""
    opened = await stage.engine.put_to_work(load_desk(str(desk_with(desk, TRIAL))))
    await stage.engine.at_work.replace(opened).close()


async def test_an_approval_carries_nothing_out_once_the_action_is_on_trial(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_with(tmp_path / "desk")
    async with open_refunds(
        redis_url,
        tmp_path / "data",
        monkeypatch,
        REFUNDS,
        frontdesk_desk=str(desk),
        frontdesk_approvals_channel=APPROVALS,
    ) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.clicks(MARCUS, MARCUS_DM, "frontdesk_confirm", ts)
        await till.stage.quiet()
        await put_on_trial(till.stage, desk)
        await till.clicks(DANA, APPROVALS, "frontdesk_approve")
        answer = await till.last(MARCUS_DM, ts)
        refunded = await till.refunded("ord_2001"), await till.committed()
        told = "\n".join(await till.announced())

    assert "by hand" in answer
    assert "It was not carried out" in told
    assert refunded == (0, [])
