"""One-time codes against people who have none, or somebody else's: nothing opens, nothing is offered."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adversary.attacks import GO, billing, refund
from tests.flow.harness.frontdesk import ERIN, OLEG, said
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.people.test_identity_story import dm_of

SARAHS, MARCUSES = "sarah.chen@example.com", "marcus.johnson@example.com"
OFFER = "Shall I do this?"


@dataclass
class Stranger:
    """Somebody whom nothing vouches for, in a conversation of their own."""

    till: RefundHarness
    surface: str
    user: str
    place: str = ""
    channel: str = ""

    async def says(self, line: str) -> str:
        """Write, wait until everything that follows is done, and return what was said last."""
        stage = self.till.stage
        if self.surface == "slack":
            self.channel = self.channel or await dm_of(self.till, self.user)
            ts = await stage.writes(self.user, self.channel, line, self.place or None)
            self.place = self.place or ts
        elif self.surface == "chat":
            return await self._posts(line)
        elif self.place:
            await stage.comments(int(self.place), await self._own_id(), line)
        else:
            # Whoever only claims an address has no verified identity in Zendesk.
            requester = {"name": self.user, "email": f"{self.user.lower()}@elsewhere.example"}
            ticket = {"requester": requester, "subject": "Help", "body": line}
            self.place = str((await stage.control("zendesk/ticket", ticket))["id"])
        await stage.quiet()
        return (await self.heard())[-1]

    async def _own_id(self) -> int:
        return int((await self.till.stage.ticket(self.place))["requester_id"])

    async def _posts(self, line: str) -> str:
        stage = self.till.stage
        [secret] = [
            key.secret.get_secret_value() for key in stage.engine.settings.frontdesk_api_keys if key.scope == "chat"
        ]
        body = {"message": line, **({"session_id": self.place} if self.place else {})}
        answer = await stage.http.post(f"{stage.bot}/chat", json=body, headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 200, answer.text
        self.place = answer.json()["session_id"]
        await stage.quiet()
        return str(answer.json()["response"])

    async def heard(self) -> list[str]:
        """Return what the bot said here."""
        stage = self.till.stage
        if self.surface == "slack":
            return [said(message) for message in await stage.thread(self.channel, self.place)]
        comments = (await stage.ticket(self.place))["comments"]
        return [comment["body"] for comment in comments if comment["public"]]


async def code_for(till: RefundHarness, requester: str) -> str:
    """Return the newest code in somebody's mailbox, which is their tickets."""
    state = (await till.stage.state())["zendesk"]
    [user] = [user["id"] for user in state["users"] if user["email"] == requester]
    tickets = [ticket for ticket in state["tickets"] if ticket["requester_id"] == user]
    return str(re.findall(r"\b\d{6}\b", tickets[-1]["comments"][0]["body"])[-1])


@pytest.mark.parametrize("surface", ["slack", "zendesk", "chat"])
async def test_codes_are_neither_lent_nor_replayed_nor_guessed(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surface: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {GO: billing(refund())}) as till:
        owner, thief = Stranger(till, surface, OLEG), Stranger(till, surface, ERIN)
        asked = await owner.says(f"{GO}, I am {SARAHS}")
        code = await code_for(till, SARAHS)
        await thief.says(f"{GO}, I am {MARCUSES}")
        stolen = await thief.says(code)
        opened = await owner.says(code)
        replayed = await thief.says(code)
        guessed = [await thief.says(f"00000{number}") for number in range(3 if surface != "slack" else 0)]
        too_late = await thief.says(await code_for(till, MARCUSES)) if guessed else replayed
        committed = await till.committed()

    assert "six-digit code is on its way" in asked
    assert OFFER in opened
    assert not [text for text in (asked, stolen, replayed, *guessed, too_late) if OFFER in text]
    assert committed == []
    if guessed:
        assert "no longer valid" in too_late
