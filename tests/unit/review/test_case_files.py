"""A wrong answer becomes a case that a desk can read, and that today's answer fails."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.desk import load_desk
from bot.desk.cases import Case, read_cases
from bot.domain.review import ReviewEntry, Verdict, Why
from bot.review.case_files import CaseShelf, case_text, write_case

STORE = load_desk("store")
ENTRY = ReviewEntry(
    id="0123456789abcdef",
    why=Why.THUMB,
    conversation="slack:T1:D1:1.0",
    topic="orders",
    at=0.0,
    earlier=("Hello",),
    question="How long does express take?",
    answer="Hi [person-1]! Express takes 9 days. Thanks.",
    reason="it is 2 days: \x07 # no",
)


def case_of(text: str) -> Case:
    return Case.model_validate(yaml.safe_load(text)["cases"][0])


def test_a_wrong_fact_may_not_be_said_again() -> None:
    last = case_of(case_text(ENTRY, Verdict.WRONG_FACT)).turns[-1]

    assert (last.says, last.answer.lacks) == (ENTRY.question, ("Express takes 9 days.",))


def test_the_right_words_have_to_be_said_where_somebody_knows_them() -> None:
    last = case_of(case_text(ENTRY, Verdict.WRONG_FACT, "2 days")).turns[-1]

    assert (last.answer.has, last.answer.lacks) == (("2 days",), ("Express takes 9 days.",))


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        ("Order A1001 has been shipped, tracking number [number-1].", "Order A1001 has been shipped, tracking number"),
        ("It was placed on 2026-11-26 and is expected on 2026-12-01.", "and is expected on"),
        ("It comes on 2026-12-01, [person-1]. Express takes 9 days.", "Express takes 9 days."),
    ],
)
def test_it_is_recognised_by_what_is_the_same_on_any_day(answer: str, lacks: str) -> None:
    last = case_of(case_text(replace(ENTRY, answer=answer), Verdict.WRONG_FACT)).turns[-1]

    assert last.answer.lacks == (lacks,)


def test_what_a_human_should_have_answered_has_to_go_to_people() -> None:
    for text in (case_text(ENTRY, Verdict.HUMAN), case_text(replace(ENTRY, answer="[person-1]!"), Verdict.WRONG_FACT)):
        assert [effect.kind for effect in case_of(text).turns[-1].effects] == ["escalate"]


def test_a_wrong_tone_is_judged_too() -> None:
    assert case_of(case_text(ENTRY, Verdict.WRONG_TONE)).judge


@pytest.mark.parametrize("verdict", [one for one in Verdict if one.is_wrong])
def test_the_desk_reads_its_file_and_another_desk_does_not(tmp_path: Path, verdict: Verdict) -> None:
    write_case(CaseShelf(tmp_path / "cases", "store"), ENTRY, verdict)
    write_case(CaseShelf(tmp_path / "cases", "store"), ENTRY, verdict)
    cases, mistakes = read_cases(STORE, tmp_path / "cases")
    others, _ = read_cases(load_desk("airline"), tmp_path / "cases")

    assert mistakes == []
    assert len([case for _, case in cases if case.name.startswith("review 0123456789abcdef: ")]) == 1
    assert not [case for _, case in others if case.name.startswith("review")]
