"""Replaces a preview by the committed answer, in the same message, exactly once."""

from bot.domain.errors import PermanentFailure
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.blocks import Draft, button_blocks
from integrations.slack.outbound.markup import dated, markdown
from integrations.slack.outbound.own_messages import OwnMessage, delete_quietly, keep_in_thread
from integrations.slack.outbound.poster import Poster
from integrations.slack.outbound.preview_strategy import PreviewStrategy
from integrations.slack.outbound.shown import Live, Way
from integrations.slack.outbound.status import SlackStatus


class PreviewFinalizer:
    """Turns the message of a preview into the reply."""

    def __init__(self, api: SlackApi, poster: Poster, ladder: PreviewStrategy, status: SlackStatus, live: Live) -> None:
        self._api = api
        self._poster = poster
        self._ladder = ladder
        self._status = status
        self._live = live

    async def finish(self, thread: Thread, draft: Draft, ref: str) -> str:
        """Return the `ts` of the finished message, empty when there is no message left to finish.

        Args:
            ref: a `stream:…` or `post:…` reference.

        Raises:
            RemoteError: as for `SlackApi.write`; it may be called again with the same arguments.
        """
        way, _, ts = ref.partition(":")
        if way == Way.STREAM and await self._completed(thread, draft, ref, ts):
            return ts
        try:
            await self._poster.update(thread, ts, draft)
        except PermanentFailure as error:
            # Whatever the reason: half an answer must not be the last word, so the whole one is posted anew.
            if error.code != "message_not_found":
                await delete_quietly(self._api, thread.channel, ts)
            return ""
        self._live.pop(ref, None)
        return ts

    async def _completed(self, thread: Thread, draft: Draft, ref: str, ts: str) -> bool:
        """Stop the stream; return whether that alone made the message what it must be."""
        self._ladder.ended(thread, ts)
        shown, text = self._live.get(ref), dated(markdown(draft.text), draft.moments)
        if shown is None or not shown.is_certain or not text.startswith(shown.text):
            await self._stop(thread, ts)
            return False
        try:
            answer = await self._status.stop(
                thread,
                ts,
                **shown.growth(text.removeprefix(shown.text)),
                metadata=dict(draft.metadata) or None,
                blocks=button_blocks(self._poster.fitting(draft)) or None,
            )
        except PermanentFailure:  # closed by Slack or by the person, or its blocks are refused
            shown.is_certain = False
            await self._stop(thread, ts)
            return False
        self._live.pop(ref, None)
        await keep_in_thread(self._api, thread, {"ts": ts, **answer})
        return True

    async def take_back(self, thread: Thread, ref: str) -> None:
        """Delete the message of a preview, whatever became of it."""
        way, _, ts = ref.partition(":")
        if way == Way.STREAM:
            self._ladder.ended(thread, ts)
            await self._stop(thread, ts)
        self._live.pop(ref, None)
        await delete_quietly(self._api, thread.channel, ts)

    async def _stop(self, thread: Thread, ts: str) -> None:
        try:
            await self._status.stop(thread, ts)
        except PermanentFailure:
            return  # it stopped by itself, or is gone: the update tells


async def adopt(api: SlackApi, thread: Thread, found: list[OwnMessage]) -> str:
    """Return the reference of the first message that a lost call left behind and delete the others."""
    left = [message for message in found if message.is_unfinished]
    for extra in left[1:]:
        await delete_quietly(api, thread.channel, extra.ts)
    return f"{Way.STREAM}:{left[0].ts}" if left else ""
