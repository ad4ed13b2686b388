"""Checks an answer sentence by sentence before any of it is shown. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.desk.tools.customer import Customer
from bot.domain.effects import TICKET_NUMBER
from bot.domain.text import redaction
from bot.turn.output_checks.links import cited_in, without_foreign_links

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+|\n\s*\n|\n(?=[-*#\d])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MASKS = (redaction.CARD, redaction.KEY)

OFFICES = frozenset({"support", "help", "billing", "sales", "info", "legal", "privacy", "security", "contact"})


@dataclass
class Speech:
    """What an answer to this customer may name.

    Args:
        customer: whose own address may be said, None for somebody unverified.
        domains: the desk's own, which links may lead to.
        told: what the customer wrote and the desk's instructions say.
        found: what tools have returned so far.
        searched: the same of the search of the desk's knowledge, whose articles may be linked.
    """

    customer: Customer | None = None
    domains: Sequence[str] = ()
    told: Sequence[str] = ()
    found: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)

    @property
    def known(self) -> list[str]:
        """Every text whose ids may be repeated."""
        return [*self.told, *self.found, *self.searched]


class Sentences:
    """Cuts streamed text into whole sentences and gives each out one sentence late.

    A model that says "let me check" before it calls a tool, asks for a human or proposes something thus has
    nothing shown of that turn.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
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
        return [checked(sentence, self._speech, keep_space=True) for sentence in out]


def checked(text: str, speech: Speech, *, keep_space: bool = False) -> str:
    """Return the text with what must not leave taken out: secrets, cards, other people's addresses, foreign links.

    Args:
        keep_space: leave white space at the ends as it is (a streamed part).
    """
    text = redaction.mask(text.replace(TICKET_NUMBER, ""))
    for mark in _MASKS:
        text = text.replace(mark, "[removed]")
    text = without_foreign_links(text, speech.domains, cited_in(speech.searched))
    if "@" in text:
        text = _EMAIL.sub(lambda match: match[0] if _may_say(match[0], speech.customer) else "[address removed]", text)
    return text if keep_space else text.strip()


def _may_say(address: str, customer: Customer | None) -> bool:
    """The customer's own address, or an office's (support@, billing@ …)."""
    own = customer.email.lower() if customer else ""
    return address.lower() == own or address.partition("@")[0].lower() in OFFICES
