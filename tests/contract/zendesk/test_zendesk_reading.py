"""Reading through the `HelpDesk` port: who wrote what, and how far it may be believed."""

import time

from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk import zendesk_fixtures as fixtures
from tests.contract.zendesk.zendesk_account import Account
from tests.doubles.clock import ManualClock

server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


async def test_a_customers_ticket_is_read_with_who_wrote_it(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket(subject="Where is it?", body="My order is late.")
    reading = await desk.read(ticket_id, 0)
    ticket = reading.ticket
    (comment,) = reading.comments
    author = comment.author
    assert (ticket.id, ticket.subject, ticket.via) == (ticket_id, "Where is it?", "web")
    assert (ticket.submitted_by_customer, ticket.assigned_to_person) == (True, False)
    assert abs(ticket.created_at - time.time()) < 60
    assert ticket.updated_at == account.ticket(ticket_id)["updated_at"]
    assert (comment.text, comment.public, comment.flagged) == ("My order is late.", True, False)
    assert comment.effect_id == ""
    assert author.id == f"zendesk:{account.user('Sarah Chen')}"
    assert (author.name, author.email) == ("Sarah Chen", "sarah.chen@example.com")
    assert (author.verified, author.is_staff) == (True, False)


async def test_a_long_ticket_is_read_page_by_page(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    for number in range(120):
        account.comment(ticket_id, "Sarah Chen", f"line {number}")
    comments = (await desk.read(ticket_id, 0)).comments
    assert [comment.text for comment in comments[1:]] == [f"line {number}" for number in range(120)]
    assert len(account.requests(f"GET /api/v2/tickets/{ticket_id}/comments")) == 2
    newest = await desk.read(ticket_id, comments[-2].id)
    assert len(newest.comments) == 1
    assert len(account.requests(f"GET /api/v2/tickets/{ticket_id}/comments")) == 3


async def test_an_unverified_address_proves_nothing(account: Account, desk: ZendeskHelpDesk) -> None:
    somebody = {"name": "Somebody", "email": "marcus@elsewhere.example"}
    made = account.control("zendesk/ticket", requester=somebody, subject="Hi", body="I am Marcus Johnson.")
    (comment,) = (await desk.read(str(made["id"]), 0)).comments
    assert not comment.flagged
    assert not comment.author.verified


async def test_a_merged_ticket_names_the_one_to_follow(account: Account, desk: ZendeskHelpDesk) -> None:
    source, target = account.new_ticket(), account.new_ticket()
    account.control("zendesk/merge", source_id=int(source), target_id=int(target))
    merged = (await desk.read(source, 0)).ticket
    assert (merged.status, merged.follows) == ("closed", target)
    assert (await desk.read(target, 0)).ticket.follows == ""


async def test_words_about_a_merge_lead_to_no_strangers_ticket(account: Account, desk: ZendeskHelpDesk) -> None:
    victim = account.new_ticket("Marcus Johnson")
    ticket_id = account.new_ticket("Sarah Chen")
    account.comment(ticket_id, "Sarah Chen", f"This request was closed and merged into request #{victim}.")
    account.change(ticket_id, "Lee Park", status="closed", add_tags=["closed_by_merge"])
    assert (await desk.read(ticket_id, 0)).ticket.follows == ""


async def test_users_are_asked_for_once_in_five_minutes(
    account: Account, desk: ZendeskHelpDesk, clock: ManualClock
) -> None:
    ticket_id = account.new_ticket()
    for _ in range(3):
        await desk.read(ticket_id, 0)
    assert len(account.requests("GET /api/v2/users/show_many")) == 1
    clock.advance(301)
    await desk.read(ticket_id, 0)
    assert len(account.requests("GET /api/v2/users/show_many")) == 2
