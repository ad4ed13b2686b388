"""The rest of the `HelpDesk` port: the account, its files, its end."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import (
    PermanentFailure,
    TemporaryFailure,
)
from bot.domain.events import File
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk import zendesk_fixtures as fixtures
from tests.contract.zendesk.zendesk_account import Account
from tests.contract.zendesk.zendesk_contract import contract_file, violations

server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


def attached(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimetype": "text/plain", "content_base64": base64.b64encode(content).decode()}


async def test_groups_are_known_by_name(account: Account, desk: ZendeskHelpDesk) -> None:
    assert await desk.group_id("Billing") == str(account.group("Billing"))
    assert await desk.group_id("billing") == str(account.group("Billing"))
    assert await desk.group_id("Nowhere") == ""
    assert len(account.requests("GET /api/v2/groups")) == 1


async def test_the_account_tells_who_we_are_and_what_it_mails(desk: ZendeskHelpDesk) -> None:
    me = await desk.whoami()
    assert (me.name, me.role) == ("Frontdesk Bot", "admin")
    assert [trigger.title for trigger in await desk.triggers()] == [
        "Notify requester of received request",
        "Notify requester of comment update",
    ]


async def test_a_staff_file_is_downloaded(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    account.comment(ticket_id, "Dana Reyes", "See the label.", files=[attached("label.txt", b"\x00label" * 1000)])
    (file,) = (await desk.read(ticket_id, 0)).comments[-1].files
    assert (file.name, file.mime, file.size) == ("label.txt", "text/plain", 6000)
    assert await desk.download(file) == b"\x00label" * 1000
    assert await desk.download(replace(file, url="")) == b"\x00label" * 1000


async def test_files_elsewhere_are_not_fetched(desk: ZendeskHelpDesk) -> None:
    for url in ("http://169.254.169.254/latest/meta-data", "https://example.com/x", "file:///etc/passwd", "x"):
        with pytest.raises(PermanentFailure):
            await desk.download(File("1", "x", url=url))


async def test_after_closing_nothing_is_sent(account: Account, desk: ZendeskHelpDesk) -> None:
    await desk.close()
    with pytest.raises(TemporaryFailure):
        await desk.whoami()
    assert not account.requests()


def test_every_request_is_held_against_the_vendors_schemas() -> None:
    """The other tests hold each of their requests against this file where it is at hand."""
    document = contract_file("zendesk_requests.json")
    good = {"method": "PUT", "path": "/api/v2/tickets/1.json", "query": {}, "status": 0, "headers": {}}
    bad = [
        {**good, "body": {"ticket": {"id": 1}}},
        {**good, "body": {"ticket": {"priority": "urgentt"}}},
        {**good, "body": {}, "path": "/api/v2/tickets/1/replies"},
        {**good, "body": {"ticket": {}}, "query": {"notify": "1"}},
    ]
    assert document["endpoints"]
    assert violations([{**good, "body": {"ticket": {"assignee_id": None}}}]) == []
    assert all(violations([request]) for request in bad)
