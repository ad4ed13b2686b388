"""Serves one wish: the next call that it needs, or the words for what came back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from integrations.models.rules import articles, telling
from integrations.models.rules.choosing import (
    ENOUGH,
    MOSTLY,
    best_action,
    best_lookup,
    goes_to_people,
    needs_words,
    takes_thing,
    tells_all,
    thing_lookup,
)
from integrations.models.rules.filling import Filled, Lacking, Listing, Which, filled, listed
from integrations.models.rules.given import SEARCH, Face, Given, Use
from integrations.models.rules.outcomes import COMPLAINS, People, Step, Words, excuse, none_there, outcome, told
from integrations.models.rules.specialists import specialist_for, specialist_for_the_rest
from integrations.models.rules.talk import TRANSFER, RuleCall
from integrations.models.rules.wishes import Wish
from integrations.models.rules.words import forms
from integrations.models.rules.words.lexicon import deeds, things
from integrations.models.rules.words.sentences import humanised, say
from integrations.models.rules.words.text import days_ago, shorten

_LONGEST_QUERY = 200
_HARDLY = 0.01
_KNOWN_TROUBLE = frozenset({"login", "reset"})
_MONEY = frozenset({"invoice", "charge", "price", "pay"})
_GIVES_BACK = frozenset({"refund", "return"})

Way = Callable[[Given, Wish], Step | None]


def serve(given: Given, wish: Wish) -> Step:
    """Return the next step of a wish.

    Raises:
        LaneWanted: which specialist it is for has to be known first.
    """
    ways: Sequence[Way] = (
        _act,
        _to_whom_does_it,
        _by_rule,
        _to_people,
        _complaint,
        _look,
        _elsewhere,
        _problem,
        _search,
        _look_anyway,
    )
    step = next((step for way in ways if (step := way(given, wish)) is not None), None)
    return step or Words(say("unclear", given.language))


def _act(given: Given, wish: Wish) -> Step | None:
    """Propose what is asked for."""
    face = None if _only_asks(wish) else best_action(given, wish)
    if face is None or needs_words(face) or (not wish.things and days_ago(wish.text) is not None):
        return None
    if not given.talk.verified and takes_thing(face):
        return None
    arguments = filled(given, face, wish)
    if isinstance(arguments, Mapping):
        call = _called(given, face.name, arguments)
        return outcome(given, call) if call else Use(face.name, arguments)
    return _not_filled(given, face, arguments)


def _only_asks(wish: Wish) -> bool:
    """Whether somebody wants to know something, and not to have it done."""
    return (wish.is_general and not forms.may(wish.said)) or forms.asks(wish.said)


def _to_whom_does_it(given: Given, wish: Wish) -> Step | None:
    """What nobody here does is for the specialist who does it, before anything is looked up."""
    if _only_asks(wish) or not wish.words & deeds() or best_action(given, wish) is not None:
        return None
    return _elsewhere(given, wish, by_words=True)


def _by_rule(given: Given, wish: Wish) -> Step | None:
    """What a rule of so many days means for the thing, where somebody asks whether it can still be given back."""
    is_dated = days_ago(wish.text) is not None
    if not wish.words & _GIVES_BACK or SEARCH not in given.tools:
        return None
    if is_dated:
        return _rule_told(given, wish, None)
    is_known = bool(wish.things) or (wish.refers and bool(given.talk.subject))
    face = thing_lookup(given, wish) if is_known else None
    return _rule_for_thing(given, wish, face) if face else None


def _rule_for_thing(given: Given, wish: Wish, face: Face) -> Step | None:
    arguments = filled(given, face, wish)
    if not isinstance(arguments, Mapping):
        return None
    call = _called(given, face.name, arguments)
    if call is None:
        return Use(face.name, arguments)
    if call.refused or call.missed or not isinstance(call.result, Mapping):
        return told(given, wish, face, call)
    if call.result.get("refunded"):
        return Words(telling.thing(call.result, given.language))
    return _rule_told(given, wish, call.result)


def _rule_told(given: Given, wish: Wish, thing: Mapping[str, Any] | None) -> Step | None:
    search = _searched(given, wish)
    if not isinstance(search, RuleCall):
        return search
    text = articles.window_told(given, wish.text, thing, search)
    if not text and thing and (found := _fitting(given, wish, search)):
        text = f"{telling.thing(thing, given.language)}\n\n{articles.article(found, given.language)}"
    return Words(text) if text else None


def _to_people(given: Given, wish: Wish) -> Step | None:
    if forms.wants_person(wish.said):
        return People("the customer asks for a human")
    if not wish.is_general and goes_to_people(given, wish):
        return People("it is for people, by this specialist's rules")
    return None


def _complaint(given: Given, wish: Wish) -> Step | None:
    """Something is wrong with a thing: with money people look at it at once, else it is looked up first."""
    if wish.is_general or "problem" in wish.words or not wish.words & COMPLAINS or not wish.is_own:
        return None
    if wish.words & _MONEY:
        return People("the customer reports something wrong with money")
    face = thing_lookup(given, wish)
    return _looked_up(given, wish, face) if face else None


def _look(given: Given, wish: Wish) -> Step | None:
    """Look up what is asked of the customer's own things."""
    fit = best_lookup(given, wish)
    if fit is None:
        return None
    if wish.is_general and not wish.things and not tells_all(fit):
        return None
    return _looked_up(given, wish, fit.face) if fit.share >= _least(given, wish) else None


def _least(given: Given, wish: Wish) -> float:
    """Of how much of what is asked a tool has to speak: of little where it is clear what it is about."""
    if wish.things:
        return _HARDLY if wish.telling else 0.0
    is_known = wish.is_own or wish.refers or (wish.points and listed(given)[0])
    return ENOUGH if is_known else MOSTLY


def _looked_up(given: Given, wish: Wish, face: Face) -> Step:
    parts: list[str] = []
    for thing in wish.things if takes_thing(face) and wish.things else ("",):
        arguments = filled(given, face, wish, thing)
        if not isinstance(arguments, Mapping):
            return _not_filled(given, face, arguments)
        call = _called(given, face.name, arguments)
        if call is None:
            return Use(face.name, arguments)
        said = told(given, wish, face, call)
        if not isinstance(said, Words):
            return said
        parts.append(said.text)
    return Words("\n".join(dict.fromkeys(parts)))


def _not_filled(given: Given, face: Face, lacking: Filled) -> Step:
    match lacking:
        case Listing():
            return Use(lacking.face.name, {})
        case Which():
            which = say("which", given.language, things=telling.things_named(lacking.kind, given.language))
            return Words(f"{which}\n{telling.rows(lacking.rows, given.language)}")
        case Lacking():
            return _ask_for(given, face, lacking.name)
        case _:
            return Words(say("unclear", given.language))


def _ask_for(given: Given, face: Face, name: str) -> Step:
    refused = next((call for call in given.talk.now if call.refused), None)
    if refused:
        return Words(excuse(given, refused))
    if takes_thing(face) == name and (none := none_there(given)):
        return Words(f"{none} {say('offer', given.language)}")
    described = str(face.properties[name].get("description", "")).strip().rstrip(".")
    what = humanised(name) + (f" ({described})" if described else "")
    return Words(say("missing", given.language, what=what))


def _elsewhere(given: Given, wish: Wish, *, by_words: bool = False) -> Step | None:
    """Transfer to the specialist that it is for; where a tool was asked, this one finishes what it began.

    Args:
        by_words: whether what the specialists say they do comes before what a line means.
    """
    if any(not call.name.startswith(TRANSFER) for call in given.talk.now):
        return None
    specialist = specialist_for(given, wish, by_words=by_words)
    if not specialist and SEARCH not in given.tools:
        specialist = specialist_for_the_rest(given)
    return Use(f"{TRANSFER}{specialist}", {}) if specialist else None


def _problem(given: Given, wish: Wish) -> Step | None:
    """Something does not work: an article that helps, else the facts that people need."""
    if "problem" not in wish.words or not any(needs_words(face) for face in given.tools.values()):
        return None
    step = _search(given, wish)
    if not isinstance(step, Words):
        return step
    call = _called(given, SEARCH, _query(given, wish))
    if call is None or call.refused:
        return step
    about = wish.words & (things() | _KNOWN_TROUBLE)
    helps = any(about & articles.words_of(each) for each in _fitting(given, wish, call))
    return step if helps else Words(say("facts", given.language))


def _searched(given: Given, wish: Wish) -> RuleCall | Step:
    """Return the search for the customer's own words; where it has no result, the step that this leads to."""
    query = _query(given, wish)
    call = _called(given, SEARCH, query)
    if call is None:
        return Use(SEARCH, query)
    return Words(excuse(given, call)) if call.refused else call


def _search(given: Given, wish: Wish) -> Step | None:
    """What the articles say to the customer's own words."""
    if SEARCH not in given.tools:
        return None
    call = _searched(given, wish)
    if not isinstance(call, RuleCall):
        return call
    found = _fitting(given, wish, call)
    if found:
        return Words(articles.article(found, given.language))
    if wish.things and (looked := _look_anyway(given, wish)) is not None:
        return looked
    return Words(f"{say('no_article', given.language)} {say('offer', given.language)}")


def _fitting(given: Given, wish: Wish, call: RuleCall) -> Sequence[articles.Passage]:
    """The passages that answer, in the words that the customer and the articles share."""
    return articles.fitting(_query(given, wish)["query"], call, is_english=given.talk.spoken in {"", "English"})


def _look_anyway(given: Given, wish: Wish) -> Step | None:
    """A thing that is named, where nothing else answers: say how it stands."""
    fit = best_lookup(given, wish)
    return _looked_up(given, wish, fit.face) if fit and wish.things else None


def _query(given: Given, wish: Wish) -> dict[str, str]:
    text = given.shapes.without(wish.text) if wish.things else wish.text
    if given.talk.spoken not in {"", "English"} and "problem" in wish.words:
        text = " ".join(sorted(wish.telling))  # trouble is told in few words, which meaning alone does not find
    return {"query": shorten(text or wish.text, _LONGEST_QUERY)}


def _called(given: Given, name: str, arguments: Mapping[str, Any]) -> RuleCall | None:
    """This turn's call of the tool with these arguments."""
    return next((call for call in reversed(given.talk.now) if call.name == name and call.arguments == arguments), None)
