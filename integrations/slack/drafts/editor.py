"""Opens the modal in which a draft is edited, for whoever may decide on it, while Slack still takes the click."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog

from bot.domain.conversation import Conversation
from bot.domain.drafts import NOT_ALLOWED, Draft, not_open
from bot.domain.effects import with_ticket_number
from bot.domain.errors import RemoteError
from bot.domain.ids import ConversationId
from bot.domain.ports import Profile
from integrations.slack.drafts.modal import edit_modal, fits
from integrations.slack.inbound.clicks import Click

log = structlog.get_logger(__name__)

OPEN_SECONDS, TELL_SECONDS = 2.0, 0.8
"""A trigger is good for three, and so is the click: https://docs.slack.dev/surfaces/modals#preparing_for_modals."""

TOO_LONG = "This draft is too long for Slack's form. Please discard it and answer on the ticket, or send it as it is."
TOO_LATE = "The form could not be opened in time. Please press Edit once more."


class Workspace(Protocol):
    """What is asked of Slack."""

    def within(self, conversation: str, place: str = "") -> "Workspace": ...
    async def profile(self, author_id: str) -> Profile: ...
    async def is_member(self, channel: str, author_id: str) -> bool: ...
    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None: ...
    async def whisper(self, channel: str, author_id: str, text: str, answer_at: str = "") -> None: ...


Look = Callable[[str], Awaitable[Conversation | None]]
"""Returns a conversation as its last turn left it."""


class DraftEditor:
    """Answers presses of Edit; what nobody could be told is only logged, as nothing has changed.

    Args:
        channel: id of the channel in which drafts are decided.
    """

    def __init__(self, slack: Workspace, look: Look, channel: str) -> None:
        self._slack = slack
        self._look = look
        self._channel = channel

    async def edit(self, click: Click, conversation: ConversationId) -> None:
        """Open the modal, or tell the clicker alone why not."""
        slack = self._slack.within(conversation, click.channel)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                problem = await self._opened(slack, click, conversation)
        except (TimeoutError, RemoteError) as error:
            log.warning("draft.not_opened", conversation=conversation, error=type(error).__name__)
            problem = TOO_LATE
        if problem:
            await _told(slack, click, problem)

    async def problem(self, conversation: str, draft_id: str) -> str:
        """Return why a draft cannot be sent any more, empty where it can.

        Raises:
            TemporaryFailure: the store is down.
        """
        draft = _draft_in(await self._look(conversation), draft_id)
        return "" if draft and draft.is_open else not_open(draft)

    async def _opened(self, slack: Workspace, click: Click, conversation: ConversationId) -> str:
        """Open the modal; return why it cannot be."""
        may, found = await asyncio.gather(self._may(slack, click), self._look(conversation))
        if not may:
            return NOT_ALLOWED
        draft = _draft_in(found, click.value)
        if found is None or draft is None or not draft.is_open:
            return not_open(draft)
        text = with_ticket_number(draft.text, found.ticket_id)
        if not fits(text):
            return TOO_LONG
        await slack.open_view(click.trigger_id, edit_modal(draft.id, conversation, text, found.requester_name))
        return ""

    async def _may(self, slack: Workspace, click: Click) -> bool:
        if not self._channel or click.channel != self._channel:
            return False
        profile = await slack.profile(click.author_id)
        return profile.is_member and await slack.is_member(self._channel, click.author_id)


async def _told(slack: Workspace, click: Click, words: str) -> None:
    try:
        async with asyncio.timeout(TELL_SECONDS):
            await slack.whisper(click.channel, click.author_id, words, click.response_url)
    except (TimeoutError, RemoteError) as error:
        log.warning("draft.not_told", error=type(error).__name__)


def _draft_in(conversation: Conversation | None, draft_id: str) -> Draft | None:
    drafts = conversation.drafts if conversation else ()
    return next((draft for draft in drafts if draft.id == draft_id), None)
