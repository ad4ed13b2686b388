"""Signing in to Zendesk through the `HelpDesk` port."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.errors import (
    ConfigError,
    SignedOut,
    TemporaryFailure,
)
from bot.domain.events import File
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk import zendesk_fixtures as fixtures
from tests.contract.zendesk.zendesk_account import API_TOKEN, OAUTH, Account, signed_in
from tests.contract.zendesk.zendesk_fixtures import OPEN
from tests.doubles.clock import ManualClock

server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


async def test_one_token_serves_many_at_once(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    await asyncio.gather(*(desk.read(ticket_id, 0) for _ in range(16)))
    assert len(account.requests("POST /oauth/tokens")) == 1


async def test_a_token_is_renewed_before_it_ends(account: Account, desk: ZendeskHelpDesk, clock: ManualClock) -> None:
    ticket_id = account.new_ticket()
    await desk.read(ticket_id, 0)
    clock.advance(0.79 * 1800)
    await desk.read(ticket_id, 0)
    assert len(account.requests("POST /oauth/tokens")) == 1
    clock.advance(0.02 * 1800)
    await desk.read(ticket_id, 0)
    assert len(account.requests("POST /oauth/tokens")) == 2


async def test_a_token_that_still_lives_outlasts_a_failing_renewal(
    account: Account, desk: ZendeskHelpDesk, clock: ManualClock
) -> None:
    ticket_id = account.new_ticket()
    await desk.read(ticket_id, 0)
    clock.advance(0.9 * 1800)
    account.fault("POST /oauth/tokens", "status", status=503, times=50)
    assert (await desk.read(ticket_id, 0)).comments
    clock.advance(0.2 * 1800)
    with pytest.raises(TemporaryFailure):
        await desk.read(ticket_id, 0)


async def test_a_token_ended_early_is_fetched_anew_and_the_request_repeated(
    account: Account, desk: ZendeskHelpDesk
) -> None:
    effect = replace(OPEN, files=(File("F1", "a.txt", mime="text/plain"),))
    await desk.whoami()
    for match in ("POST /api/v2/uploads", "POST /api/v2/tickets"):
        account.fault(match, "status", status=401, error="invalid_token")
        ticket = await desk.open(replace(effect, id=match, external_id=match), (b"hello",))
        assert account.ticket(ticket.id)["comments"][0]["attachments"][0]["size"] == 5
    assert len(account.requests("POST /oauth/tokens")) == 3


async def test_credentials_that_stay_refused_are_not_tried_for_ever(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    account.fault("GET /api/v2/tickets/*", "status", status=401, error="invalid_token", times=50)
    with pytest.raises(SignedOut):
        await desk.read(ticket_id, 0)
    assert len(account.requests("GET /api/v2/tickets")) == 2


async def test_wrong_credentials_are_told_apart(account: Account, clock: ManualClock) -> None:
    for wrong in (OAUTH | {"client_secret": "guess"}, dict.fromkeys(OAUTH, "") | API_TOKEN | {"api_token": "x"}):
        async with signed_in(account, clock, **wrong) as desk:
            with pytest.raises(SignedOut):
                await desk.whoami()


async def test_an_api_token_serves_while_there_are_any(account: Account, clock: ManualClock) -> None:
    token = dict.fromkeys(OAUTH, "") | API_TOKEN
    async with signed_in(account, clock, **token) as desk:
        assert (await desk.whoami()).name == "Frontdesk Bot"
    assert not account.requests("POST /oauth/tokens")


async def test_without_credentials_there_is_no_start(account: Account, clock: ManualClock) -> None:
    with pytest.raises(ConfigError, match="ZENDESK_CLIENT_ID"):
        async with signed_in(account, clock, **dict.fromkeys(OAUTH, "")):
            pytest.fail("started")
