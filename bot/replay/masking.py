"""Masks personal data in everything that is said of one ticket, the same thing always by the same placeholder. Pure.

Placeholders keep both sides comparable: a parcel's number in the human's answer and in the bot's becomes the same word.
What stood in their place is kept nowhere but in the `Mask`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from bot.domain.text import redaction
from bot.replay import private_patterns as patterns
from bot.replay.names import NamePattern, is_of_person, names_in
from bot.replay.past_tickets import Person

_SHAPE = re.compile(r"\d+")
_ASIS = frozenset({"id", "call_id", "type", "role", "status", "name", "encrypted_content", "response_id"})
_PLACEHOLDER = re.compile(r"\[[a-z ]+-\d+\]")
_HOST = re.compile(r"(https?://)?(?:[^/@\s]*@)?([^/?#\s]+)([^?#\s]*)", re.IGNORECASE)


class ObjectIds:
    """The ids of the desk's own things, which nobody is known by: orders, parcels, customers.

    Args:
        known: ids that the desk's data has.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = {each.casefold() for each in known}
        self._shapes = {_shape(each) for each in self._known if _SHAPE.search(each) and not each.isdecimal()}

    def __contains__(self, word: object) -> bool:
        plain = str(word).lstrip("#").casefold()
        return plain in self._known or _shape(plain) in self._shapes


def _shape(word: str) -> str:
    """`ord_1001` and `ord_2001` have one shape; so that an id with a wrong digit is still one."""
    return _SHAPE.sub(lambda digits: "#" * len(digits[0]), word)


class Mask:
    """Masks the texts of one ticket.

    Args:
        people: whom the ticket names.
        objects: ids that are shown.
        desk_words: words of the desk's own, in lower case, which are no names.
    """

    def __init__(
        self, people: Iterable[Person], objects: Collection[str] | ObjectIds = (), desk_words: Collection[str] = ()
    ) -> None:
        self._objects = objects if isinstance(objects, ObjectIds) else ObjectIds(objects)
        self._desk_words = desk_words
        self._placeholders: dict[tuple[str, str], str] = {}
        self._names: list[tuple[NamePattern, str]] = []
        self._known: set[str] = set()
        self._secrets: list[tuple[re.Pattern[str], str]] = []
        for person in people:
            self.know(person)

    def know(self, person: Person) -> str:
        """Mask this person from now on; return their placeholder."""
        shown = self._placeholder("person", person.id or person.name)
        self._add_name(person.name, shown)
        for other in person.others:
            if re.search(r"\d|@", other):
                self._add_secret(other)
            else:
                self._add_name(other, shown)
        return shown

    def learn(self, text: str) -> None:
        """Mask from now on who is greeted or signs in this text."""
        for name in names_in(text):
            if not _PLACEHOLDER.search(name):
                self._add_name(name, self._placeholder("person", name.casefold()))

    def email(self, address: str) -> str:
        """Return the placeholder of an address."""
        return self._placeholder("email", address.casefold())

    def __call__(self, text: str) -> str:
        """Return the text without personal data."""
        if not text:
            return text
        text = redaction.mask_codes(redaction.mask(text))
        for pattern, placeholder in self._secrets:
            text = pattern.sub(placeholder, text)
        text = patterns.EMAIL.sub(lambda found: self.email(found[0]), text)
        text = patterns.URL.sub(self._address, text)
        for kind, pattern in _KINDS:
            text = pattern.sub(self._by(kind), text)
        text = patterns.BIRTH.sub(lambda found: f"{found[1]}{self._placeholder('date', found[0])}", text)
        text = patterns.NAMED_PHONE.sub(lambda found: f"{found[1]}{self._phone(found[2])}", text)
        text = patterns.PHONE.sub(lambda found: self._phone(found[0]), text)
        text = patterns.WORD_WITH_DIGITS.sub(self._word, text)
        text = patterns.NUMBER.sub(self._number, text)
        for name, placeholder in self._names:
            text = name.replace(text, placeholder)
        return text

    def deep(self, value: Any) -> Any:
        """Return what a model is sent or has answered, with every text in it masked; ids of calls stay."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {name: part if name in _ASIS else self.deep(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.deep(part) for part in value]
        return value

    def _add_name(self, name: str, placeholder: str) -> None:
        plain = patterns.EMAIL.sub("", name).strip()
        if plain.casefold() in self._known or not is_of_person(plain, self._desk_words):
            return
        self._known.add(plain.casefold())
        self._names.append((NamePattern(plain, self._desk_words), placeholder))

    def _add_secret(self, value: str) -> None:
        digits = re.sub(r"\D", "", value)
        if "@" in value or not digits or value in self._objects:
            return
        spaced = r"[ ().\-/]{0,2}".join(map(re.escape, re.sub(r"[ ().\-/]", "", value)))
        self._secrets.append((re.compile(rf"(?<!\w){spaced}(?!\w)"), self._placeholder("number", digits)))

    def _placeholder(self, kind: str, value: str) -> str:
        key = (kind, value)
        if key not in self._placeholders:
            number = 1 + sum(other == kind for other, _ in self._placeholders)
            self._placeholders[key] = f"[{kind}-{number}]"
        return self._placeholders[key]

    def _by(self, kind: str) -> Callable[[re.Match[str]], str]:
        return lambda found: self._placeholder(kind, " ".join(found[0].casefold().split()))

    def _address(self, found: re.Match[str]) -> str:
        """An address keeps its host and path, unless something in them looks like somebody's."""
        parts = _HOST.match(found[0])
        if parts is None:
            return self._placeholder("link", found[0])
        path = parts[3] if not re.search(r"\d{4,}|@|%40", parts[3]) else ""
        return f"{parts[1] or ''}{parts[2]}{path}"

    def _phone(self, found: str) -> str:
        if patterns.DATE.search(found) or found in self._objects:
            return found
        return self._placeholder("phone", re.sub(r"\D", "", found))

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        if word in self._objects or not patterns.is_number_of_somebody(word):
            return word
        return self._placeholder("number", word.casefold())

    def _number(self, found: re.Match[str]) -> str:
        word, text = found[0], found.string
        is_money = patterns.MONEY_BEFORE.search(text[: found.start()]) or patterns.MONEY_AFTER.match(text, found.end())
        if word in self._objects or is_money:
            return word
        return self._placeholder("number", word.lstrip("#"))


_KINDS = (
    ("account", patterns.IBAN),
    ("network address", patterns.IP),
    ("address", patterns.POSTCODE),
    ("address", patterns.STREET),
    ("handle", patterns.HANDLE),
)
