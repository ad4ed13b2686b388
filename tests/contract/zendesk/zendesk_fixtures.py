"""What the contract tests of the Zendesk adapter share: the account, the adapter, and a first effect."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs

from bot.domain.effects import OpenTicket, Person, UpdateTicket
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk.zendesk_account import Account, served, signed_in
from tests.contract.zendesk.zendesk_contract import CONTRACTS, violations
from tests.doubles.clock import ManualClock

CONVERSATION = "slack:T0FRONTDSK:D0SARAH:1700000000.000100"
OPEN = OpenTicket(
    id="slack:T0FRONTDSK:D0SARAH:1700000000.000100/open",
    subject="Late order",
    words="My order A1001 is late.\nWhere is it?",
    requester=Person(name="Sarah Chen", email="sarah.chen@example.com"),
    group="Shipping",
    priority="high",
    tags=("frontdesk", "frontdesk_escalated", "frontdesk_slack"),
    external_id=CONVERSATION,
)
NOTE = UpdateTicket(id="effect-note", comment="**Issue**: late order")


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with served() as account:
        yield account


@pytest.fixture
def account(server: Account) -> Iterator[Account]:
    server.reset()
    with capture_logs() as logs:
        yield server
    # Zendesk drops unknown fields in silence and only warns of them in a header.
    assert not [line for line in logs if line["event"] == "zendesk.api_warn"]
    if CONTRACTS.is_dir():
        assert violations(server.requests()) == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(time.time())  # the machine's, so that the simulator agrees


@pytest.fixture
async def desk(account: Account, clock: ManualClock) -> AsyncIterator[ZendeskHelpDesk]:
    async with signed_in(account, clock) as desk:
        yield desk
