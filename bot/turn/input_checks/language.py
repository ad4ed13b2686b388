"""Detects the language in which a customer is answered. Pure."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from bot.desk.language import likeliest
from bot.desk.policy.phrases import without_emoji
from bot.mail.own_words import own_words

_OF_DESK = 4.0  # so much likelier is a language that the desk claims than any other
_BEFORE = 3.0  # and so much the conversation's own
_CLEAR_SENTENCE = 0.55
_CLEAR_WORD = 0.75
_SENTENCE = 3  # words; fewer change no language
_TELLING = 6.0  # and so much one that has a word which hardly any other has
_MOST_TELLING = 2  # such words that count
_MOST_READ = 4_000  # characters of a text, before any expression sees it
_MOST_SAID = 2_000  # of the customer's own words in it

_NOT_SAID = re.compile(
    r"```.*?```|`[^`\n]*`"  # code
    r"|<?\b(?:https?://|www\.)\S+"  # addresses
    r"|(?<![^\s@])[^\s@]{1,64}@[^\s@]{1,253}"  # of mail; bounded, so that no row of signs takes long
    r"|<[@#!][^>]*>"  # whom Slack names: https://docs.slack.dev/messaging/formatting-message-text
    r"|^[ \t]*(?:Traceback|at [\w.$]+\(|File \")[^\n]*$",  # a program's own words
    re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(r"“[^”]{2,}”|„[^“”]{2,}[“”]|«[^»]{2,}»|(?<!\w)\"[^\"\n]{2,}\"(?!\w)")
_TOKEN = re.compile(r"[^\W_]+(?:[-_'’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_THING = re.compile(r"[\d_]")
_LETTERS_A_WORD = 2  # of scripts without spaces
_TELLING_WORDS: Mapping[str, str] = {
    "en": "how what where when why which who the my your does with have please would could should thank thanks you it"
    " are want need order orders refund shipping parcel",
    "de": "ich mein meine meinen meinem meiner nicht warum bitte kann habe und wird danke vielen",
    "fr": "mon mes notre votre où pourquoi puis-je est-ce avec pas vous merci",
    "es": "cómo dónde cuándo cuánto cuál puedo quiero necesito mis el los con gracias",
}
"""Without them a thing's name decides a short line: the model took `How do I reset my password?` for French."""
_TELLING_OF = {name: frozenset(words.split()) for name, words in _TELLING_WORDS.items()}


def language_of_customer(words: str, before: str = "", of_desk: Collection[str] = ()) -> str:
    """Return the two letters of the language that these words are in; where they do not tell, the one before.

    A single word, a number, code or a quotation changes no language: `Hallo` and `ok` are said in all of them.

    Args:
        before: the conversation's language so far, empty while it is not known.
        of_desk: the languages that the desk claims to speak.
    """
    size, said = _read(words)
    if not size or (before and size < _SENTENCE):
        return before
    weights = dict.fromkeys(of_desk, _OF_DESK)
    if before:
        weights[before] = weights.get(before, 1.0) * _BEFORE
    for name, times in _told(said).items():
        weights[name] = weights.get(name, 1.0) * times
    found = likeliest(said, weights)
    return found.language if found.share >= (_CLEAR_SENTENCE if size >= _SENTENCE else _CLEAR_WORD) else before


def _told(said: str) -> Mapping[str, float]:
    """How much likelier languages are by words that hardly any other has."""
    words = {token.replace("’", "'") for token in _TOKEN.findall(said.casefold())}
    found = {name: len(words & telling) for name, telling in _TELLING_OF.items()}
    return {name: _TELLING ** min(count, _MOST_TELLING) for name, count in found.items() if count}


@lru_cache(8)
def _read(words: str) -> tuple[int, str]:
    """How many words the customer says, and these without what is none; a turn asks twice for the same."""
    said = _said(words)
    return _size(said), _without_things(said)


def _said(words: str) -> str:
    """Return what the customer says in words of their own."""
    own = _NOT_SAID.sub(" ", without_emoji(own_words(words[:_MOST_READ])[:_MOST_SAID]))
    unquoted = _QUOTED.sub(" ", own)
    return unquoted if _TOKEN.search(unquoted) else own


def _size(said: str) -> int:
    """How many words there are, ids and numbers included where there are two others."""
    tokens = _TOKEN.findall(said)
    unspaced = len(_UNSPACED.findall(said)) // _LETTERS_A_WORD
    plain = sum(not _is_thing(token) for token in tokens)
    return max(unspaced, len(tokens) if plain > 1 else plain)


def _without_things(said: str) -> str:
    return " ".join(token for token in said.split() if not _is_thing(token))


def _is_thing(token: str) -> bool:
    """`A1001`, `ord_1001`, `49,99`."""
    return _THING.search(token) is not None
