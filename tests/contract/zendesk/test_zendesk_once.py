"""Every write is sent once: over TLS too, whatever breaks, and the log says nothing of it."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.effects import UpdateTicket
from bot.domain.errors import PermanentFailure, TemporaryFailure, UnknownOutcome
from bot.domain.events import File
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.conftest import PATIENCE_SECONDS
from tests.contract.zendesk import zendesk_fixtures as fixtures
from tests.contract.zendesk.zendesk_account import API_TOKEN, OAUTH, Account, served, signed_in
from tests.contract.zendesk.zendesk_fixtures import NOTE, OPEN
from tests.doubles.clock import ManualClock

TIMES = 5
server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


async def once(account: Account) -> bool:
    """Return whether the faulty call came exactly once; all that was sent has arrived before a later call."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not account.struck(TIMES):
            await asyncio.to_thread(account.zendesk)
    return account.struck(TIMES) == 1


async def test_an_update_that_timed_out_is_sent_exactly_once(account: Account, clock: ManualClock) -> None:
    ticket_id = account.new_ticket()
    async with signed_in(account, clock, timeout=(10.0, 1.0)) as desk:
        account.fault("PUT /api/v2/tickets/*", "timeout", times=TIMES, seconds=30)
        with pytest.raises(UnknownOutcome):
            await desk.update(ticket_id, NOTE, ())
    assert await once(account)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("lost_answer", {}),
        ("reset", {}),
        ("html_502", {}),
        ("status", {"status": 500}),
        ("status", {"status": 503}),
        ("status", {"status": 504}),
    ],
)
async def test_an_unsure_update_is_sent_once_and_found_again(
    account: Account, desk: ZendeskHelpDesk, kind: str, more: dict[str, Any]
) -> None:
    ticket_id = account.new_ticket()
    account.fault("PUT /api/v2/tickets/*", kind, times=TIMES, **more)
    with pytest.raises(UnknownOutcome):
        await desk.update(ticket_id, NOTE, ())
    assert len(account.requests("PUT /api/v2/tickets")) == 1
    written = account.ticket(ticket_id)["comments"][1:]
    expected = (True, written[0]["id"]) if written else (False, 0)
    assert bool(written) is (kind == "lost_answer")
    assert await desk.find_update(ticket_id, NOTE.id) == expected
    assert await desk.find_update(ticket_id, "another-effect") == (False, 0)


@pytest.mark.parametrize("fault", [{"kind": "429"}, {"kind": "status", "status": 503}])
async def test_what_zendesk_put_off_is_tried_later_and_not_now(
    account: Account, desk: ZendeskHelpDesk, fault: dict[str, Any]
) -> None:
    ticket_id = account.new_ticket()
    account.fault("PUT /api/v2/tickets/*", times=TIMES, retry_after=17, **fault)
    with pytest.raises(TemporaryFailure) as failure:
        await desk.update(ticket_id, NOTE, ())
    assert not isinstance(failure.value, UnknownOutcome)
    assert failure.value.retry_after == 17
    assert len(account.requests("PUT /api/v2/tickets")) == 1


async def test_nothing_was_sent_where_nobody_listens(clock: ManualClock) -> None:
    with served() as account:
        assert account.url  # and now nobody listens there any more
    async with signed_in(account, clock, **(dict.fromkeys(OAUTH, "") | API_TOKEN)) as desk:
        with pytest.raises(TemporaryFailure) as failure:
            await desk.update("1", NOTE, ())
    assert not isinstance(failure.value, UnknownOutcome)


async def test_a_caller_who_left_causes_no_further_request(account: Account, desk: ZendeskHelpDesk) -> None:
    await desk.whoami()
    account.fault("POST /api/v2/uploads", "network_delay", seconds=2)
    effect = replace(OPEN, files=(File("F1", "a.txt", mime="text/plain"),))
    task = asyncio.create_task(desk.open(effect, (b"x",)))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not account.requests("GET /api/v2/users/search"):
            await asyncio.to_thread(account.zendesk)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await desk.close()
    assert not account.requests("POST /api/v2/tickets")


async def test_many_updates_at_once_each_say_their_own(account: Account, desk: ZendeskHelpDesk) -> None:
    tickets = [account.new_ticket() for _ in range(12)]
    effects = [UpdateTicket(id=f"e{ticket_id}", comment=f"for {ticket_id}") for ticket_id in tickets]
    await asyncio.gather(*(desk.update(t, effect, ()) for t, effect in zip(tickets, effects, strict=True)))
    for ticket_id in tickets:
        assert account.ticket(ticket_id)["comments"][-1]["body"] == f"for {ticket_id}"


async def test_the_log_says_nothing_of_what_was_written(
    account: Account, desk: ZendeskHelpDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    effect = replace(OPEN, words="card 4111 1111", files=(File("F1", "private.txt"),))
    ticket = await desk.open(effect, (b"x",))
    await desk.update(ticket.id, UpdateTicket(id="e", comment="card 4111 1111", author=OPEN.requester), ())
    account.fault("PUT /api/v2/tickets/*", "status", status=422, error="card 4111 1111")
    with pytest.raises(PermanentFailure) as failure:
        await desk.update(ticket.id, UpdateTicket(id="f", comment="card 4111 1111"), ())
    everything = f"{caplog.text} {failure.value!r} {failure.value.__cause__!r}"
    for secret in ("4111", "sarah.chen@example.com", "sandbox-secret", "Bearer"):
        assert secret not in everything
