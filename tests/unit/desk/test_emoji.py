"""An emoji is a sign, not a word: Slack sends those of its picker as `:name:`, phones send characters."""

import pytest

from bot.desk.policy.phrases import LANGUAGES, is_no, is_thanks, is_yes
from bot.turn.input_checks.language import language_of_customer


@pytest.mark.parametrize(
    "text",
    [
        "yes :+1:",
        "Yes please :pray:",
        "Yes 👍",
        "yes:+1:",
        "ja :white_check_mark::party-parrot:",
        "sí, por favor :100:",
        "oui :+1::skin-tone-6:",
        "ok \N{HEAVY BLACK HEART}\ufe0f",
        ":+1:",
        ":thumbsup::skin-tone-3:",
        "👍",
        "👍🏽 :tada:",
    ],
)
def test_a_yes_is_a_yes_whatever_emoji_stand_beside_it(text: str) -> None:
    assert is_yes(text, LANGUAGES)
    assert not is_no(text, LANGUAGES)


@pytest.mark.parametrize(
    "text",
    ["yes :-1:", "yes 👎", "yes :x:", ":pray:", ":smile:", "is it :+1:?", "👍 but not yet", "yes at 10:30:45", "👍 👎"],
)
def test_what_does_not_agree_is_no_yes(text: str) -> None:
    assert not is_yes(text, LANGUAGES)


@pytest.mark.parametrize("text", ["no :cry:", "nein danke :pray:", ":-1:", "👎🏿", ":thumbsdown:", "no 👍"])
def test_a_no_is_a_no(text: str) -> None:
    assert is_no(text, LANGUAGES)
    assert not is_yes(text, LANGUAGES)


def test_a_thanks_may_be_decorated() -> None:
    assert is_thanks("merci beaucoup :blush:", LANGUAGES)
    assert not is_thanks(":blush:", LANGUAGES)


def test_the_name_of_an_emoji_tells_no_language() -> None:
    assert language_of_customer(":white_check_mark: :point_right: :this-is-fine: :the_horns:", "de") == "de"
