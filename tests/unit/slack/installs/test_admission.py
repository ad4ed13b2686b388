"""Whose deliveries are taken, on each of the ways in: lines, other events, clicks, modals."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.domain.errors import TemporaryFailure
from integrations.slack.inbound.receiver import create_router
from integrations.slack.installs.known import Sender, sender_of
from tests.doubles.clock import ManualClock
from tests.unit.slack.payloads import click_payload, envelope, line, submission_payload
from tests.unit.slack.test_receiver import NOW, SECRET, Store, deliver, interact

LEFT = {"type": "channel_left", "channel": "C1"}


class Door:
    """Lets everybody in, nobody, or fails."""

    def __init__(self, answer: bool | Exception) -> None:
        self._answer = answer

    async def admits(self, _data: Mapping[str, Any]) -> bool:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def statuses(store: Store, door: Door) -> list[int]:
    """Deliver one of each kind; return what they were answered."""
    routes = create_router(store, [SECRET], ManualClock(NOW), admission=door).routes
    transport = httpx.ASGITransport(app=Starlette(routes=routes), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as slack:
        answers = [await deliver(slack, body) for body in (line(), envelope(LEFT))]
        answers += [await interact(slack, payload) for payload in (click_payload(), submission_payload())]
    return [answer.status_code for answer in answers]


async def test_what_is_not_admitted_is_acknowledged_and_leaves_nothing() -> None:
    store = Store()

    assert await statuses(store, Door(False)) == [200] * 4
    assert store.stored == []


async def test_what_nobody_can_tell_now_is_delivered_again() -> None:
    store = Store()

    assert await statuses(store, Door(TemporaryFailure("store: ConnectionError"))) == [503] * 4
    assert store.stored == []


async def test_what_is_admitted_is_stored() -> None:
    store = Store()

    assert await statuses(store, Door(True)) == [200] * 4
    assert len(store.stored) == 4


def of_organisation(team: str | None) -> list[dict[str, Any]]:
    """Return the authorizations of an organisation's event."""
    return [{"enterprise_id": "E1", "team_id": team, "user_id": "U1", "is_bot": True, "is_enterprise_install": True}]


SENDERS: dict[str, tuple[dict[str, Any], Sender | None]] = {
    "a workspace's": (envelope(LEFT, team_id="T1", authorizations=[]), Sender(("T1",), at=1_700_000_000.0)),
    "an organisation's, from a workspace": (
        envelope(LEFT, team_id="T2", authorizations=of_organisation("T2")),
        Sender(("T2",), "E1", 1_700_000_000.0),
    ),
    "an organisation's end, which names no workspace": (
        envelope({"type": "app_uninstalled"}, team_id=None, authorizations=of_organisation(None)),
        Sender(("E1",), "E1", 1_700_000_000.0, is_farewell=True),
    ),
    "a guest's click": (
        click_payload(team={"id": "T9"}, user={"id": "U1", "team_id": "T9"}),
        Sender(("T9", "T1")),
    ),
    "a click in an organisation": (
        click_payload(enterprise={"id": "E1"}, is_enterprise_install=True),
        Sender(("T1",), "E1"),
    ),
    "nobody's": ({"type": "url_verification", "challenge": "x"}, None),
    "one that is broken": ({"type": "block_actions"}, None),
}


@pytest.mark.parametrize(("data", "sender"), SENDERS.values(), ids=SENDERS.keys())
def test_it_is_known_whose_a_request_is(data: dict[str, Any], sender: Sender | None) -> None:
    assert sender_of(data) == sender
