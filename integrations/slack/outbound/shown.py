"""What a preview shows: how its message was made, its text so far, the step that is under way."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_STEP = "frontdesk"  # one step, whose title changes
_LONGEST_TITLE = 256


class Way(StrEnum):
    """How the message of a preview was made; first part of its reference."""

    STREAM = "stream"
    POST = "post"
    LOST = "lost"  # a call was not answered; its message is newer than the rest, a time of Slack's


@dataclass
class Shown:
    """What a streamed message shows, as far as this process knows.

    Args:
        text: all that was appended and confirmed.
        step: title of the step that is under way, empty for none.
        is_certain: False once an append was not answered or the stream ended by itself.
    """

    text: str = ""
    step: str = ""
    is_certain: bool = True

    def growth(self, rest: str) -> dict[str, Any]:
        """Return what a call takes to add `rest` to the message, and to end the step that is under way."""
        if not self.step:
            return {"markdown_text": rest or None}
        words = [{"type": "markdown_text", "text": rest}] if rest else []
        return {"chunks": [step(self.step, "complete"), *words]}


Live = MutableMapping[str, Shown]
"""What this process knows of the previews it showed, by their reference."""


def step(title: str, status: str = "in_progress") -> dict[str, Any]:
    """Return the chunk of a stream that shows what is being done: https://docs.slack.dev/ai/developing-agents."""
    return {"type": "task_update", "id": _STEP, "title": title[:_LONGEST_TITLE], "status": status}
