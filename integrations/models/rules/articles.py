"""Says what articles say: with their titles, in their own language told once; and what a rule of days means."""

import re
from collections.abc import Mapping, Sequence

from bot.desk.language import language_of
from integrations.models.rules.given import Given
from integrations.models.rules.talk import RuleCall
from integrations.models.rules.telling import things_named
from integrations.models.rules.words.lexicon import meanings_as_written as meanings
from integrations.models.rules.words.sentences import LANGUAGES, label, say
from integrations.models.rules.words.text import days_ago, shorten

Passage = Mapping[str, str]

OUTSIDE = "outside the"
_WINDOW = re.compile(r"\b(?:within|in) (?:the )?(?:first )?(\d{1,3}) days\b", re.IGNORECASE)
_SINCE = re.compile(r"^days_since_")
_LONGEST = 420
_SAYS_LITTLE = frozenset({"order", "many", "status", "customer"})
_ENOUGH_SHARED = 2


def passages(call: RuleCall) -> list[Passage]:
    """Return what a search found."""
    return list(call.result.get("passages", ())) if isinstance(call.result, Mapping) else []


def fitting(query: str, call: RuleCall, *, is_english: bool) -> list[Passage]:
    """Return the passages that answer: what meaning found, or those that share enough of the question's words.

    Args:
        is_english: whether question and lexicon share their words, so that an answer shares at least one of them.
    """
    found = passages(call)
    if not found:
        return []
    if not _by_meaning(call):
        return _sharing(query, found, min(_ENOUGH_SHARED, max(1, len(meanings(query)))))
    if call.result.get("fits") is False:
        return _sharing(query, found, _ENOUGH_SHARED)
    return _meant(query, found, is_english=is_english)


def _by_meaning(call: RuleCall) -> bool:
    return isinstance(call.result, Mapping) and "meaning" in str(call.result.get("compared", ""))


def _meant(query: str, found: Sequence[Passage], *, is_english: bool) -> list[Passage]:
    """What meaning found, those first that share the question's words; in English an answer shares at least one."""
    asked = meanings(query) - _SAYS_LITTLE or meanings(query)
    sharing = [each for each in found if asked & words_of(each)]
    if not is_english:
        return _with_its_like(query, sharing or found)
    sharing.sort(key=lambda each: -len(asked & words_of(each)))
    return _with_its_like(query, sharing) if sharing else []


def _with_its_like(query: str, found: Sequence[Passage]) -> list[Passage]:
    """The nearest passage, and one beside it in the same article that says as much of what was asked."""
    asked = meanings(query)
    nearest = found[0]
    file = nearest.get("source", "").partition("#")[0]
    least = len(asked & words_of(nearest))
    alike = [each for each in found[1:] if each.get("source", "").partition("#")[0] == file]
    beside = [each for each in alike if len(asked & words_of(each)) >= max(least, _ENOUGH_SHARED)]
    return [nearest, *beside[:1]]


def words_of(passage: Passage) -> frozenset[str]:
    """Return what a passage speaks of."""
    return meanings(passage["text"]) | meanings(passage["title"])


def _sharing(query: str, found: Sequence[Passage], enough: int) -> list[Passage]:
    asked = meanings(query)

    def shared(passage: Passage) -> int:
        return len(asked & meanings(passage["text"])) + len(asked & meanings(passage["title"]))

    ranked = [passage for passage in found if shared(passage) >= enough]
    best = max((shared(passage) for passage in ranked), default=0)
    return [passage for passage in ranked if shared(passage) == best][:2]


def article(found: Sequence[Passage], language: str) -> str:
    """Return what articles say; where they are in another language than ours, that is said once."""
    own = [each for each in found if _language(each) in {"", language}]
    foreign = [each for each in found if each not in own]
    parts = [say("article", language, text=_flat(each["text"]), title=each["title"]) for each in own]
    if foreign:
        key = "article_in_english" if {_language(each) for each in foreign} == {"en"} else "article_in_other"
        quoted = [say("quoted", language, text=_flat(each["text"]), title=each["title"]) for each in foreign]
        parts.append("\n".join([say(key, language), *quoted]))
    return "\n\n".join(parts)


def _language(passage: Passage) -> str:
    return language_of(f"{passage['title']}. {passage['text']}", LANGUAGES)


def window_told(given: Given, text: str, thing: Mapping[str, object] | None, search: RuleCall) -> str:
    """Return what a rule of so many days means for one thing, or for what is said to be so old; empty for none."""
    found = passages(search)
    rule = next((each for each in found if _WINDOW.search(each["text"])), None)
    days = _days(text, thing)
    if rule is None or days is None or given.language != "en":
        return ""
    window = _WINDOW.search(rule["text"])
    assert window is not None  # noqa: S101 (the rule was found by it)
    bought = _bought(thing, days)
    if days <= int(window[1]):
        return f"{bought[0].upper()}{bought[1:]}, which is within the {window[1]}-day window. {article([rule], 'en')}"
    return (
        f"I'm sorry{_comma(given.talk.first_name)}: {bought}. That is {OUTSIDE} {window[1]}-day window, so "
        f"I can't offer you a refund for it. {article(_beside(rule, found), 'en')}\n\n{say('offer', 'en')}"
    )


def _days(text: str, thing: Mapping[str, object] | None) -> int | None:
    known = [value for name, value in (thing or {}).items() if _SINCE.match(name) and isinstance(value, int)]
    return known[0] if known else days_ago(text)


def _bought(thing: Mapping[str, object] | None, days: int) -> str:
    when = f"{days} day{'' if days == 1 else 's'} ago"
    if thing is None:
        return f"as you say, you bought it {when}"
    key = next(iter(name for name in thing if name.endswith(("_id", "_number", "number", "id"))), "")
    kind = label("things", key.removesuffix("_id").removesuffix("_number"), "en") or things_named("", "en")
    return f"{kind} {thing.get(key, '')} was placed {when}"


def _beside(rule: Passage, found: Sequence[Passage]) -> list[Passage]:
    """Return the rule's own sentence, and what its file says besides, such as who decides on an exception."""
    file = rule.get("source", "").partition("#")[0]
    sentences = re.split(r"(?<=[.!?])\s+", _flat(rule["text"]))
    sentence = next((each for each in sentences if _WINDOW.search(each)), rule["text"])
    others = [each for each in found if each is not rule and each.get("source", "").partition("#")[0] == file]
    return [{**rule, "text": sentence}, *others]


def _comma(name: str) -> str:
    return f", {name}" if name else ""


def _flat(text: str) -> str:
    return shorten(re.sub(r"[*`]+|^[#>]+\s*", "", text, flags=re.MULTILINE), _LONGEST)
