"""`desk check` names rules of `autonomy` that can never match, with their line and with why."""

from pathlib import Path

import pytest

from bot.desk.loading.loader import load_desk, read_desk
from bot.desk.loading.scrutiny import doubts
from tests.unit.desk.desk_folder import DESK, write_desk

FIRST = len(DESK.splitlines()) + 3
"""The line in which the first rule stands."""


def told(folder: Path, *rules: str) -> list[str]:
    """Return what the check says of the rules: a mistake that stops it from working, or a doubt."""
    listed = "".join(f"    - {{{rule}}}\n" for rule in rules)
    desk = write_desk(folder / "acme", desk=f"{DESK}autonomy:\n  rules:\n{listed}")
    _, mistakes = read_desk(desk)
    found = mistakes or doubts(load_desk(str(desk)), lambda _: {})
    return [str(mistake) for mistake in found]


@pytest.mark.parametrize(
    "rules",
    [
        ["surface: zendesk, mode: draft", "surface: zendesk, plan: pro, mode: draft"],
        ["mode: draft", "surface: slack, mode: public"],
        ["surface: [slack, zendesk], mode: draft", "surface: slack, specialist: waiter, mode: public"],
        ["surface: zendesk, mode: draft", "group: Support, mode: public"],
        ["surface: slack, mode: draft", "channel: C1, mode: public"],
        ["plan: [pro, free], mode: draft", "plan: PRO, mode: silent"],
        ["surface: zendesk, mode: public, share: 10", "surface: zendesk, language: de, mode: draft"],
    ],
)
def test_a_rule_behind_one_that_takes_all_of_it_is_told(tmp_path: Path, rules: list[str]) -> None:
    [found] = told(tmp_path, *rules)

    assert f"desk.yml:{FIRST + len(rules) - 1}: this rule can never match" in found
    assert f"in line {FIRST} decides before it" in found


def test_rules_that_take_all_of_it_together_are_both_named(tmp_path: Path) -> None:
    [found] = told(
        tmp_path,
        "surface: slack, mode: draft",
        "plan: pro, mode: draft",
        "surface: [zendesk, chat], mode: draft",
        "language: en, mode: public",
    )

    assert f"desk.yml:{FIRST + 3}: this rule can never match" in found
    assert f"in lines {FIRST}, {FIRST + 2} decide before it" in found


@pytest.mark.parametrize(
    "rule",
    [
        "surface: slack, group: Support, mode: draft",
        "surface: chat, channel: C1, mode: draft",
        "channel: C1, brand: shoes, mode: draft",
        "specialist: cook, mode: draft",
        "action: refund, mode: trial",
    ],
)
def test_a_rule_that_asks_for_what_cannot_be_is_told(tmp_path: Path, rule: str) -> None:
    [found] = told(tmp_path, rule)

    assert f"desk.yml:{FIRST}: " in found
    assert "can never match" in found


@pytest.mark.parametrize(
    "rules",
    [
        ["surface: zendesk, specialist: waiter, mode: draft", "surface: zendesk, mode: public"],
        ["surface: zendesk, mode: draft", "plan: pro, mode: public"],
        ["channel: C1, mode: public", "surface: slack, mode: draft"],
        ["group: Support, mode: public", "surface: zendesk, mode: draft"],
        ["surface: [slack, chat], mode: draft", "language: en, mode: public"],
        ["plan: pro, mode: draft", "plan: [pro, free], mode: public"],
    ],
)
def test_rules_that_each_decide_something_are_left_alone(tmp_path: Path, rules: list[str]) -> None:
    assert told(tmp_path, *rules) == []


def test_a_slip_in_a_specialist_gets_the_name_that_was_meant(tmp_path: Path) -> None:
    [found] = told(tmp_path, "specialist: waitr, mode: draft")

    assert "did you mean `waiter`?" in found


def test_a_slip_in_a_group_is_told(tmp_path: Path) -> None:
    [found] = told(tmp_path, "group: Suport, mode: draft")

    assert "did you mean `Support`?" in found
