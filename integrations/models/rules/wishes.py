"""Takes a customer's lines apart into wishes, and completes what only goes on from an earlier one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from integrations.models.rules.talk import Reply, Talk
from integrations.models.rules.words import forms
from integrations.models.rules.words.lexicon import deeds, meanings, things
from integrations.models.rules.words.sentences import humanised, says, sentences
from integrations.models.rules.words.small_talk import small_talk
from integrations.models.rules.words.things import Shapes

_MOST = 3
_SENTENCE = re.compile(r"(?<=[.?!;…])\s+|\n+")
_AND = re.compile(
    r",?\s+(?:and also|and|also|plus|und auch|und|sowie|et aussi|et|y también|y|anche|e|en)\s+"
    r"(?=\S+\s*\S*)",
    re.IGNORECASE,
)
_POINTS = frozenset({"other", "first", "second", "third", "last"})
_SAYS_LITTLE = _POINTS | {"many", "order", "book"}
"""What points into a list, or names no more than what the conversation is about anyway."""


@dataclass(frozen=True)
class Wish:
    """Something that the customer wants.

    Args:
        text: in their words; of an earlier line too, where this one only goes on.
        words: what they mean.
        things: ids that are named.
        said: this line's own words alone.
    """

    text: str
    words: frozenset[str]
    things: tuple[str, ...]
    said: str

    @property
    def is_general(self) -> bool:
        """Whether it asks how things are in general."""
        return forms.is_general(self.said) or "rule" in self.words

    @property
    def is_own(self) -> bool:
        """Whether it speaks of the customer's own things."""
        return bool(self.things) or forms.is_own(self.text)

    @property
    def refers(self) -> bool:
        """Whether it means what was spoken of before."""
        return forms.refers(self.said)

    @property
    def points(self) -> frozenset[str]:
        """How it points into a list: the first, the last, the other."""
        return self.words & _POINTS

    @property
    def telling(self) -> frozenset[str]:
        """What it is about, without how it points to it."""
        return self.words - _POINTS


def wishes_of(talk: Talk, shapes: Shapes) -> list[Wish]:
    """Return what the latest lines ask for, in their order; nothing where they are small talk."""
    rest = small_talk(talk.latest, talk.first_name).rest
    found = [_wish(part, shapes) for part in _parts(rest, shapes)][:_MOST]
    found = [_in_context(wish, found[:place]) for place, wish in enumerate(found)]
    if len(found) == 1 and (before := _gone_on_from(found[0], talk, shapes)) is not None:
        return [before]
    return found


def last_wish(talk: Talk, shapes: Shapes) -> Wish | None:
    """Return the last wish of the lines before that says what it is about."""
    earlier = talk.replies[: len(talk.earlier)]
    for line in [reply.line for reply in reversed(earlier) if not is_reply(reply)]:
        parts = _parts(small_talk(line, talk.first_name).rest, shapes)
        told = [wish for part in parts if (wish := _wish(part, shapes)).telling or wish.things]
        if told:
            return told[-1]
    return None


def _in_context(wish: Wish, before: Sequence[Wish]) -> Wish:
    """A wish about "it" means what the one before it in the same line is about, where it names nothing else."""
    if not before or wish.things or not wish.refers or wish.words & (things() | deeds()):
        return wish
    return replace(
        wish, text=f"{before[-1].text} {wish.said}", words=before[-1].words | wish.words, things=before[-1].things
    )


def _wish(text: str, shapes: Shapes) -> Wish:
    return Wish(text, meanings(text), tuple(shapes.find(text)), text)


def _gone_on_from(wish: Wish, talk: Talk, shapes: Shapes) -> Wish | None:
    """Return the earlier wish that this one completes or goes on from, None where it stands for itself."""
    before = last_wish(talk, shapes) if _completes(wish, talk) else None
    if before is None:
        return None
    if is_reply(Reply(talk.answer, wish.said)):  # what it is about is told already
        return replace(before, text=f"{before.text} {wish.said}", things=wish.things or before.things)
    text = f"{shapes.without(before.text)} {wish.said}".strip()
    words = before.words | wish.words
    return Wish(text, words - {"many"} if wish.points else words, wish.things, wish.said)


def _completes(wish: Wish, talk: Talk) -> bool:
    """Whether a line answers our question, names or points to a thing and says no more, or goes on."""
    if not forms.is_wish(wish.said) and says_which(talk.answer):
        return True
    if forms.goes_on(wish.said) and (wish.things or not forms.is_wish(wish.said)):
        return True
    is_bare = not wish.words - _SAYS_LITTLE and not wish.is_general
    return is_bare and bool(wish.things or wish.points)


def says_which(answer: str) -> bool:
    """Return whether an answer asked which thing is meant, or for something that was missing."""
    return any(begins_as(answer, key) for key in ("which", "missing"))


def is_reply(reply: Reply) -> bool:
    """Return whether a line answers our question for something that was missing, and asks for nothing itself."""
    return begins_as(reply.answer, "missing") and not forms.is_wish(reply.line)


def asks_for(answer: str, name: str) -> bool:
    """Return whether an answer asked for the argument of this name."""
    asked = [each.split("{")[0] + humanised(name) for each in sentences()["missing"].values()]
    return any(re.search(rf"{re.escape(each)}(?!\w| \w)", answer) for each in asked)


def begins_as(answer: str, key: str) -> bool:
    """Return whether an answer holds what stands before the first brace of a sentence."""
    return any(each.split("{")[0] in answer for each in sentences()[key].values())


def asked(answer: str, *keys: str) -> bool:
    """Return whether an answer holds one of these whole sentences."""
    return any(says(answer, key) for key in keys)


def _parts(text: str, shapes: Shapes) -> list[str]:
    """The wishes of a text; what asks for nothing by itself belongs to the one before it, or after."""
    pieces = [piece for sentence in _SENTENCE.split(text) for piece in _split_at_and(sentence, shapes) if piece.strip()]
    if not pieces:
        return []
    parts: list[str] = []
    context = ""
    for piece in pieces:
        if forms.is_wish(piece) or shapes.find(piece):
            parts.append(f"{context} {piece}".strip())
            context = ""
        elif parts:
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            context = f"{context} {piece}".strip()
    return _joined(parts) if parts else [context]


def _split_at_and(sentence: str, shapes: Shapes) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _AND.finditer(sentence):
        if forms.begins_wish(sentence[match.end() :]) and _says_something(sentence[start : match.start()], shapes):
            pieces.append(sentence[start : match.start()])
            start = match.end()
    return [*pieces, sentence[start:]]


def _says_something(text: str, shapes: Shapes) -> bool:
    return bool(meanings(text) or shapes.find(text))


def _joined(parts: Sequence[str]) -> list[str]:
    """Parts without a word of their own belong to the part before."""
    found: list[str] = []
    for part in parts:
        if found and not meanings(part):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found
