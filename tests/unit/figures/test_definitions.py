"""The definitions are whole: a name and a sentence for each figure, and no two of one path."""

from bot.domain.drafts import OUTCOMES
from bot.figures.definitions import BY_NAME, BY_PATH, FIGURES, STATES


def test_every_figure_says_how_it_is_counted() -> None:
    assert [figure.name for figure in FIGURES if not (figure.title and figure.sentence.endswith("."))] == []
    assert len(BY_NAME) == len(BY_PATH) == len(FIGURES)


def test_every_state_and_every_outcome_of_a_draft_is_a_figure() -> None:
    wanted = {*STATES, *(f"drafts.{outcome}" for outcome in OUTCOMES)}
    assert wanted <= set(BY_NAME)
