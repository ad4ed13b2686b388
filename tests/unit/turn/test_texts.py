"""The product's own sentences in the languages that the rules speak."""

import string
from collections.abc import Iterator
from types import ModuleType

import pytest

from bot.delivery import direct_message
from bot.desk.policy.business_hours import BusinessHours, parse_span, promise_within
from bot.desk.policy.phrases import LANGUAGES
from bot.turn import results, timers
from bot.turn.actions import actions, proposals
from bot.turn.handoff import escalation, words
from bot.turn.output_checks import grounding
from bot.turn.stages import identity, screen
from bot.turn.texts import promise_told, sentences, translated
from tests.fakes import MONDAY

HOURS = BusinessHours.model_validate({"open": "09:00", "close": "17:00"})


def texts_of(*modules: ModuleType) -> Iterator[str]:
    """Yield every sentence that the modules name."""
    for module in modules:
        yield from (value for name, value in vars(module).items() if name.isupper() and isinstance(value, str))


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_translation_is_of_a_sentence_that_is_said_and_fills_in_the_same() -> None:
    modules = (actions, direct_message, escalation, grounding, words, proposals, results, identity, screen, timers)
    spoken = set(texts_of(*modules))

    assert set(sentences()) == LANGUAGES - {"en"}
    for table in sentences().values():
        assert set(table) <= spoken
        assert [text for text, told in table.items() if fields_of(text) != fields_of(told)] == []


def test_a_language_that_is_not_spoken_is_answered_in_english() -> None:
    assert translated(results.SLOWED, "fi") == translated(results.SLOWED, "") == results.SLOWED


@pytest.mark.parametrize(
    ("span", "now", "told"),
    [
        ("15 minutes", MONDAY, ["within 15 minutes", "innerhalb von 15 Minuten", "dans un délai de 15 minutes"]),
        (
            "1 business day",
            MONDAY,
            ["within 1 business day", "innerhalb von 1 Arbeitstag", "dans un délai de 1 jour ouvré"],
        ),
        ("4 hours", MONDAY + 36_000, ["by Tuesday 13:00 UTC", "bis Dienstag, 13:00 UTC", "d'ici mardi à 13:00 UTC"]),
    ],
)
def test_a_promised_time_is_told_in_the_customers_language(span: str, now: float, told: list[str]) -> None:
    promised = promise_within(HOURS, parse_span(span), now)

    assert [promise_told(promised, language) for language in ("en", "de", "fr")] == told
    assert promise_told(promised, "es") != promised.text
