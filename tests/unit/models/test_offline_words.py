"""The offline model's own sentences stand in every language that desks may claim, and its words tell what is meant."""

import re

import pytest

from bot.turn.texts import sentences as of_product
from integrations.models.rules.words.lexicon import meanings
from integrations.models.rules.words.sentences import LANGUAGES, labels, language_for, sentences
from integrations.models.rules.words.small_talk import small_talk
from integrations.models.rules.words.things import shapes_of
from integrations.models.rules.words.values import told

_FIELD = re.compile(r"\{\w+\}")


def test_the_languages_are_those_of_the_products_sentences() -> None:
    assert set(LANGUAGES) == set(of_product()["thanks.welcome"])


@pytest.mark.parametrize("rows", [sentences(), *labels().values()])
def test_every_sentence_stands_in_every_language_with_the_same_fields(rows: dict[str, dict[str, str]]) -> None:
    for key, row in rows.items():
        assert set(row) == set(LANGUAGES), key
        assert len({tuple(sorted(set(_FIELD.findall(text)))) for text in row.values()}) == 1, key


@pytest.mark.parametrize(
    ("spoken", "claimed", "language"),
    [("German", ["en", "de"], "de"), ("German", ["fr", "en"], "fr"), ("Italian", ["en", "de"], "en"), ("", (), "en")],
)
def test_who_writes_in_no_language_of_the_desk_is_answered_in_its_first(
    spoken: str, claimed: list[str], language: str
) -> None:
    assert language_for(spoken, claimed) == language


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("whre is my pakage", {"status", "parcel"}),
        ("Wo ist meine Bestellung?", {"status", "order"}),
        ("Je voudrais être remboursé", {"refund"}),
        ("quiero que me devuelvan el dinero", {"refund"}),
        ("I want my money back", {"refund"}),
    ],
)
def test_words_of_any_language_and_misspelt_ones_mean_the_same(line: str, means: set[str]) -> None:
    assert means <= meanings(line)


@pytest.mark.parametrize(
    ("line", "kinds", "rest"),
    [
        ("Thanks!", ("thanks",), ""),
        ("hi, where is my order", ("greeting",), "where is my order"),
        ("no movement for days", (), "no movement for days"),
        ("Muchas gracias", ("thanks",), ""),
        ("thanks! one more thing: my plan?", ("thanks", "help"), "my plan?"),
        ("👍", ("fine",), ""),
    ],
)
def test_small_talk_is_told_from_what_is_wanted(line: str, kinds: tuple[str, ...], rest: str) -> None:
    found = small_talk(line)

    assert (found.kinds, found.rest) == (kinds, rest)


@pytest.mark.parametrize(
    ("described", "line", "things"),
    [
        ("of the order, for example C-17.", "where is c-42?", ["c-42"]),
        ("as on the receipt, such as 2026/004", "renew 2026/117 please", ["2026/117"]),
        ("of the order, for example ord_1001 or A1001.", "ord_1002 and B2003", ["ord_1002", "B2003"]),
    ],
)
def test_ids_look_as_the_tools_say(described: str, line: str, things: list[str]) -> None:
    shapes = shapes_of([{"properties": {"order_number": {"type": "string", "description": described}}}])

    assert shapes.find(line) == things


def test_a_declared_pattern_is_an_ids_shape() -> None:
    shapes = shapes_of([{"properties": {"id": {"type": "string", "pattern": r"^[A-Z]{2}\d{2}$"}}}])

    assert shapes.find("my box AB12 is wet") == ["AB12"]


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        ("2026-11-12", "en", "12 November 2026"),
        ("2026-11-12", "de", "12. November 2026"),
        ("2026-12-01", "fr", "1er décembre 2026"),
        ("2026-11-12T14:30:00Z", "es", "12 de noviembre de 2026 a las 14:30"),
        (True, "de", "ja"),
        (["a", "b"], "en", "a, b"),
        ({"pickup_place": "door"}, "en", "pickup place door"),
    ],
)
def test_values_are_told_as_people_write_them(value: object, language: str, text: str) -> None:
    assert told("x", value, language) == text
