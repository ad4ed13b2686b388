"""What a click means."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidRequest
from integrations.slack.inbound.clicks import parse_click, read_form
from tests.unit.slack.payloads import click_payload

API = "http://127.0.0.1:5000/slack/api/"


def form(payload: Any) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


def test_a_click_names_person_button_and_conversation() -> None:
    click = parse_click(read_form(form(click_payload())), API)

    assert (click.team, click.user_team, click.user, click.author_id) == ("T1", "T1", "U1", "slack:T1:U1")
    assert (click.channel, click.message_ts, click.thread_ts) == ("C1", "1700000009.000100", "1700000000.000100")
    assert (click.action_id, click.value) == ("frontdesk_human", "opaque")
    assert click.conversation == "slack:T1:C1:1700000000.000100"
    assert click.response_url == "https://hooks.slack.com/actions/T1/1/x"


def test_two_deliveries_of_one_click_share_their_id_and_two_clicks_do_not() -> None:
    again = click_payload()
    again["actions"][0]["action_ts"] = "1700000011.000200"
    first, same, other = (parse_click(one, API) for one in (click_payload(), click_payload(), again))
    assert first.id == same.id != other.id


def test_a_guest_clicks_under_their_own_workspace() -> None:
    click = parse_click(click_payload(user={"id": "U2", "team_id": "T2"}, team={"id": "T2"}), API)
    assert (click.team, click.author_id) == ("T1", "slack:T2:U2")


def test_a_foreign_block_falls_back_to_the_thread_it_stands_in() -> None:
    payload = click_payload()
    payload["actions"][0]["block_id"] = "b1"
    assert parse_click(payload, API).conversation == "slack:T1:C1:1700000000.000100"
    del payload["container"]["thread_ts"]
    assert parse_click(payload, API).conversation == "slack:T1:C1:1700000009.000100"


def test_a_click_is_known_by_its_message_where_nothing_else_tells() -> None:
    payload = click_payload(message={"ts": "1700000009.000100", "thread_ts": "1700000000.000100"})
    del payload["container"]
    payload["channel"] = {"id": "C1"}
    click = parse_click(payload, API)
    assert (click.message_ts, click.thread_ts) == ("1700000009.000100", "1700000000.000100")


def test_a_menus_choice_is_the_value() -> None:
    payload = click_payload()
    payload["actions"][0] |= {"value": None, "selected_option": {"value": "good"}}
    assert parse_click(payload, API).value == "good"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://hooks.slack.com/actions/1", True),
        ("http://127.0.0.1:5000/slack/response/1", True),
        ("http://hooks.slack.com/actions/1", False),
        ("https://hooks.slack.com.evil.example/1", False),
        ("https://hooks.slack.com@evil.example/1", False),
        ("https://notslack.com/1", False),
        ("http://127.0.0.1:5001/1", False),
        ("http://169.254.169.254/", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_an_answering_address_is_kept_only_at_slack(url: str, kept: bool) -> None:
    assert bool(parse_click(click_payload(response_url=url), API).response_url) is kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"payload=notjson",
        b"payload=[1]",
        b"payload=",
        b"payload=%7B%7D",
        b"payload=%ff",
        b"other=1",
        form({"type": 5}),
        form({"type": "block_actions"}),
        form(click_payload(user="x")),
        form(click_payload(actions=[])),
        form(click_payload(actions=[{}])),
        form('{"type": "block_actions", "user": {"id": "\\ud800"}}'),
        b"&".join(b"a=%d" % n for n in range(200)),
    ],
)
def test_malformed_forms_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_form(body)


def test_a_click_outside_of_a_message_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        parse_click(click_payload(container={}), API)


def test_a_slash_command_is_a_form() -> None:
    assert read_form(b"command=%2Ffrontdesk&text=&team_id=T1")["command"] == "/frontdesk"


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: urlencode({"payload": text}).encode()))
def test_no_form_breaks_the_parser(body: bytes) -> None:
    try:
        read_form(body)
    except InvalidRequest:
        return
