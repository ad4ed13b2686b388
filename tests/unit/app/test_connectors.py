"""What is told when a step of a new channel or help desk is forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from bot.app.connectors import CONNECTORS, declare_all, open_sides, values_of
from bot.app.settings import Settings, load_settings
from bot.domain.capabilities import UnknownOrigin, capabilities_of, desk_origin
from bot.domain.errors import ConfigError
from bot.domain.ids import Origin
from bot.domain.ports import Channel
from bot.domain.ports.plain_channel import PlainChannel
from bot.runtime.connectors import Connector
from tests.doubles.account import Account
from tests.doubles.clock import ManualClock
from tests.doubles.toy_connector import desk_connector, new_origin

ROOT = Path(__file__).resolve().parents[3]

METHODS: Mapping[str, Sequence[str]] = {
    "has_threads": ("other_teams", "guests", "is_member", "lines_above"),
    "direct_messages": ("open_direct", "announce", "find_announced"),
    "seats_colleagues": ("announce", "find_announced", "amend", "whisper", "is_member"),
    "edits": ("amend", "take_back", "tidy"),
}
"""What a channel writes itself for a capability, instead of what `PlainChannel` has."""


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with which all vendors are connected, also those that read variables of their own."""
    for connector in CONNECTORS:
        for variable in own_variables(connector.settings):
            monkeypatch.setenv(variable.name.upper(), "x")
    return load_settings(
        _env_file=None,
        slack_bot_token="xoxb-1",
        slack_signing_secret="s",
        zendesk_url="https://acme.zendesk.com",
        zendesk_client_id="a",
        zendesk_client_secret="b",
        zendesk_webhook_secret="c",
        frontdesk_model="offline",
    )


def own_variables(values: Any) -> Sequence[Field[Any]]:
    """Return the fields of a connector's values that the product's settings do not know."""
    known = Settings(_env_file=None)
    return [each for each in fields(values) if not hasattr(known, each.name)]


def no_texts(values: Any) -> list[str]:
    """Return the own variables that are no text, as which alone they can be read."""
    return [each.name for each in own_variables(values) if each.type not in {str, "str"}]


def lacking(connector: Connector[Any], channel: Channel) -> list[str]:
    """Return the methods that a channel owes to what its connector declares."""
    return [
        f"{name}: {method}"
        for name, methods in METHODS.items()
        for method in methods
        if getattr(connector.capabilities, name)
        and getattr(type(channel), method, None) in {None, getattr(PlainChannel, method)}
    ]


def test_each_origin_has_one_connector_and_each_folder_of_a_vendor_is_in_the_table() -> None:
    assert sorted(connector.origin for connector in CONNECTORS) == sorted(Origin)

    folders = {path.parent.name for path in (ROOT / "integrations").glob("*/connector.py")}
    modules = {connector.open.__module__.split(".")[1] for connector in CONNECTORS}
    assert modules == folders


def test_whoever_has_a_channel_carries_what_people_say_into_it(everything: Settings) -> None:
    sides = open_sides(everything, ManualClock())
    silent = [
        connector.origin
        for connector, side in sides.opened
        if side.channel is not None and not connector.capabilities.relays_staff
    ]
    assert silent == []


def test_answers_go_one_way_out(everything: Settings) -> None:
    """To the caller who waits, onto the ticket, or into the channel."""
    for connector, side in open_sides(everything, ManualClock()).opened:
        can = connector.capabilities
        assert [can.waits_for_answer, can.is_ticket, side.channel is not None].count(True) == 1, connector.origin
        assert can.is_ticket == (side.helpdesk is not None)


def test_a_channel_does_what_its_connector_declares(everything: Settings) -> None:
    for connector, side in open_sides(everything, ManualClock()).opened:
        if side.channel is not None:
            assert lacking(connector, side.channel) == []


def test_a_capability_whose_methods_are_forgotten_is_told() -> None:
    [slack] = [connector for connector in CONNECTORS if connector.origin is Origin.SLACK]
    assert "has_threads: guests" in lacking(slack, PlainChannel())  # type: ignore[arg-type]


def test_what_a_connector_needs_is_a_setting_or_a_variable_as_text() -> None:
    strange = {connector.origin: names for connector in CONNECTORS if (names := no_texts(connector.settings))}
    assert strange == {}


@dataclass(frozen=True)
class Values:
    """What a vendor needs that the product's settings do not know."""

    toy_token: str
    toy_rooms: str = "all"


@dataclass(frozen=True)
class Counting(Values):
    """What cannot be read from the environment, which holds texts."""

    toy_seats: int = 7


def test_a_text_of_a_new_vendor_is_allowed_and_a_number_is_told() -> None:
    assert no_texts(Values) == []
    assert no_texts(Counting) == ["toy_seats"]


def test_a_variable_of_a_new_vendor_is_read_from_the_environment_and_named_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(_env_file=None)
    assert fields(Values)[0].default is MISSING
    with pytest.raises(ConfigError, match="TOY_TOKEN"):
        values_of(settings, Values)

    monkeypatch.setenv("TOY_TOKEN", "t-1")
    assert values_of(settings, Values) == Values("t-1", "all")


def test_of_two_help_desks_the_one_that_is_connected_is_meant() -> None:
    with new_origin("otherdesk") as origin:
        other = replace(desk_connector(Account(ManualClock())), origin=origin)
        open_sides(Settings(_env_file=None), ManualClock(), connectors=(*CONNECTORS, other))
        assert desk_origin() is origin
    declare_all()  # the product's own again
    assert desk_origin() is Origin.ZENDESK


def test_an_origin_without_a_connector_is_reported_plainly() -> None:
    with pytest.raises(UnknownOrigin, match="no connector declares what can be done in 'mars' conversations"):
        capabilities_of("mars:1")
