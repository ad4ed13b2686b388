"""How much the bot may do: what is left of a decision under something that allows less."""

import pytest

from bot.domain.autonomy import Decision, Mode


@pytest.mark.parametrize(
    ("decided", "allowed", "left"),
    [
        (Mode.PUBLIC, Mode.PUBLIC, Mode.PUBLIC),
        (Mode.PUBLIC, Mode.DRAFT, Mode.DRAFT),
        (Mode.PUBLIC, Mode.SILENT, Mode.SILENT),
        (Mode.DRAFT, Mode.PUBLIC, Mode.DRAFT),
        (Mode.DRAFT, Mode.SILENT, Mode.SILENT),
        (Mode.SILENT, Mode.DRAFT, Mode.SILENT),
    ],
)
def test_no_more_is_left_than_both_allow(decided: Mode, allowed: Mode, left: Mode) -> None:
    assert Decision(decided).at_most(allowed, "brake", "somebody braked").mode is left


def test_what_held_it_back_is_named_and_what_did_not_is_not() -> None:
    braked = Decision(Mode.PUBLIC, "a rule", trial=frozenset({"refund"})).at_most(Mode.DRAFT, "brake", "braked")
    untouched = Decision(Mode.DRAFT, "a rule", "a rule says so").at_most(Mode.DRAFT, "brake", "braked")

    assert (braked.rule, braked.why, braked.trial) == ("brake", "braked", frozenset({"refund"}))
    assert (untouched.rule, untouched.why) == ("a rule", "a rule says so")
