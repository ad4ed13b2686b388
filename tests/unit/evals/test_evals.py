"""Cases: what is wrong with one is said with file and line, what a conversation lacks is said in words."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.desk.cases import Case, Happening, TurnOfCase, Words, read_cases
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError
from bot.evals import report
from bot.evals.baseline import read_baseline, regressions, write_baseline
from bot.evals.estimate import estimate
from bot.evals.grading import failures
from bot.evals.play import Happened, Played, PlayedStep
from bot.evals.rooms import EvalEngines
from bot.evals.trial import Named, Result, try_all
from tests.unit.desk.desk_folder import write_desk

GOOD = """\
cases:
  - name: A pizza is baked
    turns:
      - says: one pizza with ham
        specialist: waiter
        tools: [bake: {topping: ham}, search_knowledge]
        answer: {has: [12 minutes]}
"""


def mistakes(tmp_path: Path, text: str) -> list[str]:
    desk = load_desk(str(write_desk(tmp_path / "pizza")))
    (desk.folder / "cases").mkdir()
    (desk.folder / "cases" / "menu.yml").write_text(text)
    return [str(mistake) for mistake in read_cases(desk)[1]]


def test_a_case_without_mistakes_is_read(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (GOOD.replace("waiter", "waitress"), "cases/menu.yml:5: there is no `waitress`; did you mean `waiter`?"),
        (GOOD.replace("bake:", "fry:"), "cases/menu.yml:6: there is no `fry`; known are"),
        (GOOD.replace("says:", "say:"), "cases/menu.yml:4: `cases.0.turns.0.says` is missing; add it"),
        (GOOD.replace("answer:", "answers:"), "cases/menu.yml:7: `cases.0.turns.0.answers` means nothing here"),
        (GOOD + "        effects: [{kind: commit, action: burn}]\n", "cases/menu.yml:8: there is no `burn`"),
        (GOOD + "        effects: [{kind: explode}]\n", "cases/menu.yml:8: `cases.0.turns.0.effects.0.kind`"),
        (GOOD + GOOD.removeprefix("cases:\n"), "cases/menu.yml:8: there is another case “A pizza is baked”"),
        ("cases: [", "cases/menu.yml:1: is not YAML"),
        ("cases: [\n\n\n", "cases/menu.yml:1: is not YAML"),
        ("cases:\n  - name: 'A pizza\n", "cases/menu.yml:2: is not YAML"),
        ("cases:\n  - name: a: b\n    given: {}\n", "cases/menu.yml:2: is not YAML"),
        ("- a list\n", "cases/menu.yml:1: is not a list of `key: value` lines"),
    ],
)
def test_a_mistake_in_a_case_is_said_with_file_and_line(tmp_path: Path, wrong: str, told: str) -> None:
    assert any(mistake.startswith(told) for mistake in mistakes(tmp_path, wrong)), mistakes(tmp_path / "again", wrong)


REFUND = Happened("propose", "propose_refund", "ord_1", Decimal("49.99"))
WENT = PlayedStep(
    "refund ord_1", "Shall I **refund** 49.99 USD? It takes 5–7 days.", "billing",
    (("propose_refund", {"order_id": "ord_1"}),), (REFUND,), "note",
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "finding"),
    [
        ({"specialist": "orders"}, "answered by billing, not orders"),
        ({"tools": [{"propose_refund": {"order_id": "ord_2"}}]}, "propose_refund(order_id=ord_2) was not called"),
        ({"tools": ["lookup_order"]}, "lookup_order was not called; called were propose_refund"),
        ({"no_tools": ["propose_refund"]}, "propose_refund was called"),
        ({"effects": [Happening(kind="commit")]}, "nothing like “commit” happened; what did: propose propose_refund"),
        ({"effects": [Happening(kind="propose", amount=Decimal(50))]}, "nothing like “propose 50” happened"),
        ({"no_effects": ["propose"]}, "“propose propose_refund ord_1 49.99” happened"),
        ({"answer": Words(has=("cancel",))}, "answer lacks “cancel”"),
        ({"answer": Words(lacks=("refund 49.99",))}, "answer says “refund 49.99”"),
        ({"answer": Words(any=("never", "maybe"))}, "answer says none of never, maybe"),
        ({"note": Words(has=("ord_1",))}, "note lacks “ord_1”"),
    ],
)
def test_what_is_not_as_the_case_wants_it_is_said(wanted: dict[str, object], finding: str) -> None:
    case = Case(name="c", turns=(TurnOfCase.model_validate({"says": "refund ord_1", **wanted}),))

    [found] = failures(case, Played((WENT,)))

    assert found.startswith(f"turn 1: {finding}")


def test_a_conversation_that_is_as_the_case_wants_it_has_no_findings() -> None:
    turn = TurnOfCase(
        says="refund ord_1",
        specialist="billing",
        tools=TurnOfCase.model_validate({"says": "x", "tools": ["propose_refund"]}).tools,
        effects=(Happening(kind="propose", action="propose_refund", amount=Decimal("49.990")),),
        no_effects=("commit",),
        answer=Words(has=("REFUND 49.99", "5-7 days"), any=("shall i", "never"), lacks=("done",)),
    )

    assert failures(Case(name="c", turns=(turn,)), Played((WENT,))) == []


def test_a_conversation_that_could_not_go_on_fails() -> None:
    case = Case(name="c", turns=(TurnOfCase(says="refund ord_1"), TurnOfCase(says="yes")))

    assert failures(case, Played((WENT,), "turn 2: no answer within 120 s")) == ["turn 2: no answer within 120 s"]


class Theatre(EvalEngines):
    """Plays what it is given, in turn."""

    def __init__(self, plays: Sequence[Played]) -> None:
        self._plays = list(plays)

    async def play(self, desk: Path, case: Case) -> Played:
        return self._plays.pop(0)


def named(name: str, *, judge: tuple[str, ...] = ()) -> Named:
    turn = TurnOfCase(says="refund ord_1", answer=Words(has=("refund",)))
    return Named("store", Path(), "billing", Case(name=name, turns=(turn,), judge=judge))


SILENT = Played((PlayedStep("refund ord_1", "Hello.", "billing", (), (), ""),))


async def test_a_case_passes_when_all_of_its_plays_do() -> None:
    done: list[int] = []
    theatre = Theatre([Played((WENT,)), SILENT, Played((WENT,)), Played((WENT,)), Played((WENT,)), Played((WENT,))])

    flaky, sound = await try_all(theatre, [named("a"), named("b")], 3, None, lambda: done.append(1))

    assert (flaky.passes, flaky.passed, len(flaky.findings)) == (2, False, 1)
    assert (sound.passes, sound.passed, sound.findings) == (3, True, ())
    assert len(done) == 6


async def test_a_judge_reads_the_conversation_and_may_say_no() -> None:
    asked: list[tuple[str, str]] = []

    async def judge(transcript: str, question: str) -> str:
        asked.append((transcript, question))
        return "it promises too much"

    case = named("a", judge=("Is it honest?",))
    [judged] = await try_all(Theatre([Played((WENT,))]), [case], 1, judge, lambda: None)
    [skipped] = await try_all(Theatre([Played((WENT,))]), [case], 1, None, lambda: None)

    assert judged.findings == ("“Is it honest?” it promises too much",)
    assert asked == [(f"Customer: {WENT.says}\nFront desk: {WENT.answer}", "Is it honest?")]
    assert (skipped.passed, skipped.unjudged) == (True, 1)


def result(name: str, *, passed: bool) -> Result:
    findings = () if passed else ("turn 1: answer lacks “<b>”: “\x07”",)
    return Result(named(name), 2, 2 if passed else 1, findings, 0, 0.5)


def test_only_what_passed_before_is_a_regression(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    write_baseline(file, [result("a", passed=True), result("b", passed=False)], {"store/c": True})
    before = read_baseline(file)
    now = [result("a", passed=False), result("b", passed=False), result("new", passed=False)]

    assert before == {"store/a": True, "store/b": False, "store/c": True}
    assert [each.named.case.name for each in regressions(now, before)] == ["a"]
    assert [each.named.case.name for each in regressions(now, None)] == ["a", "b", "new"]


@pytest.mark.parametrize("text", ["", "[]", '{"cases": {"a": 1}}', '{"cases": []}'])
def test_a_file_that_is_no_baseline_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text)

    with pytest.raises(ConfigError, match="--update-baseline"):
        read_baseline(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")


def test_reports_count_and_name_what_failed() -> None:
    results = [result("a", passed=True), result("b", passed=False)]

    suite = ET.fromstring(report.junit(results)).find("testsuite")  # noqa: S314 (our own text)
    text = report.markdown(results, "gpt", 2.0)

    assert suite is not None
    assert suite.attrib == {"name": "store", "tests": "2", "failures": "1"}
    assert [case.attrib["name"] for case in suite if case.find("failure") is not None] == ["b"]
    assert "| store | billing | 2 | 1 | 1 |" in text
    assert "1 of 2 cases passed, all of 2 plays each, by gpt, in 2.0 s" in text
    assert "**store/b** (1/2)" in text


def test_what_a_real_model_costs_grows_with_plays_and_lines(tmp_path: Path) -> None:
    desks = {"store": load_desk(str(write_desk(tmp_path)))}
    one, two = (estimate([named("a")], desks, plays, "gpt") for plays in (1, 2))

    assert (one.calls, two.calls) == (2, 4)
    assert two.tokens_in == 2 * one.tokens_in > 1_000
    assert two.cost == 2 * one.cost > 0
    assert "no price of this model" in str(one)


@pytest.mark.parametrize(("desk", "fewest"), [("store", 40), ("airline", 20)])
def test_the_cases_of_the_built_in_desks_have_no_mistakes(desk: str, fewest: int) -> None:
    cases, wrong = read_cases(load_desk(desk))

    assert wrong == []
    assert len(cases) >= fewest
