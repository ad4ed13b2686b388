"""Tells one person something that nobody else in a channel sees.

A click's `response_url` reaches whoever clicked, in the channel or not, for 30 minutes and five times; without one an
ephemeral message reaches those who are in the channel: https://docs.slack.dev/interactivity/handling-user-interaction.
"""

import aiohttp

from bot.domain.errors import PermanentFailure, RemoteError, TemporaryFailure
from bot.domain.ids import AuthorId
from integrations.slack.api.client import SlackApi
from integrations.slack.api.hosts import is_slack_address

_USED_UP = PermanentFailure("response_url: none, or not any more", "used_url")
_OUT_OF_REACH = frozenset({"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived"})


async def whisper(api: SlackApi, channel: str, author_id: str, text: str, answer_at: str = "") -> None:
    """Say `text` to one person; one who is out of reach is not told.

    Args:
        answer_at: the `response_url` of what they pressed, empty for none.

    Raises:
        RemoteError: as for `SlackApi.write`; it may be called again.
    """
    failure = await _answered(api, answer_at, text) if is_slack_address(answer_at, api.settings.api_url) else _USED_UP
    if failure is None:
        return
    try:
        await api.write("chat.postEphemeral", channel=channel, user=AuthorId(author_id).user, text=text)
    except PermanentFailure as error:
        if error.code not in _OUT_OF_REACH:
            raise
        if isinstance(failure, TemporaryFailure):
            raise failure from None  # that address is the only way to them


async def _answered(api: SlackApi, url: str, text: str) -> RemoteError | None:
    """Answer a press, and return what failed; None where Slack has taken it."""
    answer = {"response_type": "ephemeral", "replace_original": False, "text": text}
    try:
        async with api.session.post(url, json=answer, allow_redirects=False) as response:
            if response.status >= 500:
                return TemporaryFailure(f"response_url: {response.status}")
            return None if response.status == 200 else _USED_UP
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return TemporaryFailure(f"response_url: {type(error).__name__}")
