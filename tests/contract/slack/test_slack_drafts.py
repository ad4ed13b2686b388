"""Edit is pressed under a card: who sees the modal, who is told why not, and that Slack takes what we send."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.domain.conversation import Conversation
from bot.domain.drafts import DRAFT_DISCARD, DRAFT_EDIT, DRAFT_SEND, NOT_ALLOWED, Draft, DraftStage, settled
from bot.domain.effects import Button, PostToChannel
from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from integrations.slack.api.client import SlackSettings
from integrations.slack.drafts import editor as editing
from integrations.slack.drafts.editor import DraftEditor
from integrations.slack.inbound.clicks import Click
from integrations.slack.outbound.channel import SlackChannel
from tests.contract.sandbox.kit import TOKEN
from tests.contract.slack.slack_contract import load_reference, problems
from tests.contract.slack.slack_fixtures import HELP, TEAM, World, serving, slack_world
from tests.doubles.clock import ManualClock

TRIAGE = "C0TRIAGE"
ABOUT = ConversationId(f"slack:{TEAM}:{HELP}:1700000000.000100")
DRAFT = Draft("draft-1", "It is **late**, <sorry> & well.")


@pytest.fixture
async def slack() -> AsyncIterator[World]:
    async with slack_world() as world:
        yield world


@dataclass
class Desk:
    """A card in a channel, and the conversation that it is about."""

    slack: World
    conversation: Conversation = field(
        default_factory=lambda: Conversation(ABOUT, requester_name="Sarah Chen", drafts=(DRAFT,))
    )
    channel: str = TRIAGE

    async def look(self, conversation: str) -> Conversation | None:
        return self.conversation if conversation == ABOUT else None

    async def press(self, user: str = "U0DANA", *, after: float = 0.0, team: str = TEAM, value: str = "") -> None:
        """Let somebody press Edit under a fresh card."""
        draft = self.conversation.drafts[-1]
        buttons = tuple(Button(action, action, draft.id) for action in (DRAFT_SEND, DRAFT_EDIT, DRAFT_DISCARD))
        shown = PostToChannel(f"e{draft.id}{user}", self.channel, "A draft.", buttons)
        card = await self.slack.chat.announce(self.conversation, shown)
        place = {"user": user, "channel": self.channel, "ts": card.ts}
        trigger = (await self.slack.control("slack/click", **place, action_id=DRAFT_EDIT))["trigger_id"]
        click = Click(
            "c1", TEAM, team, user, self.channel, card.ts, card.ts, ABOUT, DRAFT_EDIT, value or draft.id, 0.0,
            trigger_id=trigger,
        )  # fmt: skip
        self.slack.clock.advance(after)
        await DraftEditor(self.slack.chat, self.look, TRIAGE).edit(click, ABOUT)

    async def modals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.slack.state())["modals"]
        return found

    async def told(self, user: str = "U0DANA") -> list[str]:
        return [one["text"] for one in (await self.slack.state())["messages"] if one["ephemeral_for"] == user]


async def test_a_full_member_in_the_channel_gets_the_drafts_text(slack: World) -> None:
    desk = Desk(slack)

    await desk.press()

    [modal] = await desk.modals()
    [block] = [block for block in modal["view"]["blocks"] if block["type"] == "input"]
    assert modal["user"] == "U0DANA"
    assert block["element"]["initial_value"] == DRAFT.text
    assert await desk.told() == []
    if reference := load_reference():
        assert problems(reference, await slack.requests()) == []


@pytest.mark.parametrize("length", [3_001, 12_500, 60_000])
async def test_slack_takes_the_modal_of_a_long_draft(slack: World, length: int) -> None:
    desk = Desk(slack)
    desk.conversation = replace(desk.conversation, drafts=(Draft("draft-1", "a long word " * (length // 12)),))

    await desk.press()

    assert len(await desk.modals()) == 1
    assert await desk.told() == []


async def test_a_draft_beyond_every_modal_is_told_to_be_answered_elsewhere(slack: World) -> None:
    desk = Desk(slack)
    desk.conversation = replace(desk.conversation, drafts=(Draft("draft-1", "x" * 60_001),))

    await desk.press()

    assert (await desk.modals(), await desk.told()) == ([], [editing.TOO_LONG])


@pytest.mark.parametrize("reason", ["guest", "another company", "not in the channel", "left"])
async def test_others_see_no_modal_and_are_told_so(slack: World, reason: str) -> None:
    desk = Desk(slack)
    user = {"guest": "U0OLEG", "another company": "U0EXT", "not in the channel": "U0MARCUS", "left": "U0DANA"}[reason]
    if reason in {"guest", "another company"}:
        await slack.control("slack/join", user=user, channels=[TRIAGE])
    if reason == "left":
        await slack.control("slack/leave", user=user, channel=TRIAGE)

    await desk.press(user, team="T0PARTNER" if reason == "another company" else TEAM)

    assert await desk.modals() == []
    if reason in {"guest", "another company"}:  # others are reached by the address in their own click alone
        assert await desk.told(user) == [NOT_ALLOWED]


async def test_a_card_in_another_channel_is_nobodys_to_edit(slack: World) -> None:
    desk = Desk(slack, channel="C0APPROVE")

    await desk.press()

    assert (await desk.modals(), await desk.told()) == ([], [NOT_ALLOWED])


async def test_a_draft_that_is_decided_is_not_edited(slack: World) -> None:
    desk = Desk(slack)
    done = settled(DRAFT, DraftStage.SENT, 1.0, "Lee Park")
    desk.conversation = replace(desk.conversation, drafts=(done,))

    await desk.press()

    assert await desk.modals() == []
    assert await desk.told() == [
        "This draft is not open any more: it was sent by Lee Park, so nothing has been changed."
    ]


async def test_a_value_that_is_no_drafts_opens_nothing(slack: World) -> None:
    desk = Desk(slack)

    await desk.press(value="draft-2")

    assert await desk.modals() == []
    assert len(await desk.told()) == 1


async def test_a_press_that_slack_has_forgotten_is_to_be_repeated(slack: World) -> None:
    desk = Desk(slack)

    await desk.press(after=3.5)

    assert (await desk.modals(), await desk.told()) == ([], [editing.TOO_LATE])


async def test_a_slack_that_does_not_answer_holds_up_nobody(slack: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "OPEN_SECONDS", 0.2)
    await slack.fault("views.open", "timeout")
    desk = Desk(slack)

    async with asyncio.timeout(30):
        await desk.press()

    assert await desk.modals() == []


async def test_an_address_that_does_not_answer_leaves_those_in_the_channel_told_and_others_for_later() -> None:
    told: list[str] = []

    async def away(_request: Request) -> Response:
        return Response(status_code=503)

    async def ephemeral(request: Request) -> Response:
        user = (await request.json())["user"]
        if user != "U0DANA":
            return JSONResponse({"ok": False, "error": "user_not_in_channel"})
        told.append(user)
        return JSONResponse({"ok": True, "message_ts": "1.1"})

    routes = [
        Route("/slack/response/{id}", away, methods=["POST"]),
        Route("/slack/api/chat.postEphemeral", ephemeral, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes)) as url:
        chat = SlackChannel(SlackSettings("xoxb-1", f"{url}/slack/api/"), ManualClock())
        await chat.whisper(TRIAGE, f"slack:{TEAM}:U0DANA", "No.", f"{url}/slack/response/1")
        with pytest.raises(TemporaryFailure):
            await chat.whisper(TRIAGE, f"slack:{TEAM}:U0MARCUS", "No.", f"{url}/slack/response/1")
        await chat.close()

    assert told == ["U0DANA"]


async def test_the_address_in_a_click_reaches_even_those_who_are_not_in_the_channel(slack: World) -> None:
    address = f"{slack.url}/slack/response/unknown"

    await slack.chat.whisper(TRIAGE, f"slack:{TEAM}:U0DANA", "No.", address)  # used up: in the channel then
    await slack.chat.whisper(TRIAGE, f"slack:{TEAM}:U0MARCUS", "No.", "https://evil.example/hook")

    assert await Desk(slack).told() == ["No."]
    assert await Desk(slack).told("U0MARCUS") == []


async def test_a_long_card_that_was_cut_short_is_completed_and_nothing_stands_twice(slack: World) -> None:
    desk, since = Desk(slack), slack.clock.now()
    text = "\n\n".join(f"{n} {'word ' * 190}" for n in range(40))
    shown = PostToChannel("e1", TRIAGE, text, (Button(DRAFT_SEND, "Send", DRAFT.id),))
    card = await slack.chat.announce(desk.conversation, shown)
    assert await slack.another_process().find_announced(shown, since) == card
    last = (await posted(slack))[-1]["ts"]
    await slack.http.post("/slack/api/chat.delete", json={"channel": TRIAGE, "ts": last}, headers=TOKEN)

    assert not await slack.another_process().find_announced(shown, since)
    assert await slack.another_process().announce(desk.conversation, shown) == card
    assert await slack.another_process().announce(desk.conversation, shown) == card

    assert [one["thread_ts"] for one in await posted(slack)] == [None, *[card.ts] * 3]


async def posted(slack: World) -> list[dict[str, Any]]:
    return [one for one in (await slack.state())["messages"] if one["channel"] == TRIAGE]
