"""Two articles that say two things of one matter, and those that only seem to."""

from pathlib import Path

import pytest

from bot import desks
from bot.desk.knowledge.documents import read_knowledge
from bot.desk.knowledge.passages import Passage
from bot.gaps.contradictions import contradictions

EVERYBODY = frozenset({"public"})


def article(file: str, text: str, audience: frozenset[str] = EVERYBODY) -> Passage:
    """Return the only passage of an article."""
    return Passage("T", text, file, audience=audience)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Refunds are possible within 30 days of purchase.", "You get a refund within 14 days of purchase.", "time"),
        ("Express shipping costs 12.99 USD.", "Express shipping: 9.99 USD per order.", "amount"),
        ("Die Rückgabe ist 30 Tage nach dem Kauf möglich.", "Rückgabe: nur 14 Tage nach dem Kauf.", "time"),
        ("New customers get a discount of 10% on the Pro plan.", "The discount on the Pro plan is 15%.", "share"),
    ],
)
def test_two_figures_of_one_matter_are_found(one: str, other: str, kind: str) -> None:
    found = contradictions([article("b.md", one), article("a.md", other)])

    assert [(each.kind, each.source, each.other_source) for each in found] == [(kind, "a.md", "b.md")]
    assert contradictions([article("a.md", other), article("b.md", one)]) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Standard shipping takes 5-7 business days.", "International shipping takes 10-14 business days."),
        ("The Pro plan costs 199 USD a year.", "The Enterprise plan costs 999 USD a year."),
        ("Refunds are processed in 5-7 business days.", "Refunds are possible within 30 days of purchase."),
        ("Refunds within 30 days of purchase.", "A refund is possible within 30 days of purchase."),
        ("Account deletion takes 30 days.", "The reset link arrives within 2 minutes."),
    ],
)
def test_two_matters_are_no_contradiction(one: str, other: str) -> None:
    assert contradictions([article("a.md", one), article("b.md", other)]) == []


def test_articles_that_nobody_reads_both_of_do_not_contradict_each_other() -> None:
    pro, free = frozenset({"pro"}), frozenset({"free"})
    says = ("Support answers a request within 4 hours.", "Support answers a request within 2 days.")

    assert contradictions([article("a.md", says[0], pro), article("b.md", says[1], free)]) == []
    assert contradictions([article("a.md", says[0], pro), article("b.md", says[1])])


@pytest.mark.parametrize("desk", ["store", "airline"])
def test_the_built_in_desks_do_not_contradict_themselves(desk: str) -> None:
    assert contradictions(read_knowledge(Path(desks.__path__[0]) / desk, [])) == []
