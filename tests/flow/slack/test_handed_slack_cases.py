"""Each case from public bug reports about Slack holds (`../shared/faults/slack`; skipped without it)."""

import json
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.flow.reported.play import open_play

FOLDER = SHARED / "faults" / "slack"
CASES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}


HELD = {
    "01_forward_with_comment",
    "04_table_with_question",
    "05_table_alone",
    "08_control_link_unfurl",
    "09_connect_file_second_person",
    "10_phone_loses_proof",
    "12_grid_click_confirm",
    "13_grid_click_human",
    "16_phone_then_human_button",
    "17_grid_member_team_id_other",
    "19_screenshot_before_escalation",
    "21_connect_file_name",
    "22_external_file_link",
    "23_code_with_channel_mention",
    "25_emoji_after_mention",
    "26_called_under_own_question",
    "28_colleague_calls_bot",
    "29_bare_mention_strict_model",
    "30_deleted_while_answering",
    "31_yes_thumbs_up",
    "32_yes_please_pray",
    "34_group_dm_scope",
    "35_users_info_500_once",
    "36_users_info_429_ticket",
    "38_mention_of_colleague",
    "39_edit_after_relay",
    "41_tokens_revoked_user_only",
    "42_control_click_confirm",
    "43_control_yes_unicode",
}
NAMES = [name if name in HELD else pytest.param(name, marks=pytest.mark.xfail(reason="being mended")) for name in CASES]


@pytest.mark.parametrize("name", NAMES or ["absent"])
async def test_a_reported_case_holds(name: str, redis_url: str, tmp_path: Path) -> None:
    if name not in CASES:
        pytest.skip("no ../shared/faults/slack")
    case = CASES[name]

    async with open_play(redis_url, tmp_path, case.get("with", {})) as play:
        for step in case["steps"]:
            await play.step(step)
        await play.settle()

        for check in case["checks"]:
            await play.holds(check)
