"""Says a text in a thread, in as many messages as it takes, and finishes its preview with the first."""

from collections.abc import Awaitable, Callable, Sequence

from bot.domain.effects import Button, Moment
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.blocks import Draft, label
from integrations.slack.outbound.own_messages import CLOCK_SKEW_SECONDS, OwnMessage, by_effect, part_id
from integrations.slack.outbound.poster import Poster
from integrations.slack.outbound.preview_finalizer import PreviewFinalizer, adopt
from integrations.slack.outbound.shown import Way
from integrations.slack.outbound.status import SlackStatus

Own = Callable[[Thread, float], Awaitable[list[OwnMessage]]]
"""Reads our messages back that are not older than so many Unix seconds."""


class Speaker:
    """Says each part of a text once, under its own effect id."""

    def __init__(
        self, api: SlackApi, poster: Poster, finisher: PreviewFinalizer, status: SlackStatus, own: Own
    ) -> None:
        self._api = api
        self._poster = poster
        self._finisher = finisher
        self._status = status
        self._own = own

    async def say(
        self,
        thread: Thread,
        conversation: str,
        effect_id: str,
        text: str,
        *,
        preview: str = "",
        buttons: tuple[Button, ...] = (),
        moments: tuple[Moment, ...] = (),
        name: str = "",
        file_ids: Sequence[str] = (),
    ) -> str:
        """Say the text and return the first message's `ts`; what stands there already is not said again.

        Args:
            preview: a preview that the first part finishes.
            name: whose words they are, empty for the bot's.
            file_ids: files that are shared afterwards; they are named beside the text.

        Raises:
            RemoteError: after `UnknownOutcome` it has to be looked up what stands there.
        """
        parts = self._poster.parts(text.strip() or "…", name)
        # Of a long text some parts may stand there already, from an attempt that was cut short.
        known = by_effect(await self._own(thread, 0.0)) if len(parts) > 1 else {}
        first = ""
        for number, part in enumerate(parts, 1):
            key = part_id(effect_id, number)
            draft = Draft(
                text=part,
                metadata=label(key, len(parts) if number == 1 else 1, file_ids if number == 1 else ()),
                name=name,
                buttons=buttons if number == len(parts) else (),
                conversation=conversation,
                moments=moments,
            )
            if key in known:
                ts = known[key][0].ts
            else:
                ts = await self._say_part(thread, draft, preview if number == 1 else "")
            first = first or ts
        await self._status.end(thread)
        return first

    async def _say_part(self, thread: Thread, draft: Draft, preview: str) -> str:
        if preview.startswith(Way.LOST):
            found = await self._own(thread, float(preview.partition(":")[2]) + CLOCK_SKEW_SECONDS)
            finished = by_effect(found).get(draft.effect_id)
            if finished:  # by an attempt that did not live to tell
                return finished[0].ts
            preview = await adopt(self._api, thread, found)
        ts = await self._finisher.finish(thread, draft, preview) if preview else ""
        return ts or await self._poster.post(thread, draft)
