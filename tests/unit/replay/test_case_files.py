"""A case file of a replay can be read again, whatever people wrote."""

import yaml

from bot.replay.case_files import _comment


def test_a_comment_holds_nothing_that_yaml_takes_for_no_text() -> None:
    said = _comment("Refunded.\x00\x1b[31m\x85\ufeff\nThe rest\u2028follows 日本語 😀")
    assert yaml.safe_load(f"# {said}\nname: a\n") == {"name": "a"}
    assert "日本語 😀" in said
