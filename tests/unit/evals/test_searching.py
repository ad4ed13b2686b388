"""A desk's searches: what they have to find, and what is said where they do not."""

from pathlib import Path

import pytest

from bot.desk.cases import read_cases, searches_of
from bot.desk.loading.loader import load_desk
from bot.desk.searches import Search, Searches
from bot.evals.searching import Searched, SearchReport
from tests.unit.desk.desk_folder import write_desk


def searched(asks: str, wants: str, *found: str, language: str = "en") -> Searched:
    finds = (wants,) if wants else ()
    return Searched("pizza", Search(asks=asks, language=language, finds=finds), found)


RIGHT = searched("how much is it?", "menu.md", "menu.md", "hours.md")
SECOND = searched("was kostet das?", "menu.md", "hours.md", "menu.md", language="de")
MISSED = searched("what does it cost?", "menu.md")
SILENT = searched("who won?", "")
TALKATIVE = searched("sing to me", "", "hours.md")


def report(*some: Searched, by_words: bool = False, **shares: float) -> SearchReport:
    wanted = Searches(questions=tuple(each.search for each in some), **shares)
    return SearchReport(some, {"pizza": [wanted]}, frozenset({"pizza"} if by_words else ()))


def test_each_language_has_its_figures() -> None:
    assert list(report(RIGHT, SECOND, MISSED, SILENT, TALKATIVE).rows()) == [
        ("pizza", "en", "2", "0.50", "0.50", "2", "1"),
        ("pizza", "de", "1", "0.00", "1.00", "0", "-"),
        ("pizza", "all", "3", "0.33", "0.67", "2", "1"),
    ]


@pytest.mark.parametrize(
    ("told", "passes"),
    [
        (report(RIGHT, SILENT), True),
        (report(RIGHT, SECOND, first=0.5, third=1.0), True),
        (report(RIGHT, SECOND), False),
        (report(RIGHT, MISSED, first=0.5, third=0.6), False),
        (report(RIGHT, TALKATIVE), False),
        (report(SILENT), True),
        (report(MISSED, TALKATIVE, by_words=True), True),
    ],
)
def test_shares_that_are_not_reached_are_findings(told: SearchReport, passes: bool) -> None:
    assert told.passed is passes


def test_what_missed_is_told_with_what_it_found() -> None:
    lines = list(report(RIGHT, SECOND, TALKATIVE, third=1.0).findings())

    assert lines == [
        "pizza: fewer than 65% of its questions find their section first, or 100% among three",
        "pizza:   “was kostet das?” found hours.md, menu.md",
        "pizza: more than 10% of the questions that it cannot answer find something",
        "pizza:   “sing to me” found hours.md",
    ]


def test_a_section_that_does_not_exist_is_a_mistake(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "pizza")
    (folder / "cases").mkdir()
    file = folder / "cases" / "searches.yml"
    (folder / "knowledge").mkdir(exist_ok=True)
    (folder / "knowledge" / "menu.md").write_text("# Menu\n\nPizza costs ten dollars.\n")
    source = "menu.md"
    file.write_text(f"searches: {{questions: [{{asks: hello, finds: {source}}}, {{asks: hello, finds: {source}x}}]}}")
    desk = load_desk(str(folder))

    assert [str(mistake) for mistake in read_cases(desk)[1]] == [
        f"cases/searches.yml:1: there is no section `{source}x`; did you mean `{source}`?"
    ]
    assert [search.finds for searches in searches_of(desk) for search in searches.questions] == [
        (source,),
        (f"{source}x",),
    ]


def test_a_file_of_cases_that_says_nothing_is_a_mistake(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "pizza")
    (folder / "cases").mkdir()
    (folder / "cases" / "empty.yml").write_text("searches:\n")

    assert "has neither `cases` nor `searches`" in str(read_cases(load_desk(str(folder)))[1][0])
