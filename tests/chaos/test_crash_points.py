"""A control run leaves out what is there: a safeguard that moved would be left out no more."""

import pytest

from bot.delivery.dispatcher import Delivery
from bot.delivery.handlers import HANDLERS
from bot.delivery.handlers.contract import Ports
from bot.store.records.run_journal import TurnJournal
from bot.store.redis import SCRIPTS
from integrations.slack.outbound.channel import SlackChannel
from tests.chaos.crash_points import FENCE, TURN

PROVEN = sorted(path.stem for path in SCRIPTS.glob("*.lua") if "ARGV proof" in path.read_text())


@pytest.mark.parametrize("name", PROVEN)
def test_the_fence_stands_where_it_is_left_out(name: str) -> None:
    assert len(FENCE.findall((SCRIPTS / f"{name}.lua").read_text())) == 1


def test_the_turn_s_number_stands_where_it_is_left_out() -> None:
    assert len(TURN.findall((SCRIPTS / "commit.lua").read_text())) == 1
    assert {"commit", "settle", "expand", "note", "renew", "release", "journal"} <= set(PROVEN)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        *[(type(handler), "find") for handler in HANDLERS.values()],
        (Delivery, "doubt"),
        (Ports, "doubt"),
        (SlackChannel, "_own"),
        (SlackChannel, "_all_own"),
        (TurnJournal, "recall"),
    ],
)
def test_what_reads_back_has_the_name_by_which_it_is_left_out(owner: type, name: str) -> None:
    assert callable(getattr(owner, name))
