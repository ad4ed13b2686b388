"""Finds the names of people in a text: those that are known, and those behind a greeting. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from bot.desk.knowledge.function_words import FUNCTION_WORDS
from bot.replay.private_patterns import GREETED, NAME_BEHIND

_EVERYDAY = frozenset(
    """
    will may mark grant bill art rose grace hope joy faith dawn summer april june august max frank rich chase drew pat
    sunny ray jack page price young long short brown white black green gray grey king queen bishop cook baker miller
    smith mason porter parker carter cooper day night west north south east hill wood woods field fields stone rock
    rivers lake bush flower love money case cash pay ruby pearl amber jade crystal star sky van la de le der das die
    koch bauer müller schneider weber klein groß lang kurz jung neu fuchs wolf vogel stern berg stein wagner richter
    kaiser könig engel sommer winter herbst morgen abend petit grand blanc noir roux martin leblanc garcia sol luna
    ihnen ihre ihren ihrem euch alles everything nothing could please your our
    iglesias reyes flores cruz santos paz order ship card team there all everyone everybody both again support
    service help desk sales billing team customer care shipping technical info office admin frontdesk bot
    """.split()  # noqa: SIM905 (a column of quoted words reads worse)
)
"""Words that are names as well: alone they are one only where they are written like one."""

_ROLES = frozenset(
    """
    support service help desk helpdesk sales billing team customer care shipping technical info office admin agent
    frontdesk bot store shop the a of and
    """.split()  # noqa: SIM905
)
_SHORTEST = 3
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s*|[-*•]\s+)$")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_COMMON = frozenset(word for words in FUNCTION_WORDS.values() for word in words) | _EVERYDAY


def is_of_person(name: str, desk_words: Collection[str]) -> bool:
    """Return whether a name is more than a role's, such as "Support Team"."""
    words = [word.casefold() for word in re.findall(r"\w+", name)]
    return any(word not in _ROLES and word not in desk_words for word in words)


class NamePattern:
    """Finds one person's name, whole or in part.

    Args:
        desk_words: words of the desk's own, which are no name by themselves.
    """

    def __init__(self, name: str, desk_words: Collection[str] = ()) -> None:
        forms = {name.strip(), _plain(name)} - {""}
        parts = set(re.findall(r"[\w'’]+", "\n".join(forms)))
        sure = {part for part in parts if _is_telling(part) and part.casefold() not in desk_words}
        self._whole = _patterns(_whole(forms), re.IGNORECASE)
        self._parts = _patterns(sure, re.IGNORECASE)
        self._words = _patterns(filter(_is_capital, parts - sure), 0)

    def replace(self, text: str, placeholder: str) -> str:
        """Return the text with the placeholder in the name's place."""
        for pattern in (*self._whole, *self._parts):
            text = pattern.sub(placeholder, text)
        for pattern in self._words:
            text = pattern.sub(lambda match: placeholder if _is_inside(match) else match[0], text)
        return text


def names_in(text: str) -> Iterator[str]:
    """Yield what stands where a name stands: behind a greeting, a title, a closing line."""
    for greeting in GREETED.finditer(text):
        found = NAME_BEHIND.match(text, greeting.end())
        if found and found[0].split()[0].casefold() not in _COMMON:
            yield found[0]


def _whole(forms: Collection[str]) -> Iterator[str]:
    for form in forms:
        yield form
        words = form.split()
        if len(words) > 1:
            yield f"{words[-1]}, {' '.join(words[:-1])}"
            yield f"{words[-1]} {' '.join(words[:-1])}"
            if len("".join(words)) > 2 * _SHORTEST:
                yield "".join(words)


def _is_telling(part: str) -> bool:
    if not _LATIN.search(part):
        return len(part) > 1
    return len(part) >= _SHORTEST and part.casefold() not in _COMMON


def _is_inside(match: re.Match[str]) -> bool:
    """Whether the word has its capital letter because it is a name: it does not begin a sentence."""
    return not _SENTENCE_START.search(match.string[: match.start()])


def _is_capital(part: str) -> bool:
    return part[:1].isupper()


def _patterns(forms: Iterable[str], flags: int) -> list[re.Pattern[str]]:
    """Return what finds them, the longest first."""
    return [_compiled(form, flags) for form in sorted(forms, key=len, reverse=True)]


def _compiled(form: str, flags: int) -> re.Pattern[str]:
    words = r"[\s\u00a0]+".join(re.escape(word) for word in form.split())
    if not _LATIN.search(form):
        return re.compile(words, flags)
    return re.compile(rf"(?<![\w\[]){words}(?:['’]?s)?(?!\w)", flags)


def _plain(name: str) -> str:
    """Return the name without accents, as many type it."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()
