"""What a human's own answer makes of a draft, on written pairs and at the borders of the rule."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.turn.drafts.outcome import MOST_WORDS, outcome_of, overlap, words_of

PAIRS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "draft_pairs.yml").read_text("utf-8"))
TEN = "one two three four five six seven eight nine ten"
TWENTY = " ".join(f"word{number}" for number in range(20))


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{place}: {pair['kind']}" for place, pair in enumerate(PAIRS)])
def test_a_written_pair_comes_out_as_it_was_judged(pair: dict[str, Any]) -> None:
    assert str(outcome_of(pair["draft"], pair["said"])) == pair["outcome"]


def test_there_are_fifty_pairs_of_all_kinds() -> None:
    kinds = Counter(pair["kind"] for pair in PAIRS)
    assert len(PAIRS) >= 50
    assert len(kinds) == 7
    assert min(kinds.values()) >= 7
    assert {pair["outcome"] for pair in PAIRS} == {"used", "edited", "rewritten"}


@pytest.mark.parametrize(
    ("draft", "said", "outcome"),
    [
        (TWENTY, TWENTY.replace("word7", "other"), "used"),  # 19 of 20 are kept, one is new
        (TWENTY, TWENTY.replace("word7", "other").replace("word9", "another"), "edited"),
        (TWENTY, f"{TWENTY} and three more", "used"),  # exactly 15 % more
        (TWENTY, f"{TWENTY} and four words more", "edited"),
        (TEN, "one two three four five", "edited"),  # exactly half
        (TEN, "one two three four", "rewritten"),
        (TEN, "", "rewritten"),
        ("", TEN, "rewritten"),
    ],
)
def test_the_borders_of_the_rule(draft: str, said: str, outcome: str) -> None:
    assert str(outcome_of(draft, said)) == outcome


def test_order_counts_and_words_that_everybody_uses_make_no_likeness() -> None:
    ours = "You can find the form under Account, and the money is there in a week."
    theirs = "The parcel is in the post, and you can follow it on the page of the carrier."
    assert overlap(ours, theirs).kept < 0.5


def test_a_closing_in_the_middle_closes_nothing_and_a_greeting_alone_is_no_sentence() -> None:
    text = "Thanks for waiting.\nThe order is on its way.\nIt arrives on Monday.\nAnything else?\nJust write."
    assert words_of(text)[:3] == ["thanks", "for", "waiting"]
    assert words_of("Hello Sarah, the order is on its way.") == ["the", "order", "is", "on", "its", "way"]
    assert words_of("Hi there your order arrives on Monday.")[:2] == ["hi", "there"]


def test_addresses_are_compared_without_what_follows_the_question_mark() -> None:
    ours, theirs = "See https://help.example.com/returns?source=bot now.", "See https://help.example.com/returns now."
    assert str(outcome_of(ours, theirs)) == "used"


def test_a_text_without_end_costs_no_more_than_its_first_words() -> None:
    endless = " ".join(f"w{number}" for number in range(20 * MOST_WORDS))
    assert len(words_of(endless)) == MOST_WORDS
    assert str(outcome_of(endless, endless)) == "used"
