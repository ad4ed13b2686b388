"""Detects the language in which a customer is answered. Pure."""

from collections.abc import Mapping

from bot.desk.knowledge.search import language_of
from bot.desk.policy.phrases import without_emoji
from bot.mail.own_words import own_words

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
"""Languages by their two letters (ISO 639-1), as a model is told."""

_TELLING = 2  # words of a language; one alone may be a name or a quotation


def language_of_customer(words: str, before: str = "") -> str:
    """Return the two letters of the language that these words are in; where they do not tell, the one before."""
    return language_of(without_emoji(own_words(words)), least=_TELLING) or before
