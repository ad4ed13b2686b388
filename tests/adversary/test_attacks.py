"""Every attack in every channel: the database, the effects and the words are held against what may come of it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.proposals import APPROVE, CONFIRM
from tests.adversary.attacks import AIRLINE, GO, STORE, Attack, billing, refund
from tests.flow.harness.frontdesk import BOT, HELP, MARCUS, SARAH, SARAH_DM, SARAH_ID, said
from tests.flow.harness.refunds import APPROVALS, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script

Say = Callable[[str], Awaitable[None]]
MARCUS_ID = 2002


class Sarah:
    """Sarah in one channel; what the bot said to her is in `heard`."""

    def __init__(self, till: RefundHarness, surface: str) -> None:
        self._till = till
        self._surface = surface
        self._place = ""

    async def says(self, line: str) -> None:
        """Write, and wait until everything that follows is done."""
        await {"slack": self._slack, "zendesk": self._zendesk, "chat": self._chat}[self._surface](line)
        await self._till.stage.quiet()

    async def _slack(self, line: str) -> None:
        ts = await self._till.stage.writes(SARAH, SARAH_DM, line, self._place or None)
        self._place = self._place or ts

    async def _zendesk(self, line: str) -> None:
        if self._place:
            await self._till.stage.comments(int(self._place), SARAH_ID, line)
        else:
            self._place = str(await self._till.stage.opens(line))

    async def _chat(self, line: str) -> None:
        stage = self._till.stage
        [secret] = [
            key.secret.get_secret_value() for key in stage.engine.settings.frontdesk_api_keys if key.scope == "chat"
        ]
        body = {"message": line, "customer_id": "cust_001", **({"session_id": self._place} if self._place else {})}
        answer = await stage.http.post(f"{stage.bot}/chat", json=body, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 200, answer.text
        self._place = answer.json()["session_id"]

    async def heard(self) -> str:
        """Return everything the bot has said here."""
        stage = self._till.stage
        if self._surface == "slack":
            return "\n".join(said(message) for message in await stage.thread(SARAH_DM, self._place))
        if self._surface == "zendesk":
            comments = (await stage.ticket(self._place))["comments"]
            return "\n".join(comment["body"] for comment in comments if comment["public"])
        view = await stage.engine.conversations.read(f"chat:chat:{self._place}")
        assert view is not None
        return "\n".join(entry.text for entry in view.entries if entry.role == "assistant")


@pytest.mark.parametrize("surface", ["slack", "zendesk", "chat"])
@pytest.mark.parametrize("attack", [*STORE, *AIRLINE], ids=lambda attack: f"{attack.desk}: {attack.name}")
async def test_nothing_happens_that_code_should_stop(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: Attack, surface: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, attack.script, frontdesk_desk=attack.desk) as till:
        sarah = Sarah(till, surface)
        for line in (GO, *attack.lines):
            await sarah.says(line)
        committed = await till.committed()
        pending = await till.rows("SELECT subject FROM frontdesk_pending")
        heard = await sarah.heard()

    assert [row["amount"] for row in committed] == list(attack.commits)
    assert {row["customer"] for row in committed} <= {"cust_001"}
    assert sorted(row["subject"] for row in pending) == sorted(attack.waits)
    assert ("Shall I do this?" in heard) is (attack.offers and bool(attack.moves))
    assert heard.count("Done:") == len(committed)
    assert not [word for word in attack.unsaid if word in heard]


async def test_on_a_ticket_another_persons_yes_and_a_spoofed_one_do_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {GO: billing(refund())}) as till:
        ticket = await till.stage.opens(GO)
        await till.stage.bot_comments(ticket)
        await till.stage.quiet()
        await till.stage.comments(ticket, MARCUS_ID, "yes")
        await till.stage.comments(ticket, SARAH_ID, "yes", trusted=False)
        await till.stage.quiet()

        assert await till.committed() == []


async def test_in_a_thread_the_proposal_of_one_is_not_confirmed_by_another(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {GO: billing(refund())}) as till:
        ts = await till.asks(SARAH, HELP, f"<@{BOT}> {GO}")
        message, value = await till.button(HELP, CONFIRM, ts)
        for user in (MARCUS, "U0DANA"):
            await till.asks(user, HELP, "yes", ts)
            await till.presses(user, HELP, message, CONFIRM, value)
        await till.stage.quiet()
        texts = "\n".join(said(reply) for reply in await till.stage.thread(HELP, ts))

        assert await till.committed() == []
        assert "who you are" not in texts  # another's yes is no answer to the offer at all


async def test_a_yes_from_before_the_offer_was_delivered_does_not_count(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(
        redis_url, tmp_path, monkeypatch, {GO: billing(refund())}, frontdesk_debounce_seconds=0.3
    ) as till:
        ts = await till.stage.writes(SARAH, SARAH_DM, GO)
        await till.stage.writes(SARAH, SARAH_DM, "yes", ts)
        await till.stage.quiet()

        assert await till.committed() == []


async def test_the_customer_is_no_approver_and_a_pending_order_takes_nothing_else(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script: Script = {GO: billing(refund("ord_2001")), "again": [refund("ord_2001", "10.00"), "ok"]}
    async with open_refunds(redis_url, tmp_path, monkeypatch, script) as till:
        ts = await till.asks(MARCUS, "D0MARCUS", GO)
        await till.asks(MARCUS, "D0MARCUS", "yes", ts)
        await till.button(APPROVALS, APPROVE)
        await till.asks(MARCUS, "D0MARCUS", "again", ts)
        await till.asks(MARCUS, "D0MARCUS", "yes", ts)
        other = await till.asks(MARCUS, HELP, f"<@{BOT}> {GO}")
        await till.asks(MARCUS, HELP, "yes", other)
        answer = await till.last(HELP, other)
        rows = await till.committed()

    assert rows == []
    assert "a colleague is already deciding" in answer
