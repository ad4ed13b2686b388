"""A sentence model for tests: it knows a few topics by words of several languages, and nothing else of the world."""

from array import array
from collections.abc import Mapping, Sequence

from bot.domain.knowledge.sentence_model import Kind, Vector

TOPICS: Mapping[str, int] = {
    **dict.fromkeys(("refund", "money", "charged", "invoice", "erstattung", "remboursement", "reembolso", "返金"), 0),
    **dict.fromkeys(("parcel", "delivery", "ship", "courier", "paket", "colis", "paquete", "配送"), 1),
    **dict.fromkeys(("password", "login", "crashes", "error", "passwort", "contraseña"), 2),
}
"""Part of a word → the direction it points into."""
_DIRECTIONS = 8


class TopicSentences:
    """Points where the topics of a text point; texts without one point apart from all."""

    name = "topics"
    near = 0.5

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False

    async def embed(self, texts: Sequence[str], kind: Kind) -> Sequence[Vector]:
        """Return the texts' vectors, in order.

        Raises:
            OSError: it is told to fail.
        """
        if self.fails:
            raise OSError("no model here")
        self.asked += texts
        return [_pointing(text.casefold()) for text in texts]


def _pointing(text: str) -> Vector:
    values = [0.0] * _DIRECTIONS
    for word, direction in TOPICS.items():
        values[direction] += word in text
    if not any(values):
        values[3 + len(text) % (_DIRECTIONS - 3)] = 1.0
    length = sum(value * value for value in values) ** 0.5
    return array("f", [value / length for value in values])
