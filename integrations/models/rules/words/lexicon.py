"""Tells what the words of a line mean, in whatever language and however they are misspelt, by `lexicon.yml`."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unicodedata import category

import yaml

_FILE = Path(__file__).with_name("lexicon.yml")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_ENDINGS = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")
_ELIDED = re.compile(r"\b(?:[dljmnst]|qu)'(?=\w)")
_FIGURES = re.compile(r"\S*\d\S*")
_SHORTEST_STEM = 3
_SHORTEST_MISSPELT = 4
_SHORTEST_MEANT = 5


@lru_cache(4096)
def meanings(text: str) -> frozenset[str]:
    """Return what the telling words of a text mean; a word that is not known means itself, without its ending."""
    return frozenset().union(*[_meant(word) or _nearly(word) for word in _words(text)])


@lru_cache(4096)
def meanings_as_written(text: str) -> frozenset[str]:
    """Return the same of a text that nobody types in a hurry: what is unknown in it is a word of its own."""
    return frozenset().union(*[_meant(word) or {stem(word)} for word in _words(text)])


@cache
def things() -> frozenset[str]:
    """Return which meanings are things."""
    return frozenset(_read()["things"])


@cache
def deeds() -> frozenset[str]:
    """Return which meanings are deeds."""
    return frozenset(_read()["deeds"])


def speaks_without_spaces(text: str) -> bool:
    """Return whether a text is in a script whose words these rules cannot tell apart, such as Japanese."""
    return any(category(character) == "Lo" for character in text)


def known_words(text: str) -> int:
    """Return how many words of a text are known in any language."""
    return sum(word in _common() or word in _meaning_of() or " " in word for word in _words(text, common=True))


def stem(word: str) -> str:
    """Return a word without its ending."""
    for ending in _ENDINGS:
        short = word.removesuffix(ending)
        if short != word and len(short) >= _SHORTEST_STEM:
            word = short
            break
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word


def plain(text: str) -> str:
    """Return a text in lower case, with plain apostrophes and no line ends."""
    lower = " ".join(text.lower().replace("’", "'").replace("e-mail", "email").split())
    return _ELIDED.sub("", lower)


def _words(text: str, *, common: bool = False) -> Iterator[str]:
    """The telling words and known phrases; words in figures are none."""
    said = plain(text)
    for phrase in _phrases():
        if phrase in said and re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", said):
            yield phrase
            said = said.replace(phrase, " ")
    for word in _WORD.findall(_FIGURES.sub(" ", said)):
        if common or word not in _common() or word in _meaning_of():
            yield word


@lru_cache(4096)
def _meant(word: str) -> frozenset[str]:
    known = _meaning_of()
    if word in known:
        return known[word]
    short = stem(word)
    if short in _by_stem():
        return _by_stem()[short]
    parts = [part for part in word.split("-") if part not in _common()]
    return frozenset().union(*[_meant(part) or {stem(part)} for part in parts]) if "-" in word else frozenset()


def _nearly(word: str) -> frozenset[str]:
    near = _misspelt(word) if len(word) >= _SHORTEST_MISSPELT else ""
    return _meaning_of().get(near, frozenset()) if near else frozenset({stem(word)})


def _misspelt(word: str) -> str:
    """Return the known word from which this one differs by one letter, empty for none: `free` is no slip for `fee`."""
    lacking = _lacking_one_letter()
    if word in _common():
        return ""
    for each in (word, *_shortened(word)):
        found = lacking.get(each)
        if found is not None and found[0] == word[0] and _is_as_long(found, word):
            return found
    return ""


def _is_as_long(found: str, word: str) -> bool:
    return len(found) >= _SHORTEST_MISSPELT and abs(len(found) - len(word)) <= 1


def _shortened(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


@cache
def _lacking_one_letter() -> Mapping[str, str]:
    """Known words by themselves and by what is left of them without one letter."""
    found: dict[str, str] = {}
    for word in (*_meaning_of(), *_common()):
        if len(word) >= _SHORTEST_MEANT and " " not in word:
            for each in _shortened(word):
                found.setdefault(each, word)
    return found | {word: word for word in _meaning_of()}


@cache
def _read() -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return read


@cache
def _common() -> Collection[str]:
    return frozenset(word for words in _read()["common"].values() for word in words.split())


@cache
def _meaning_of() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for meaning, row in _read()["words"].items():
        for words in row.values():
            for word in str(words).lower().split():
                found.setdefault(word.replace("_", " "), set()).add(meaning)
    return {word: frozenset(means) for word, means in found.items()}


@cache
def _by_stem() -> Mapping[str, frozenset[str]]:
    """English words by what is left without their endings; other languages end otherwise."""
    english = [word for row in _read()["words"].values() for word in row["en"].lower().split() if "_" not in word]
    return {stem(word): _meaning_of()[word] for word in english}


@cache
def _phrases() -> Collection[str]:
    return tuple(word for word in _meaning_of() if " " in word)
