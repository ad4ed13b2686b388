"""Reading through the `HelpDesk` port: who wrote what, and how far it may be believed."""

import time

import pytest

from bot.domain.errors import (
    NotFound,
)
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract import zendesk_fixtures as fixtures
from tests.contract.zendesk_account import Account
from tests.doubles.clock import ManualClock

server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


async def test_a_customers_ticket_is_read_with_who_wrote_it(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket(subject="Where is it?", body="My order is late.")
    reading = await desk.read(ticket_id, 0)
    ticket, (comment,) = reading.ticket, reading.comments
    assert (ticket.id, ticket.subject, ticket.via) == (ticket_id, "Where is it?", "web")
    assert ticket.submitted_by_customer
    assert not ticket.assigned_to_person
    assert abs(ticket.created_at - time.time()) < 60
    assert ticket.updated_at == account.ticket(ticket_id)["updated_at"]
    assert (comment.text, comment.public, comment.flagged) == ("My order is late.", True, False)
    assert comment.effect_id == ""
    assert comment.author.id == f"zendesk:{account.user('Sarah Chen')}"
    assert (comment.author.name, comment.author.email) == ("Sarah Chen", "sarah.chen@example.com")
    assert comment.author.verified
    assert not comment.author.is_staff


async def test_only_comments_newer_than_the_last_seen_are_read(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    first = (await desk.read(ticket_id, 0)).comments[-1].id
    account.comment(ticket_id, "Dana Reyes", "I am looking into it.")
    account.comment(ticket_id, "Dana Reyes", "Customer is upset.", public=False)
    public, note = (await desk.read(ticket_id, first)).comments
    assert (public.text, public.public) == ("I am looking into it.", True)
    assert (note.text, note.public) == ("Customer is upset.", False)
    assert public.author.is_staff
    assert public.author.name == "Dana"
    assert (await desk.read(ticket_id, note.id)).comments == ()


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


async def test_a_spoofed_sender_proves_nothing(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket(trusted=False)
    (comment,) = (await desk.read(ticket_id, 0)).comments
    assert comment.flagged
    assert not comment.author.verified


async def test_an_unverified_address_proves_nothing(account: Account, desk: ZendeskHelpDesk) -> None:
    somebody = {"name": "Somebody", "email": "marcus@elsewhere.example"}
    made = account.control("zendesk/ticket", requester=somebody, subject="Hi", body="I am Marcus Johnson.")
    (comment,) = (await desk.read(str(made["id"]), 0)).comments
    assert not comment.flagged
    assert not comment.author.verified


async def test_another_customer_on_the_ticket_is_not_its_requester(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket("Sarah Chen")
    account.comment(ticket_id, "Marcus Johnson", "Me too.")
    sarah, marcus = (await desk.read(ticket_id, 0)).comments
    assert sarah.author.verified
    assert not marcus.author.verified


async def test_an_assignment_to_a_person_shows_and_one_to_the_bot_does_not(
    account: Account, desk: ZendeskHelpDesk
) -> None:
    ticket_id = account.new_ticket()
    account.change(ticket_id, "Lee Park", assignee_id=account.user("Lee Park"))
    assert (await desk.read(ticket_id, 0)).ticket.assigned_to_person
    account.change(ticket_id, "Lee Park", assignee_id=account.user("Frontdesk Bot"))
    assert not (await desk.read(ticket_id, 0)).ticket.assigned_to_person


async def test_an_agents_ticket_is_not_a_customers(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket(submitter_id=account.user("Lee Park"))
    assert not (await desk.read(ticket_id, 0)).ticket.submitted_by_customer


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


async def test_a_missing_ticket_is_not_found(desk: ZendeskHelpDesk) -> None:
    for ticket_id in ("999999", "", "12/../../users/me", "١"):
        with pytest.raises(NotFound):
            await desk.read(ticket_id, 0)


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
