"""Tells one person something that nobody else in a channel sees.

A click's `response_url` reaches whoever clicked, in the channel or not, for 30 minutes and five times; without one an
ephemeral message reaches those who are in the channel: https://docs.slack.dev/interactivity/handling-user-interaction.
"""

import aiohttp

from bot.domain.errors import PermanentFailure, TemporaryFailure
from bot.domain.ids import AuthorId
from integrations.slack.api.client import SlackApi
from integrations.slack.api.hosts import is_slack_address

_OUT_OF_REACH = frozenset({"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived"})


async def whisper(api: SlackApi, channel: str, author_id: str, text: str, answer_at: str = "") -> None:
    """Say `text` to one person; one who is out of reach is not told.

    Args:
        answer_at: the `response_url` of what they pressed, empty for none.

    Raises:
        RemoteError: as for `SlackApi.write`; it may be called again.
    """
    if answer_at and is_slack_address(answer_at, api.settings.api_url) and await _answered(api, answer_at, text):
        return
    try:
        await api.write("chat.postEphemeral", channel=channel, user=AuthorId(author_id).user, text=text)
    except PermanentFailure as error:
        if error.code not in _OUT_OF_REACH:
            raise


async def _answered(api: SlackApi, url: str, text: str) -> bool:
    """Return whether the address still took it."""
    answer = {"response_type": "ephemeral", "replace_original": False, "text": text}
    try:
        async with api.session.post(url, json=answer, allow_redirects=False) as response:
            if response.status >= 500:
                raise TemporaryFailure(f"response_url: {response.status}")
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TemporaryFailure(f"response_url: {type(error).__name__}") from None
