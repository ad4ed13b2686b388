"""The draft of an article: what stands in it, and that nobody reads it before a person has published it."""

from pathlib import Path

import pytest

from bot.desk.knowledge.documents import read_knowledge
from bot.gaps.article import NO_ANSWER, file_name, help_center_draft, markdown, title_of
from bot.gaps.entries import Gap
from tests.unit.gaps.kit import entry, signal

QUESTIONS = (
    "I'm at university, do I pay less?",
    "Gibt es einen Studentenrabatt?",
    "Hello, is there a student discount? I study <b>art</b>.",
)
ANSWERS = ("Hi [person-1], students pay 30% less.", "Hello [person-2]!\n\nStudents pay 30% less.", "")


@pytest.fixture
def gap() -> Gap:
    """Three conversations, of which people answered two."""
    found = [signal(conversation=f"chat:a:{number}", at=-number) for number in range(3)]
    pairs = zip(found, QUESTIONS, ANSWERS, strict=True)
    return Gap("gap-1", [entry(one, question, "gap-1", answer) for one, question, answer in pairs])


def test_the_title_is_the_shortest_question_in_the_language_of_most(gap: Gap) -> None:
    assert title_of(gap) == QUESTIONS[0]
    assert file_name(gap) == "draft-i-m-at-university-do-i-pay-less-gap-1.md"


def test_what_people_answered_stands_in_it_once_and_greets_nobody(gap: Gap) -> None:
    draft = help_center_draft(gap)

    assert draft.html.startswith("<p>Students pay 30% less.</p><ul>")
    assert "&lt;b&gt;art" in draft.html
    assert (draft.mark, draft.language) == ("gap-1", "en")


def test_where_nobody_answered_it_says_so(gap: Gap) -> None:
    assert NO_ANSWER in markdown(Gap("gap-1", gap.entries[2:]))


def test_a_file_is_read_once_a_person_has_taken_the_line_out(gap: Gap, tmp_path: Path) -> None:
    file = tmp_path / "knowledge" / file_name(gap)
    file.parent.mkdir()
    file.write_text(markdown(gap))
    mistakes: list[object] = []

    assert read_knowledge(tmp_path, mistakes) == []  # type: ignore[arg-type]

    file.write_text(markdown(gap).replace("draft: true\n", ""))
    [passage] = read_knowledge(tmp_path, mistakes)  # type: ignore[arg-type]

    assert (passage.title, passage.text) == (title_of(gap), "Students pay 30% less.")
    assert passage.questions == QUESTIONS
    assert mistakes == []
