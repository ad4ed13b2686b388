"""Posts or edits one message, in standard Markdown where the server takes it."""

from collections.abc import Mapping
from typing import Any

from bot.domain.errors import PermanentFailure
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.blocks import Draft, Json, in_markdown, in_mrkdwn, without_thumbs
from integrations.slack.outbound.markup import MARKDOWN_LIMIT, markdown, split
from integrations.slack.outbound.own_messages import keep_in_thread

_MARKDOWN_IS_UNKNOWN = frozenset({"invalid_arg_name", "invalid_arguments", "no_text"})
_BLOCKS_ARE_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format"})
_MARKDOWN_IS_REFUSED = _MARKDOWN_IS_UNKNOWN | _BLOCKS_ARE_REFUSED | {"msg_blocks_too_long"}
_MRKDWN_PART = 3_500
_QUIET_LINKS: Json = {"unfurl_links": False, "unfurl_media": False}


class Poster:
    """Knows, for this process, whether the server takes `markdown_text`, and feedback buttons."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self.takes_markdown = True
        self._takes_thumbs = True

    def parts(self, text: str, name: str = "") -> list[str]:
        """Return the text in parts that fit into one message each, the same ones each time."""
        limit = (MARKDOWN_LIMIT if self.takes_markdown else _MRKDWN_PART) - len(name)
        room = limit - 8 if name else limit
        parts = split(text, room)
        while any(len(markdown(part)) > limit for part in parts):  # escaping makes it longer
            room = room * 3 // 4
            parts = split(text, room)
        return parts

    async def post(self, thread: Thread, draft: Draft) -> str:
        """Post the draft and return its `ts`: one message, or none when this raises.

        Where the thread is empty it is a message of its own.

        Raises:
            RemoteError: as for `SlackApi.write`; `NotFound` where the thread is gone, and the message with it.
        """
        place = {"channel": thread.channel, "thread_ts": thread.ts or None, **_QUIET_LINKS}
        answer = await self._write("chat.postMessage", place, draft)
        await keep_in_thread(self._api, thread, answer)
        return str(answer.get("ts") or "")

    async def update(self, thread: Thread, ts: str, draft: Draft) -> str:
        """Replace a message of ours by the draft and return its `ts`; doing it twice changes nothing.

        Raises:
            RemoteError: as for `SlackApi.write`.
        """
        answer = await self._write("chat.update", {"channel": thread.channel, "ts": ts}, draft)
        return str(answer.get("ts") or ts)

    def fitting(self, draft: Draft) -> Draft:
        """Return the draft with what the server takes."""
        return draft if self._takes_thumbs else without_thumbs(draft)

    async def _write(self, method: str, place: Json, draft: Draft) -> Mapping[str, Any]:
        draft = self.fitting(draft)
        plain = without_thumbs(draft)
        if plain == draft:
            return await self._written(method, place, draft)
        try:
            return await self._written(method, place, draft)
        except PermanentFailure as error:
            # One block that is not taken refuses the whole message: https://docs.slack.dev/reference/block-kit/blocks
            if error.code not in _BLOCKS_ARE_REFUSED:
                raise
        answer = await self._written(method, place, plain)
        self._takes_thumbs = False
        return answer

    async def _written(self, method: str, place: Json, draft: Draft) -> Mapping[str, Any]:
        is_update = method == "chat.update"
        if self.takes_markdown:
            try:
                return await self._api.write(method, **place, **in_markdown(draft, update=is_update))
            except PermanentFailure as error:
                if error.code not in _MARKDOWN_IS_REFUSED:
                    raise
                self.takes_markdown = error.code not in _MARKDOWN_IS_UNKNOWN
        return await self._api.write(method, **place, **in_mrkdwn(draft, update=is_update))
