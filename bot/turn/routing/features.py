"""What a text is to the router by its words: words, pairs and pieces of them, weighed by rarity. Pure."""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from bot.desk.knowledge.search import COMMON_WORDS

_HAS_DIGIT = re.compile(r"\S*\d\S*")
_WORDS = re.compile(r"[\w']+")


class Features:
    """Words and pieces of words, weighed by how rare they are.

    Words never seen before count in a text's length: what is mostly unknown resembles nothing much.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        found = Counter(chain.from_iterable(set(_parts(text)) for text in texts))
        self._columns = {part: column for column, part in enumerate(sorted(found))}
        self._rarity = array("d", [self._rarity_of(found[part], len(texts)) for part in self._columns])
        self._rarest = self._rarity_of(0, len(texts))

    def __len__(self) -> int:
        return len(self._columns)

    def of(self, text: str) -> list[tuple[int, float]]:
        """Return the columns that were seen in training and stand in the text, with their weights."""
        known, length = [], 0.0
        for part, count in Counter(_parts(text)).items():
            column = self._columns.get(part)
            weight = (1 + math.log(count)) * (self._rarest if column is None else self._rarity[column])
            length += weight * weight
            if column is not None:
                known.append((column, weight))
        return [(column, weight / math.sqrt(length)) for column, weight in known]

    @staticmethod
    def _rarity_of(texts: int, all_texts: int) -> float:
        return math.log((1 + all_texts) / (1 + texts)) + 1


def _parts(text: str) -> Iterator[str]:
    """Yield the telling words, pairs of them, and all words' pieces of three and four letters."""
    plain = _plain(text)
    words = [word for word in _WORDS.findall(plain) if word not in COMMON_WORDS]
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))
    for word in plain.split():
        padded = f"#{word}#"  # no word has this sign, so no piece is a word
        for size in (3, 4):
            yield from (f"#{padded[at : at + size]}" for at in range(max(1, len(padded) - size + 1)))


def _plain(text: str) -> str:
    """Lower case; every number, order id and amount is the same word."""
    return _HAS_DIGIT.sub(" 0 ", text.casefold().replace("’", "'"))
