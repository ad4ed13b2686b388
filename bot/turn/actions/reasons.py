"""Decides whether a customer's line is the reason they were asked for. Pure; phrases in `reasons.yml`.

Money follows from it, so a line has to say itself that it is one. What holds back, asks, or is about something else is
none; what may be one or not is noted, and the customer's yes is asked for again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from bot.desk.policy.phrases import bare, shows_refusal, without_emoji
from bot.mail.own_words import own_words

FEWEST_WORDS = 3
"""Of a reason that is worth noting."""

_PHRASES = Path(__file__).with_name("reasons.yml")
_ASKS = re.compile(r"[?？؟]")
_SENTENCES = re.compile(r"[.!?…;,:\n–—()]+|\s-\s")
_ID = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])\w[\w-]{3,}", re.IGNORECASE)


class Given(StrEnum):
    """What a line is to the question for the reason."""

    REASON = "reason"
    UNSURE = "unsure"
    NO = "no"


def given(text: str, about: str) -> Given:
    """Return whether the text is a reason.

    Args:
        about: what the customer was asked about, with the ids that may be named.
    """
    said = without_emoji(own_words(text))
    words = bare(said)
    sentences = _sentences(said)
    if len(words.split()) < FEWEST_WORDS or _holds_back(words, sentences) or shows_refusal(text):
        return Given.NO
    if _ASKS.search(said) or _names_another(said, about):
        return Given.NO

    is_reason = _finds("reasons", words)
    if _begins_with_request(sentences):
        return Given.UNSURE if is_reason else Given.NO
    return Given.REASON if is_reason else Given.UNSURE


def _sentences(said: str) -> Sequence[str]:
    return [words for part in _SENTENCES.split(said) if (words := bare(part))]


def _begins_with_request(sentences: Sequence[str]) -> bool:
    """Return whether the first sentence that is more than polite asks or wishes for something, or there is none."""
    first = next((sentence for sentence in sentences if not _pattern("polite").fullmatch(sentence)), "")
    return not first or any(_pattern(kind).match(first) for kind in ("asks", "wishes"))


def _holds_back(words: str, sentences: Iterable[str]) -> bool:
    return _finds("withdrawn", words) or any(
        _pattern("begins").match(sentence) or _pattern("alone").fullmatch(sentence) for sentence in sentences
    )


def _names_another(said: str, about: str) -> bool:
    """Whether an id is named that is not the one in question."""
    return any(found.lower() not in about.lower() for found in _ID.findall(said))


def _finds(kind: str, words: str) -> bool:
    return _pattern(kind).search(words) is not None


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Every language's: a customer may answer in another one than the conversation's."""
    phrases = [phrase.replace("*", r"\w*") for language in _tables().values() for phrase in language[kind]]
    return re.compile(rf"(?<![\w'])(?:{'|'.join(phrases)})(?![\w'])")


@cache
def _tables() -> Mapping[str, Mapping[str, list[str]]]:
    found: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(_PHRASES.read_text("utf-8"))
    return found
