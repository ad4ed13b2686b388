"""Rules for what leaves the desk, checked sentence by sentence before anything is shown. Pure."""

import re

from bot.desk.customer import Customer
from bot.domain.effects import TICKET_NUMBER

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+|\n\s*\n|\n(?=[-*#\d])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SECRET = re.compile(r"\b(?:xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|sk-[\w-]{16,}|gh[pousr]_\w{20,}|AKIA[0-9A-Z]{16})\b")
_CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")


class Sentences:
    """Cuts streamed text into whole sentences and gives each out one sentence late.

    A model that says "let me check" before it calls a tool, asks for a human or proposes something thus has
    nothing shown of that turn.

    Args:
        customer: whose own address may be said.
    """

    def __init__(self, customer: Customer | None) -> None:
        self._customer = customer
        self._rest = ""
        self._ready: list[str] = []

    def restart(self) -> None:
        """Begin a new answer; what was held back is forgotten."""
        self._rest = ""
        self._ready.clear()

    def feed(self, delta: str) -> list[str]:
        """Return the sentences that may be shown now that `delta` has arrived, checked."""
        self._rest += delta
        while match := _SENTENCE_END.search(self._rest):
            self._ready.append(self._rest[: match.end()])
            self._rest = self._rest[match.end() :]
        if len(self._ready) < 2:
            return []
        out, self._ready = self._ready[:-1], self._ready[-1:]
        return [checked(sentence, self._customer, keep_space=True) for sentence in out]


def checked(text: str, customer: Customer | None, *, keep_space: bool = False) -> str:
    """Return the text with what must not leave taken out: secrets, card numbers, other people's addresses.

    Args:
        customer: whose own address may be said.
        keep_space: leave white space at the ends as it is (a streamed part).
    """
    text = text.replace(TICKET_NUMBER, "")
    text = _SECRET.sub("[removed]", text)
    text = _CARD.sub(lambda match: "[removed]" if _luhn(match[0]) else match[0], text)
    text = _EMAIL.sub(lambda match: match[0] if _may_say(match[0], customer) else "[address removed]", text)
    return text if keep_space else text.strip()


def _may_say(address: str, customer: Customer | None) -> bool:
    """The customer's own address, or an office's (support@, billing@ …)."""
    own = customer.email.lower() if customer else ""
    return address.lower() == own or address.partition("@")[0].lower() in OFFICES


OFFICES = frozenset({"support", "help", "billing", "sales", "info", "legal", "privacy", "security", "contact"})


def _luhn(digits: str) -> bool:
    numbers = [int(char) for char in digits if char.isdigit()]
    if not 13 <= len(numbers) <= 19:
        return False
    doubled = [n if i % 2 == 0 else (n * 2 - 9 if n > 4 else n * 2) for i, n in enumerate(reversed(numbers))]
    return sum(doubled) % 10 == 0
