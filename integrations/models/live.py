"""A model's text while it is written: what of it may be shown already."""

from integrations.models.forms import after_thoughts, shown_so_far
from integrations.models.offered import Offered
from integrations.models.sound import Seam


class Live:
    """Gives out the text that is surely for the customer.

    A template that opens the thought by itself shows only where it ends, so that nothing is given out before the model
    is known to speak plainly, or has closed a thought, or has its thoughts apart.

    Args:
        is_open: whether it is known to.
    """

    def __init__(self, offered: Offered, *, is_open: bool) -> None:
        self.is_open = is_open
        self._offered = offered
        self._seam = Seam()
        self._raw = ""
        self._given = 0
        self._out = ""
        self._begins = self._line_begins = True

    def feed(self, delta: str) -> str:
        """Return what may be shown now."""
        self._raw += self._seam.feed(delta)
        if not self._out and (answer := after_thoughts(self._raw)) is not None:
            self._raw, self.is_open = answer, True
        if not self.is_open:
            return ""
        # In the middle of a line nothing begins that stands at the head of one.
        lead = "" if self._begins or self._line_begins else "."
        self._raw = self._raw.lstrip() if self._begins else self._raw
        text = shown_so_far(lead + self._raw, self._offered, begins=self._begins)[len(lead) :]
        more = text[self._given :]
        self._given = max(self._given, len(text))
        self._settle(text)
        self._out += more
        return more

    def rest(self, text: str) -> str:
        """Return what is left to show of the whole text, nothing where what was shown is none of it."""
        return text[len(self._out) :] if text.startswith(self._out) else ""

    def _settle(self, text: str) -> None:
        """Look no more at what is certain: else every word would cost a look at the whole answer."""
        if text == self._raw and text[-1:].isspace():
            self._raw, self._given = "", 0
            self._begins, self._line_begins = False, text.endswith("\n")
