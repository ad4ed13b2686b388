"""A model's text while it is written: what of it may be shown already."""

from integrations.models.forms import shown_so_far
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
        self._out = ""

    def feed(self, delta: str) -> str:
        """Return what may be shown now."""
        self._raw += self._seam.feed(delta)
        text, closed = shown_so_far(self._raw, self._offered)
        self.is_open = self.is_open or closed
        return self._more(text) if self.is_open else ""

    def rest(self, text: str) -> str:
        """Return what is left to show of the whole text, nothing where what was shown is none of it."""
        return self._more(text)

    def _more(self, text: str) -> str:
        if len(text) <= len(self._out) or not text.startswith(self._out):
            return ""
        more, self._out = text[len(self._out) :], text
        return more
