"""Finds articles that contradict each other: two amounts, times, shares or dates of one matter that differ. Pure.

Sound rather than complete: the words around both figures tell of one thing, and neither article says what the other
says. Where each of the two names something that the other does not (standard and international shipping), they are of
two things. Articles of which nobody reads both do not contradict each other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.desk.knowledge.passages import Passage
from bot.domain.knowledge.articles import PUBLIC
from bot.replay.facts import Fact, facts_in

_FEWEST = 2
"""Telling words that both figures have to share."""
_SURE, _SURE_SHARE = 3, 2 / 3
"""So many, and this share of the fewer ones, are enough although each names something else as well."""
_MOST = 50
"""That are told; the first of them say enough."""
_TOO_MANY = 200
"""A word around more figures than this tells nothing of what they are about."""


_GENERIC = frozenset(
    word[:5]
    for word in """
    take takes taking took cost costs costing price prices priced need needs required possible available allowed can
    only just always usually normally maximum minimum least most total each every per year month week day business
    working order orders customer customers within after before until from receive get gets will full fully
    dauert dauern kostet kosten preis möglich verfügbar nur immer meist höchstens mindestens innerhalb binnen nach vor
    jahr monat woche bestellung kunde kunden erhalten bekommen
    coûte coûtent prix possible disponible seulement toujours maximum minimum dans après avant année mois commande
    client cuesta cuestan precio posible disponible solo siempre máximo mínimo dentro después antes año mes pedido
    cliente
    """.split()  # noqa: SIM905 (a column of quoted words reads worse)
)
"""Stems that stand around every figure and tell of none."""


@dataclass(frozen=True)
class Contradiction:
    """Two articles that differ in one figure.

    Args:
        id: the same as long as both say what they say.
        kind: `amount`, `time`, `date` or `share`.
        source: of the one, where `says` stands.
    """

    id: str
    kind: str
    source: str
    says: str
    other_source: str
    other_says: str


@dataclass(frozen=True)
class _Statement:
    passage: Passage
    fact: Fact
    about: frozenset[str]
    values: frozenset[str]
    """All that its article says of this kind."""


def contradictions(passages: Sequence[Passage]) -> list[Contradiction]:
    """Return where these articles contradict each other, in a fixed order."""
    statements = list(_statements(passages))
    pairs = (_contradiction(one, other) for one, other in _about_the_same(statements))
    found = {each.id: each for each in pairs}
    return sorted(found.values(), key=lambda each: (each.source, each.other_source, each.id))[:_MOST]


def _statements(passages: Sequence[Passage]) -> Iterator[_Statement]:
    facts = {passage: facts_in(f"{passage.title}.\n{passage.text}") for passage in passages}
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for passage, found in facts.items():
        for fact in found:
            said[_article(passage), fact.kind].add(fact.value)
    for passage, found in facts.items():
        for fact in found:
            if fact.kind != "id":
                about = fact.about - _GENERIC
                yield _Statement(passage, fact, about, frozenset(said[_article(passage), fact.kind]))


def _about_the_same(statements: Sequence[_Statement]) -> Iterator[tuple[_Statement, _Statement]]:
    by_word = _by_word(statements)
    for place, one in enumerate(statements):
        near = Counter(other for word in one.about for other in by_word.get((one.fact.kind, word), ()) if other > place)
        yield from (
            (one, statements[other]) for other, shared in near.items() if _differ(one, statements[other], shared)
        )


def _by_word(statements: Sequence[_Statement]) -> Mapping[tuple[str, str], Sequence[int]]:
    """Return the places of the statements by kind and word, without words that tell nothing."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, statement in enumerate(statements):
        for word in statement.about:
            found[statement.fact.kind, word].append(place)
    return {word: places for word, places in found.items() if len(places) <= _TOO_MANY}


def _differ(one: _Statement, other: _Statement, shared: int) -> bool:
    if _article(one.passage) == _article(other.passage) or one.values & other.values:
        return False
    if not _have_a_reader(one.passage, other.passage):
        return False
    is_within = one.about <= other.about or other.about <= one.about
    fewest = min(len(one.about), len(other.about))
    return shared >= _FEWEST and (is_within or shared >= max(_SURE, _SURE_SHARE * fewest))


def _have_a_reader(one: Passage, other: Passage) -> bool:
    """Whether somebody may read both: what is public everybody reads."""
    return PUBLIC in one.audience or PUBLIC in other.audience or bool(one.audience & other.audience)


def _contradiction(one: _Statement, other: _Statement) -> Contradiction:
    kind, sides = one.fact.kind, ((one, other) if one.passage.source <= other.passage.source else (other, one))
    text = "\0".join([kind, *(part for side in sides for part in (side.passage.source, side.fact.value))])
    first, second = sides
    return Contradiction(
        f"con-{sha256(text.encode()).hexdigest()[:10]}",
        kind,
        first.passage.source,
        first.fact.shown,
        second.passage.source,
        second.fact.shown,
    )


def _article(passage: Passage) -> str:
    return passage.source.partition("#")[0]
