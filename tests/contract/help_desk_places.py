"""Where the contract of a `HelpDesk` is tried: the simulated vendor with the real adapter, and the double in memory."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import TemporaryFailure, UnknownOutcome
from bot.domain.ports import HelpDesk
from tests.contract.zendesk.zendesk_account import Account, served, signed_in
from tests.contract.zendesk.zendesk_contract import CONTRACTS, violations
from tests.doubles import account as memory
from tests.doubles.clock import ManualClock
from tests.doubles.help_desk import InMemoryHelpDesk


class Place(Protocol):
    """An account, what people do there, and the adapter to it; users are named, not numbered."""

    desk: HelpDesk

    def new_ticket(self, requester: str = "Sarah Chen", **more: Any) -> str:
        """Let a customer open a ticket; return its id."""

    def comment(self, ticket_id: str, author: str, body: str, **more: Any) -> None:
        """Let somebody write on a ticket."""

    def change(self, ticket_id: str, actor: str, **fields: Any) -> None:
        """Let a human agent change fields and tags."""

    def user(self, name: str) -> int:
        """Return a user's id."""

    def lose_answer(self, method: str) -> None:
        """Let the next call of `open` or `update` do its work, and nobody hear of it."""

    def break_off(self, method: str) -> None:
        """Let the next call of `open` or `update` come to nothing, and nobody hear of that."""

    def limit(self, method: str, seconds: float) -> None:
        """Let the next call of `open` or `update` be put off."""


CALLS = {"open": "POST /api/v2/tickets", "update": "PUT /api/v2/tickets/*"}


class ZendeskPlace:
    """The real adapter, on the simulated account."""

    def __init__(self, account: Account, desk: HelpDesk) -> None:
        self.account = account
        self.desk = desk
        self.new_ticket = account.new_ticket
        self.comment = account.comment
        self.change = account.change
        self.user = account.user

    def lose_answer(self, method: str) -> None:
        self.account.fault(CALLS[method], "lost_answer")

    def break_off(self, method: str) -> None:
        self.account.fault(CALLS[method], "reset")

    def limit(self, method: str, seconds: float) -> None:
        self.account.fault(CALLS[method], "429", retry_after=seconds)


class MemoryPlace:
    """The double."""

    def __init__(self) -> None:
        self.account = memory.Account(ManualClock(time.time()))
        self.desk: HelpDesk = InMemoryHelpDesk(self.account)

    def new_ticket(self, requester: str = "Sarah Chen", **more: Any) -> str:
        return self.account.new_ticket(requester, **more)

    def comment(self, ticket_id: str, author: str, body: str, **more: Any) -> None:
        self.account.comment(ticket_id, author, body, **more)

    def change(self, ticket_id: str, actor: str, **fields: Any) -> None:
        self.account.change(ticket_id, actor, **fields)

    def user(self, name: str) -> int:
        return self.account.user(name)

    def lose_answer(self, method: str) -> None:
        self.account.failures.lose_answer(method)

    def break_off(self, method: str) -> None:
        self.account.failures.refuse(method, UnknownOutcome("reset"))

    def limit(self, method: str, seconds: float) -> None:
        self.account.failures.refuse(method, TemporaryFailure("limited", seconds))


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with served() as account:
        yield account


@pytest.fixture(params=["zendesk", "memory"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    if request.param == "memory":
        yield MemoryPlace()
        return
    account: Account = request.getfixturevalue("server")
    account.reset()
    with capture_logs() as logs:
        async with signed_in(account, ManualClock(time.time())) as desk:
            yield ZendeskPlace(account, desk)
    # Zendesk drops unknown fields in silence and only warns of them in a header.
    assert not [line for line in logs if line["event"] == "zendesk.api_warn"]
    if CONTRACTS.is_dir():
        assert violations(account.requests()) == []
