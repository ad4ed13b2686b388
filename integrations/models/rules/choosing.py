"""Chooses what serves a wish, by what the tools' names, descriptions and arguments and the specialist's text say."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from integrations.models.rules.given import ESCALATE, PROVE, SEARCH, Face, Given
from integrations.models.rules.wishes import Wish
from integrations.models.rules.words.lexicon import meanings_as_written as meanings
from integrations.models.rules.words.lexicon import things
from integrations.models.rules.words.sentences import humanised
from integrations.models.rules.words.things import names_a_thing, shapes_told

PROPOSE = "propose_"
ENOUGH, STRONG, MOSTLY = 0.34, 0.5, 0.7
"""Shares of what a wish is about that a tool's description has to speak of."""

_PROPOSES = re.compile(r"\bpropose\b|\bis then asked for a yes\b", re.IGNORECASE)
_READS = frozenset(
    "look lookup list get find search show track read check query view say tell return fetch see know count".split()  # noqa: SIM905
)
_VERBS = frozenset(
    {"look", "lookup", "get", "find", "search", "show", "read", "check", "propos", "propose", "list", "fetch", "say"}
)
_TO_PEOPLE = re.compile(r"\b(human|person|people|colleague|escalate_to_human)\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.:;])\s+|\n\s*-\s*")
_NAME_WEIGHT = 1.0
_SHARED_WITH_RULE = 2
_HOW_IT_STANDS = frozenset({"status", "time"})
_GENERIC = frozenset({"customer", "order", "status", "time", "price", "many", "number", "item"})


@dataclass(frozen=True)
class Fit:
    """How a tool serves a wish.

    Args:
        score: the higher the better, among tools.
        share: of what the wish is about, what its description speaks of.
        named: the same for its name alone.
    """

    face: Face
    score: float
    share: float
    named: float


def is_action(face: Face) -> bool:
    """Return whether a tool changes something, so that it is called only where that is asked for."""
    if face.name.startswith(PROPOSE) or _PROPOSES.search(face.description):
        return True
    first = [*re.findall(r"[a-z]+", face.description.lower()), ""][0]
    verb = face.name.lower().split("_")[0]
    return not (first in _READS or verb in _READS)


def lookups(given: Given) -> list[Face]:
    """Return the tools that only look something up."""
    return [face for name, face in given.tools.items() if name not in {ESCALATE, SEARCH, PROVE} and not is_action(face)]


def actions(given: Given) -> list[Face]:
    """Return the tools that change something."""
    return [face for name, face in given.tools.items() if name not in {ESCALATE, SEARCH, PROVE} and is_action(face)]


def best_lookup(given: Given, wish: Wish) -> Fit | None:
    """Return the tool that looks up what is asked, None where none speaks of it."""
    faces = [face for face in lookups(given) if not needs_words(face)]
    rarity = _rarity(faces)
    fits = [_fit(face, wish, rarity) for face in faces if not _is_about_another(face, wish)]
    fits = [fit for fit in fits if fit.share > 0 or (wish.things and takes_thing(fit.face))]
    return max(fits, key=lambda fit: fit.score, default=None)


def thing_lookup(given: Given, wish: Wish) -> Face | None:
    """Return the tool that tells of one thing: the one that speaks of what is asked, else any."""
    fit = best_lookup(given, wish)
    if fit and takes_thing(fit.face) in required(fit.face):
        return fit.face
    return next((face for face in lookups(given) if takes_thing(face) in required(face)), None)


def tells_all(fit: Fit) -> bool:
    """Return whether a tool speaks of all that is asked, and of no thing that would have to be named."""
    return fit.named >= STRONG and not takes_thing(fit.face) and not is_list(fit.face)


def _fit(face: Face, wish: Wish, rarity: Mapping[str, float]) -> Fit:
    spoken = about(face)
    matched = wish.telling & spoken
    score = sum(rarity.get(word, 0.0) for word in matched) + sum(
        rarity.get(word, 0.0) for word in matched & _named(face)
    )
    takes = takes_thing(face)
    if wish.things:
        score += 1.0 if takes else -1.0
    elif is_list(face) != ("many" in wish.words):
        score -= 0.5 if face.properties or is_list(face) else 0.0
    all_words = max(1, len(wish.telling))
    return Fit(face, score, len(matched) / all_words, len(matched & _named(face)) / all_words)


def best_action(given: Given, wish: Wish) -> Face | None:
    """Return the tool that does what is asked for, None where nothing is, or none does it."""
    fits = [(len(_deed(face) & wish.words) + len(_values(face, wish)), face) for face in actions(given)]
    found = [(score, face) for score, face in fits if _does(face, wish)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _does(face: Face, wish: Wish) -> bool:
    """Whether the wish names the deed, and not another thing than those that the tool is about."""
    deed = _deed(face)
    named = deed & wish.words
    if not named or _is_about_another(face, wish):
        return False
    verbs = deed - things()
    return bool(named & verbs) and (len(deed) == len(named) or bool(_values(face, wish)))


def _is_about_another(face: Face, wish: Wish) -> bool:
    """Whether the wish names things, and none of those that the tool speaks of."""
    if wish.things and takes_thing(face) and (wish.telling & about(face)) - _HOW_IT_STANDS:
        return False
    named = wish.words & things()
    return bool(named) and not named & about(face)


def _values(face: Face, wish: Wish) -> list[str]:
    """What the wish names of the values that the tool's own arguments may have."""
    return [value for name, kind in face.properties.items() if (value := value_in(name, kind, wish.text))]


def value_in(name: str, kind: Mapping[str, object], text: str) -> str:
    """Return the value in a text that an argument may have, by its choices or its shape; empty for none."""
    for choice in choices_of(kind):
        if re.search(rf"\b{re.escape(choice.lower())}\b", text.lower()):
            return choice
    if names_a_thing(name):
        return ""
    found = [match for shape in shapes_told(kind) if (match := shape.search(text))]
    return found[0].group() if found else ""


def choices_of(kind: Mapping[str, object]) -> list[str]:
    """Return the values that an argument may have, as its schema or its description lists them."""
    if isinstance(listed := kind.get("enum"), Sequence):
        return [str(each) for each in listed]
    described = str(kind.get("description", "")).strip().rstrip(".")
    told = re.search(
        r":\s*([^:;.]+(?:, | or )[^:;.]+)$|((?:[\w-]+, )+[\w-]+,? or [\w-]+|^[\w-]+ or [\w-]+)\b", described
    )
    return re.split(r",? or |, ", told[1] or told[2]) if told else []


def goes_to_people(given: Given, wish: Wish) -> bool:
    """Return whether the specialist's own text says that such a thing is for people."""
    known = frozenset().union(*[about(face) for face in given.tools.values()])
    for sentence in _SENTENCES.split(given.instructions):
        if _TO_PEOPLE.search(sentence) and not sentence.startswith("- These always"):
            for part in re.split(r",\s+(?!or)|\(|\)|;|\bor an?\b", sentence):
                shared = (meanings(part) & wish.words) - _GENERIC
                if len(shared) >= _SHARED_WITH_RULE or (shared & things()) - known:
                    return True
    return False


def is_list(face: Face) -> bool:
    """Return whether a tool tells of several things: it needs no argument, and says so or names them in the plural."""
    return not required(face) and "many" in meanings(f"{humanised(face.name)} {face.description}")


def takes_thing(face: Face) -> str:
    """Return the argument of a tool that takes an id, empty where it takes none."""
    named = [name for name in face.properties if names_a_thing(name)]
    return next((name for name in named if name in required(face)), named[0] if named else "")


def required(face: Face) -> list[str]:
    """Return the arguments without which a tool cannot be called."""
    listed = face.schema.get("required")
    names = list(face.properties) if listed is None else [name for name in face.properties if name in listed]
    return [name for name in names if not is_optional(face.properties[name])]


def is_optional(kind: Mapping[str, object]) -> bool:
    """Return whether an argument may be left out."""
    options = kind.get("anyOf")
    return "default" in kind or (
        isinstance(options, Sequence) and any(option.get("type") == "null" for option in options)
    )


def needs_words(face: Face) -> bool:
    """Return whether a tool wants several texts that only the customer can write, such as a report."""
    texts = [
        name for name in required(face) if not names_a_thing(name) and face.properties[name].get("type") == "string"
    ]
    return len(texts) > _SHARED_WITH_RULE


@lru_cache(512)
def _told(name: str, description: str) -> frozenset[str]:
    return meanings(humanised(name)) | meanings(description)


def about(face: Face) -> frozenset[str]:
    """Return what a tool speaks of: in its name, its description and the values that its arguments may have."""
    choices = frozenset().union(*[meanings(each) for kind in face.properties.values() for each in choices_of(kind)])
    return _told(face.name, face.description) | choices


def _named(face: Face) -> frozenset[str]:
    return meanings(humanised(face.name)) - _VERBS


def _deed(face: Face) -> frozenset[str]:
    """What an action does, as its name says: the verb and what else stands in it."""
    named = meanings(humanised(face.name.removeprefix(PROPOSE)))
    return named - _VERBS


def _rarity(faces: Sequence[Face]) -> Mapping[str, float]:
    counted = Counter(word for face in faces for word in about(face))
    return {word: math.log((1 + len(faces)) / count) + 0.1 for word, count in counted.items()}
