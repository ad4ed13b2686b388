"""Takes a line apart into small talk and what the customer wants, by `small_talk.yml`."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("small_talk.yml")
_THUMB = frozenset("👍🙏👌🙂😊😀🎉✅❤")
FILLER = "filler"


@dataclass(frozen=True)
class SmallTalk:
    """What a line is besides wishes.

    Args:
        kinds: such as `greeting`, in order; `filler` is left away.
        language: of what was said, empty where several languages have it.
        rest: what is left behind it, in the customer's own writing; empty where it is small talk alone.
    """

    kinds: tuple[str, ...]
    language: str
    rest: str


def small_talk(text: str, name: str = "") -> SmallTalk:
    """Return a line's small talk, and what is left of it.

    Args:
        name: the customer's own first name, with which some sign.
    """
    shown = text.replace("’", "'").strip()
    kinds, common, rest = _taken(shown, name)
    is_alone = not re.search(r"\w", rest)
    if is_alone and not kinds and set(shown) & _THUMB:
        kinds.append("fine")
    if not is_alone and not _stands_apart(kinds, rest):
        return SmallTalk((), "", shown)
    return SmallTalk(tuple(kinds), next(iter(common)) if len(common) == 1 else "", "" if is_alone else _begun(rest))


def _taken(text: str, name: str) -> tuple[list[str], frozenset[str], str]:
    """Take phrases from the beginning: their kinds, the languages that have them all, and what is left."""
    kinds: list[str] = []
    languages: list[frozenset[str]] = []
    while found := _first(text, name):
        kind, spoken, length = found
        text = text[length:]
        if kind != FILLER:
            kinds.append(kind)
            languages.append(spoken)
    return kinds, frozenset.intersection(*languages) if languages else frozenset(), text


def _stands_apart(kinds: list[str], rest: str) -> bool:
    """Whether what was said is for itself: "no" in "no movement" is not, "hi" in "hi where is it" is."""
    return bool(kinds) and (set(kinds) <= {"greeting", "thanks"} or re.match(r"\s*[^\w\s']", rest) is not None)


def _begun(rest: str) -> str:
    return re.sub(r"^[^\w#¿(\"“]+", "", rest).strip()


def _first(text: str, name: str) -> tuple[str, frozenset[str], int] | None:
    """Return what the text begins with: its kind, its languages and its length."""
    lower = text.lower()
    start = len(lower) - len(lower.lstrip(" \t\n.,!;:-–—()…👍🙏👌🙂😊😀🎉✅❤️¡"))
    if name and (match := re.compile(rf"{re.escape(name.lower())}(?!\w)").match(lower, start)):
        return FILLER, frozenset(), match.end()
    for phrase, (kind, spoken) in _phrases():
        end = start + len(phrase)
        if lower.startswith(phrase, start) and not re.match(r"[\w']", lower[end : end + 1]):
            return kind, spoken, end
    return None


@cache
def _phrases() -> tuple[tuple[str, tuple[str, frozenset[str]]], ...]:
    """Phrases with their kind and languages, the longest first."""
    found: dict[str, tuple[str, set[str]]] = {}
    for kind, rows in yaml.safe_load(_FILE.read_text("utf-8")).items():
        for language, phrases in rows.items():
            for phrase in phrases:
                found.setdefault(str(phrase), (kind, set()))[1].add(language)
    pairs = [(phrase, (kind, frozenset(spoken))) for phrase, (kind, spoken) in found.items()]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))
