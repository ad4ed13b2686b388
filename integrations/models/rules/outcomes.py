"""What is said to a wish: the words for what a tool answered, a refusal, or that there is nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.models.rules import telling
from integrations.models.rules.choosing import is_list, takes_thing
from integrations.models.rules.filling import listed, rows_of
from integrations.models.rules.given import SEARCH, Face, Given, Use
from integrations.models.rules.talk import RuleCall
from integrations.models.rules.wishes import Wish
from integrations.models.rules.words.sentences import humanised, say

COMPLAINS = frozenset({"damaged", "wrong", "missing", "lost"})


@dataclass(frozen=True)
class Words:
    """What is said to a wish.

    Args:
        is_offer: whether the product shows a proposal below it.
    """

    text: str
    is_offer: bool = False


@dataclass(frozen=True)
class People:
    """A wish that only people can settle."""

    reason: str


Step = Use | Words | People


def told(given: Given, wish: Wish, face: Face, call: RuleCall) -> Step:
    """Word what a tool answered."""
    if call.refused:
        return Words(excuse(given, call))
    if call.missed:
        return _not_found(given, face, call)
    rows, kind = rows_of(call)
    if is_list(face) or rows:
        return Words(_rows_told(given, rows, kind, call))
    if isinstance(call.result, Mapping) and wish.words & COMPLAINS:
        needs = f"{say('needs_colleague', given.language)} {say('offer', given.language)}"
        return Words(f"{telling.thing(call.result, given.language, _kind(face))} {needs}")
    if isinstance(call.result, Mapping) and takes_thing(face):
        return Words(telling.thing(call.result, given.language, _kind(face)))
    return Words(telling.anything(call.result, given.language, wish.words if wish.is_own else frozenset()))


def _rows_told(given: Given, rows: Sequence[Mapping[str, Any]], kind: str, call: RuleCall) -> str:
    if not rows:
        return none_there(given) or telling.anything(call.result, given.language)
    these = say("these", given.language, things=telling.things_named(kind, given.language))
    return f"{these}\n{telling.rows(rows, given.language)}"


def _not_found(given: Given, face: Face, call: RuleCall) -> Step:
    """An id that is not on the account: say so, with those that are."""
    named = str(call.arguments.get(takes_thing(face)) or next(iter(call.arguments.values()), ""))
    lists = [each for each in given.tools.values() if is_list(each) and each.name != SEARCH]
    for each in lists[:1]:
        if given.talk.called(each.name) is None:
            return Use(each.name, {})
    return Words(_missing(given, f"{telling.thing_named(takes_thing(face), given.language)} {named}".strip()))


def outcome(given: Given, call: RuleCall) -> Words:
    """What the desk's check says to a proposal."""
    if call.refused:
        return Words(excuse(given, call))
    result = call.result
    if not isinstance(result, Mapping) or "proposed" not in result:
        return Words(telling.anything(result, given.language))
    if result.get("proposed"):
        return Words(say("proposed", given.language), is_offer=True)
    message = str(result.get("message") or "")
    if given.language != "en" and result.get("found") is False:
        return Words(_missing(given, str(next(iter(call.arguments.values()), ""))))
    shown = message.replace("The customer has", "You have").replace("The customer is", "You are")
    shown = shown.replace("The customer already has", "You already have")
    return Words(say("not_possible", given.language, why=shown) if message else say("unavailable", given.language))


def _missing(given: Given, named: str) -> str:
    text = say("not_found", given.language, thing=named)
    rows, kind = listed(given)
    if not rows:
        return text
    return f"{text} {say('these', given.language, things=telling.things_named(kind, given.language))}\n" + telling.rows(
        rows, given.language
    )


def none_there(given: Given) -> str:
    """That there are none of the things among which one is wanted, empty where that was not looked up."""
    results = [call.result for call in given.talk.now if isinstance(call.result, Mapping)]
    empty = [name for result in results for name, value in result.items() if value == []]
    return say("none_there", given.language, things=telling.things_named(empty[0], given.language)) if empty else ""


def excuse(given: Given, call: RuleCall) -> str:
    """Return why a tool said nothing, in words for a customer."""
    if "direct message" in str(call.result):
        return say("not_here", given.language)
    key = "not_verified" if "not verified" in str(call.result) else "unavailable"
    return f"{say(key, given.language)} {say('offer', given.language)}"


def _kind(face: Face) -> str:
    return humanised(face.name.partition("_")[2]) if "_" in face.name else humanised(face.name)
