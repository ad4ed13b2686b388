"""Decides how much of a model's text may be shown while it is still being written."""

from integrations.models.door.inner_text import after_thoughts, shown_so_far, sounds_like_thought
from integrations.models.door.offered_tools import Offered
from integrations.models.door.valid_text import Seam


class Live:
    """Gives out the text that is surely for the customer.

    A template that opens the thought by itself shows only where it ends, so that nothing is given out before the model
    is known to speak plainly, or has closed a thought, or has its thoughts apart. Where the API has a place of its own
    for thoughts, only what sounds like one is held back.

    Args:
        is_open: whether it is known to, or its API has that place.
        is_wary: whether what sounds like a thought is held back all the same.
    """

    def __init__(self, offered: Offered, *, is_open: bool, is_wary: bool = False) -> None:
        self.is_open = is_open
        self._is_wary = is_wary
        self._offered = offered
        self._seam = Seam()
        self._raw = ""
        self._given = ""
        self._out = ""
        self._begins = True

    def feed(self, delta: str) -> str:
        """Return what may be shown now."""
        self._raw += self._seam.feed(delta)
        if not self._out and (answer := after_thoughts(self._raw)) is not None:
            self._raw, self.is_open, self._is_wary = answer, True, False
        if self._is_wary and sounds_like_thought(self._out + self._raw):
            self.is_open = False
        if not self.is_open:
            return ""
        # In the middle of a line nothing begins that stands at the head of one.
        lead = "" if self._begins else "."
        self._raw = self._raw.lstrip() if self._begins else self._raw
        text = shown_so_far(lead + self._raw, self._offered, begins=self._begins)[len(lead) :]
        if not text.startswith(self._given):
            return ""  # it is not what it seemed to be; what is to be said of it the end tells
        more, self._given = text[len(self._given) :], text
        self._out += more
        self._settle(text)
        return more

    def rest(self, text: str) -> str:
        """Return what is left to show of the whole text, nothing where what was shown is none of it."""
        return text[len(self._out) :] if text.startswith(self._out) else ""

    def _settle(self, text: str) -> None:
        """Look no more at what is certain: else every word would cost a look at the whole answer."""
        if text and text == self._raw.rstrip() and self._raw[-1:].isspace():
            self._raw, self._given, self._begins = self._raw[len(text) :], "", False
