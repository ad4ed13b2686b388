"""The `HelpDesk` port against the simulated Zendesk: nothing twice, nothing lost, nothing said to the wrong host."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.effects import OpenTicket, Person, UpdateTicket
from bot.domain.errors import (
    ConfigError,
    Conflict,
    NotFound,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from bot.domain.messages import File
from integrations.zendesk.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk_account import API_TOKEN, OAUTH, Account, ManualClock, help_desk, served
from tests.contract.zendesk_contract import CONTRACTS, contract_file, violations

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
    return ManualClock(time.time())


@pytest.fixture
async def desk(account: Account, clock: ManualClock) -> AsyncIterator[ZendeskHelpDesk]:
    async with aclosing(Closing(help_desk(account, clock))) as closing:
        yield closing.desk


class Closing:
    """Closes the adapter however the test ends."""

    def __init__(self, desk: ZendeskHelpDesk) -> None:
        self.desk = desk

    async def aclose(self) -> None:
        await self.desk.close()


def attached(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimetype": "text/plain", "content_base64": base64.b64encode(content).decode()}


# --- reading ---------------------------------------------------------------------------------------------


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


# --- opening ---------------------------------------------------------------------------------------------


async def test_an_escalation_opens_a_ticket_in_the_customers_name(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket = await desk.open(OPEN, ())
    stored = account.ticket(ticket.id)
    assert stored["group_id"] == account.group("Shipping")
    assert (stored["priority"], stored["status"], stored["assignee_id"]) == ("high", "open", None)
    assert set(stored["tags"]) == set(OPEN.tags)
    assert stored["external_id"] == ticket.external_id == CONVERSATION
    assert stored["requester_id"] == account.user("Sarah Chen")
    (comment,) = stored["comments"]
    assert comment["public"] is True
    assert comment["author_id"] == account.user("Sarah Chen")
    assert comment["body"] == OPEN.words
    (create,) = account.requests("POST /api/v2/tickets")
    assert create["headers"]["idempotency-key"] == OPEN.id
    (seen,) = (await desk.read(ticket.id, 0)).comments
    assert seen.effect_id == OPEN.id


async def test_the_same_effect_opens_one_ticket(account: Account, desk: ZendeskHelpDesk) -> None:
    first, second = await desk.open(OPEN, ()), await desk.open(OPEN, ())
    assert first.id == second.id
    assert len(account.zendesk()["tickets"]) == 1


async def test_the_same_effect_with_files_opens_one_ticket(account: Account, desk: ZendeskHelpDesk) -> None:
    # Uploaded anew, the file has another token, and Zendesk refuses the key for the changed body.
    effect = replace(OPEN, files=(File("F1", "photo.txt", mime="text/plain"),))
    first, second = await desk.open(effect, (b"x",)), await desk.open(effect, (b"x",))
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


async def test_an_unknown_group_does_not_keep_the_ticket_from_people(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket = await desk.open(replace(OPEN, group="Nowhere"), ())
    assert account.ticket(ticket.id)["group_id"] is None


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


async def test_a_lost_answer_is_found_by_the_external_id(account: Account, desk: ZendeskHelpDesk) -> None:
    assert await desk.find_ticket(CONVERSATION, OPEN.id) is None
    account.fault("POST /api/v2/tickets", "lost_answer")
    with pytest.raises(UnknownOutcome):
        await desk.open(OPEN, ())
    found = await desk.find_ticket(CONVERSATION, OPEN.id)
    assert found is not None
    assert found.id == str(account.zendesk()["tickets"][0]["id"])
    assert await desk.find_ticket(CONVERSATION, "another-effect") is None
    assert await desk.find_ticket("", OPEN.id) is None


async def test_a_strangers_external_id_is_looked_up_as_it_stands(desk: ZendeskHelpDesk) -> None:
    for external_id in ("chat:web:a&external_id=b", "chat:web:50% + x#y", "chat:web:ü"):
        effect = replace(OPEN, id=f"open {external_id}", external_id=external_id)
        ticket = await desk.open(effect, ())
        found = await desk.find_ticket(external_id, effect.id)
        assert found is not None
        assert found.id == ticket.id


# --- updating --------------------------------------------------------------------------------------------


async def test_an_escalation_of_a_ticket_is_one_update(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    account.change(ticket_id, "Lee Park", assignee_id=account.user("Lee Park"), add_tags=["frontdesk_off"])
    effect = UpdateTicket(
        id="effect-1",
        comment="**Issue**: order is late\n\n- tracked\n- <b>raw</b> {{ticket.id}}",
        group="Escalations",
        priority="urgent",
        status="open",
        add_tags=("frontdesk", "frontdesk_escalated"),
        remove_tags=("frontdesk_off",),
        unassign=True,
    )
    ticket, comment_id = await desk.update(ticket_id, effect, ())
    stored = account.ticket(ticket_id)
    assert (ticket.priority, ticket.status, ticket.assignee_id) == ("urgent", "open", "")
    assert stored["assignee_id"] is None
    assert stored["group_id"] == account.group("Escalations")
    assert set(stored["tags"]) == {"frontdesk", "frontdesk_escalated"}
    note = stored["comments"][-1]
    assert (note["id"], note["public"]) == (comment_id, False)
    assert note["author_id"] == account.user("Frontdesk Bot")
    assert "<strong>Issue</strong>" in note["html_body"]
    assert "<b>" not in note["html_body"]
    assert "{{ticket.id}}" in note["body"].replace("\u200b", "")
    (put,) = account.requests("PUT /api/v2/tickets")
    assert "id" not in put["body"]["ticket"]
    assert put["body"]["ticket"]["assignee_id"] is None
    assert put["body"]["ticket"]["comment"]["public"] is False


async def test_an_update_says_only_what_it_changes(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    await desk.update(ticket_id, UpdateTicket(id="e", add_tags=("frontdesk",)), ())
    (put,) = account.requests("PUT /api/v2/tickets")
    assert put["body"] == {"ticket": {"additional_tags": ["frontdesk"], "metadata": {"effect_id": "e"}}}


async def test_relayed_lines_are_their_authors_public_comment(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket = await desk.open(OPEN, ())
    erin = Person(name="Erin Ext", external_id="slack:T0PARTNER:U0EXT")
    lines = UpdateTicket(id="effect-2", comment="*not* bold\n<i>mine</i>", public=True, author=erin)
    _, comment_id = await desk.update(ticket.id, lines, ())
    comment = (await desk.read(ticket.id, 0)).comments[-1]
    assert (comment.id, comment.text) == (comment_id, "*not* bold\n<i>mine</i>")
    assert (comment.author.name, comment.public) == ("Erin Ext", True)
    # Written through the API under a customer's name: never to be answered as a customer's.
    assert comment.effect_id == "effect-2"


async def test_a_relayed_file_needs_no_words(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    effect = UpdateTicket(id="e", public=True, files=(File("F1", "receipt.txt", mime="text/plain"),))
    _, comment_id = await desk.update(ticket_id, effect, (b"42",))
    comment = account.ticket(ticket_id)["comments"][-1]
    assert comment["id"] == comment_id
    assert comment["attachments"][0]["file_name"] == "receipt.txt"


async def test_a_person_is_looked_up_once_in_five_minutes(account: Account, desk: ZendeskHelpDesk) -> None:
    # Zendesk allows five updates of a user per minute; a customer may write more lines than that.
    ticket_id = account.new_ticket()
    erin = Person(name="Erin Ext", external_id="slack:T0PARTNER:U0EXT")
    for number in range(6):
        await desk.update(ticket_id, UpdateTicket(id=f"e{number}", comment="hi", public=True, author=erin), ())
    assert len(account.requests("POST /api/v2/users/create_or_update")) == 1


async def test_a_changed_ticket_refuses_a_safe_update(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    stamp = "2020-01-01T00:00:00Z"
    with pytest.raises(Conflict):
        await desk.update(ticket_id, NOTE, (), stamp)
    assert len(account.ticket(ticket_id)["comments"]) == 1
    current = (await desk.read(ticket_id, 0)).ticket.updated_at
    await desk.update(ticket_id, NOTE, (), current)
    put = account.requests("PUT /api/v2/tickets")[-1]["body"]["ticket"]
    assert (put["safe_update"], put["updated_stamp"]) == (True, current)


async def test_a_closed_ticket_says_so(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    account.change(ticket_id, "Lee Park", status="closed")
    with pytest.raises(PermanentFailure) as failure:
        await desk.update(ticket_id, NOTE, ())
    assert failure.value.code == "closed"


async def test_an_update_that_timed_out_is_sent_exactly_once(account: Account, clock: ManualClock) -> None:
    ticket_id = account.new_ticket()
    async with aclosing(Closing(help_desk(account, clock, timeout=(1.0, 0.3)))) as closing:
        account.fault("PUT /api/v2/tickets/*", "timeout", times=5, seconds=30)
        with pytest.raises(UnknownOutcome):
            await closing.desk.update(ticket_id, NOTE, ())
    assert len(account.requests("PUT /api/v2/tickets")) == 1


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
    account.fault("PUT /api/v2/tickets/*", kind, times=5, **more)
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
    account.fault("PUT /api/v2/tickets/*", times=5, retry_after=17, **fault)
    with pytest.raises(TemporaryFailure) as failure:
        await desk.update(ticket_id, NOTE, ())
    assert not isinstance(failure.value, UnknownOutcome)
    assert failure.value.retry_after == 17
    assert len(account.requests("PUT /api/v2/tickets")) == 1


async def test_a_busy_database_is_no_conflict(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    account.fault("PUT /api/v2/tickets/*", "status", status=409, error="Conflict")
    with pytest.raises(TemporaryFailure):
        await desk.update(ticket_id, NOTE, ())


async def test_a_refusal_is_final(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    for status in (400, 403, 422):
        account.fault("PUT /api/v2/tickets/*", "status", status=status, error="RecordInvalid")
        with pytest.raises(PermanentFailure) as failure:
            await desk.update(ticket_id, NOTE, ())
        assert failure.value.code == "RecordInvalid"


async def test_nothing_was_sent_where_nobody_listens(clock: ManualClock) -> None:
    with served() as account:
        closing = Closing(help_desk(account, clock, **(API_TOKEN | dict.fromkeys(OAUTH, ""))))
    async with aclosing(closing):
        with pytest.raises(TemporaryFailure) as failure:
            await closing.desk.update("1", NOTE, ())
    assert not isinstance(failure.value, UnknownOutcome)


async def test_an_update_among_hundreds_is_found(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    _, comment_id = await desk.update(ticket_id, NOTE, ())
    for number in range(120):
        account.comment(ticket_id, "Lee Park", f"note {number}", public=False)
    assert await desk.find_update(ticket_id, NOTE.id) == (True, comment_id)


async def test_many_updates_at_once_each_say_their_own(account: Account, desk: ZendeskHelpDesk) -> None:
    tickets = [account.new_ticket() for _ in range(12)]
    effects = [UpdateTicket(id=f"e{ticket_id}", comment=f"for {ticket_id}") for ticket_id in tickets]
    await asyncio.gather(*(desk.update(t, effect, ()) for t, effect in zip(tickets, effects, strict=True)))
    for ticket_id in tickets:
        assert account.ticket(ticket_id)["comments"][-1]["body"] == f"for {ticket_id}"


async def test_a_caller_who_left_causes_no_further_request(account: Account, desk: ZendeskHelpDesk) -> None:
    await desk.whoami()
    account.fault("POST /api/v2/uploads", "network_delay", seconds=0.5)
    effect = replace(OPEN, files=(File("F1", "a.txt", mime="text/plain"),))
    task = asyncio.create_task(desk.open(effect, (b"x",)))
    async with asyncio.timeout(10):
        while not account.requests("POST /api/v2/users/create_or_update"):
            await asyncio.to_thread(account.zendesk)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await desk.close()
    assert not account.requests("POST /api/v2/tickets")


# --- signing in ------------------------------------------------------------------------------------------


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
    with pytest.raises(PermanentFailure):
        await desk.read(ticket_id, 0)
    assert len(account.requests("GET /api/v2/tickets")) == 2


async def test_wrong_credentials_are_told_apart(account: Account, clock: ManualClock) -> None:
    for wrong in (OAUTH | {"client_secret": "guess"}, dict.fromkeys(OAUTH, "") | API_TOKEN | {"api_token": "x"}):
        async with aclosing(Closing(help_desk(account, clock, **wrong))) as closing:
            with pytest.raises(PermanentFailure):
                await closing.desk.whoami()


async def test_an_api_token_serves_while_there_are_any(account: Account, clock: ManualClock) -> None:
    token = dict.fromkeys(OAUTH, "") | API_TOKEN
    async with aclosing(Closing(help_desk(account, clock, **token))) as closing:
        assert (await closing.desk.whoami()).name == "Frontdesk Bot"
    assert not account.requests("POST /oauth/tokens")


async def test_without_credentials_there_is_no_start(account: Account, clock: ManualClock) -> None:
    with pytest.raises(ConfigError, match="ZENDESK_CLIENT_ID"):
        help_desk(account, clock, **dict.fromkeys(OAUTH, ""))


# --- the account -----------------------------------------------------------------------------------------


async def test_groups_are_known_by_name(account: Account, desk: ZendeskHelpDesk) -> None:
    assert await desk.group_id("Billing") == str(account.group("Billing"))
    assert await desk.group_id("billing") == str(account.group("Billing"))
    assert await desk.group_id("Nowhere") == ""
    assert len(account.requests("GET /api/v2/groups")) == 1


async def test_the_account_tells_who_we_are_and_what_it_mails(desk: ZendeskHelpDesk) -> None:
    me = await desk.whoami()
    assert (me.name, me.role) == ("Frontdesk Bot", "agent")
    assert [trigger.title for trigger in await desk.triggers()] == ["Notify requester of received request"]


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
