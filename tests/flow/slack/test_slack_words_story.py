"""What customers write in Slack, in all its shapes: the model and the people read what the customer sees."""

from pathlib import Path

import pytest

from bot.domain.proposals import CONFIRM
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, HELP, MARCUS, SARAH, SARAH_DM
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, call

PEOPLE = call(
    "escalate_to_human",
    reason="asked for",
    priority="high",
    topic="",
    issue="",
    confirmed_facts="",
    tried="",
    next_step="",
)
CREDIT = call("propose_credit", amount="1.00", reason="late delivery of my parcel")
SCRIPT: Script = {
    "[[people]]": [PEOPLE],
    "[[credit]]": [call("transfer_to_billing"), CREDIT, "Please confirm."],
}


async def opened(till: RefundHarness) -> str:
    """Return all that stands on the one ticket."""
    ticket_id = (await till.stage.tickets())[0]["id"]
    await till.stage.quiet()
    return "\n".join(comment["body"] for comment in (await till.stage.ticket(ticket_id))["comments"])


async def test_a_forwarded_message_reaches_model_and_ticket_with_the_comment(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        other = await till.stage.writes(MARCUS, HELP, "the invoice of order cobalt-7 shows the wrong total")
        await till.stage.writes(
            SARAH, SARAH_DM, "can you look at this? [[people]]", forward={"channel": HELP, "ts": other}
        )
        ticket = await opened(till)

    asked = till.model.asked[-1][1]
    assert "[forwarded message from Marcus Johnson]\n> the invoice of order cobalt-7" in asked
    assert "cobalt-7" in ticket


async def test_a_forwarded_yes_is_nobodys_yes(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        other = await till.stage.writes(MARCUS, HELP, "yes")
        ts = await till.asks(SARAH, SARAH_DM, "[[credit]]")
        await till.stage.writes(SARAH, SARAH_DM, "", ts, forward={"channel": HELP, "ts": other})
        await till.stage.quiet()
        rows = await till.committed()

    assert rows == []


async def test_a_pasted_table_reaches_model_and_ticket(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["Order", "Problem"], ["cobalt-11", "never arrived"], ["cobalt-12", "wrong colour"]]
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        alone = await till.stage.writes(SARAH, SARAH_DM, "", table=rows)
        await till.stage.answers(SARAH_DM, alone)
        first = till.model.asked[-1][1]
        await till.stage.writes(MARCUS, HELP, f"<@{BOT}> what about these orders? [[people]]", table=rows)
        ticket = await opened(till)

    assert first == "Order | Problem\ncobalt-11 | never arrived\ncobalt-12 | wrong colour"
    assert "cobalt-12 | wrong colour" in till.model.asked[-1][1]
    assert "cobalt-12" in ticket


async def test_code_and_emoji_behind_the_mention_stay_as_they_are(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "```\nfor x in y:\n    if x:\n        print(x)\n```"
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        first = await till.stage.writes(SARAH, HELP, f"<@{BOT}> :tada: it arrived")
        await till.stage.answers(HELP, first)
        emoji = till.model.asked[-1][1]
        await till.stage.writes(SARAH, HELP, f"<@{BOT}> why does this fail? [[people]]\n{code}")
        ticket = await opened(till)

    assert emoji == ":tada: it arrived"
    assert code in till.model.asked[-1][1]
    assert "        print(x)" in ticket


@pytest.mark.parametrize("yes", ["yes :+1:", "Yes please :pray:", "Yes 👍", ":thumbsup::skin-tone-4:"])
async def test_a_yes_with_emoji_is_a_yes(
    yes: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "one credit please [[credit]]")
        await till.asks(SARAH, SARAH_DM, yes, ts)
        answer = await till.last(SARAH_DM, ts)
        rows = await till.committed()

    assert answer.startswith("Done: ")
    assert len(rows) == 1


async def test_the_button_does_what_a_yes_does(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, SCRIPT) as till:
        ts = await till.asks(SARAH, SARAH_DM, "one credit please [[credit]]")
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        await wait_until(till.committed, what="the credit")

        assert (await till.last(SARAH_DM, ts)).startswith("Done: ")
