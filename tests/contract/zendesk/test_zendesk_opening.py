"""Opening tickets through the `HelpDesk` port: once, in the customer's name, in the right group."""

from dataclasses import replace

import pytest

from bot.domain.effects import Person
from bot.domain.errors import (
    PermanentFailure,
)
from bot.domain.events import File
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk import zendesk_fixtures as fixtures
from tests.contract.zendesk.zendesk_account import Account
from tests.contract.zendesk.zendesk_fixtures import CONVERSATION, OPEN

server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


async def test_an_escalation_opens_a_ticket_in_the_customers_name(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket = await desk.open(OPEN, ())
    stored = account.ticket(ticket.id)
    sarah = account.user("Sarah Chen")
    assert stored["group_id"] == account.group("Shipping")
    assert (stored["priority"], stored["status"], stored["assignee_id"]) == ("high", "open", None)
    assert set(stored["tags"]) == set(OPEN.tags)
    assert stored["external_id"] == ticket.external_id == CONVERSATION
    (comment,) = stored["comments"]
    assert (stored["requester_id"], comment["author_id"]) == (sarah, sarah)
    assert (comment["body"], comment["public"]) == (OPEN.words, True)


async def test_an_opened_ticket_carries_the_effects_id(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket = await desk.open(OPEN, ())
    (create,) = account.requests("POST /api/v2/tickets")
    (seen,) = (await desk.read(ticket.id, 0)).comments
    assert create["headers"]["idempotency-key"] == OPEN.id
    assert seen.effect_id == OPEN.id


async def test_the_same_effect_opens_one_ticket(account: Account, desk: ZendeskHelpDesk) -> None:
    first, second = await desk.open(OPEN, ()), await desk.open(OPEN, ())
    assert first.id == second.id
    assert len(account.zendesk()["tickets"]) == 1


async def test_an_unverified_person_becomes_a_user_of_their_own(account: Account, desk: ZendeskHelpDesk) -> None:
    stranger = Person(name="Erin Ext", external_id="slack:T0PARTNER:U0EXT")
    ticket = await desk.open(replace(OPEN, requester=stranger), ())
    users = {user["id"]: user for user in account.zendesk()["users"]}
    requester = users[account.ticket(ticket.id)["requester_id"]]
    assert (requester["name"], requester["external_id"]) == ("Erin Ext", "slack:T0PARTNER:U0EXT")
    assert not requester["email"]
    assert not (await desk.read(ticket.id, 0)).comments[0].author.verified


async def test_a_person_known_by_id_is_taken_as_they_are(account: Account, desk: ZendeskHelpDesk) -> None:
    person = Person(name="renamed", id=str(account.user("Marcus Johnson")))
    ticket = await desk.open(replace(OPEN, requester=person), ())
    assert account.ticket(ticket.id)["requester_id"] == account.user("Marcus Johnson")
    assert not account.requests("POST /api/v2/users")


async def test_nobody_is_not_a_requester(desk: ZendeskHelpDesk) -> None:
    with pytest.raises(PermanentFailure):
        await desk.open(replace(OPEN, requester=Person(name="Only a name")), ())


async def test_words_are_shown_and_never_executed(account: Account, desk: ZendeskHelpDesk) -> None:
    words = "<script>alert(1)</script> {{ticket.requester.email}} {% raw %} <b>&amp;</b>"
    ticket = await desk.open(replace(OPEN, words=words, subject="{{ticket.id}} late"), ())
    stored = account.ticket(ticket.id)
    text = stored["comments"][0]["body"].replace("\u200b", "")
    assert text == words
    assert "<script" not in stored["comments"][0]["html_body"]
    assert stored["subject"].replace("\u200b", "") == "{{ticket.id}} late"


async def test_files_travel_with_the_words(account: Account, desk: ZendeskHelpDesk) -> None:
    files = (File("F1", "a&b ü.txt", mime="text/plain"), File("F2", "empty.bin", mime="broken\r\nmime"))
    ticket = await desk.open(replace(OPEN, files=files), (b"hello", b""))
    attachments = account.ticket(ticket.id)["comments"][0]["attachments"]
    assert [(item["file_name"], item["size"]) for item in attachments] == [("a&b ü.txt", 5), ("empty.bin", 0)]


async def test_a_follow_up_names_the_closed_ticket(account: Account, desk: ZendeskHelpDesk) -> None:
    closed = account.new_ticket()
    account.change(closed, "Lee Park", status="closed")
    await desk.open(replace(OPEN, follows=closed), ())
    (create,) = account.requests("POST /api/v2/tickets")
    assert create["body"]["ticket"]["via_followup_source_id"] == int(closed)
