"""Updating tickets through the `HelpDesk` port: one request, everything explicit, nothing twice."""

import pytest

from bot.domain.effects import Person, UpdateTicket
from bot.domain.errors import (
    Conflict,
    PermanentFailure,
    TemporaryFailure,
)
from bot.domain.events import File
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk
from tests.contract.zendesk import zendesk_fixtures as fixtures
from tests.contract.zendesk.zendesk_account import Account
from tests.contract.zendesk.zendesk_fixtures import NOTE

server, account, clock, desk = fixtures.server, fixtures.account, fixtures.clock, fixtures.desk


HAND_OVER = UpdateTicket(
    id="effect-1",
    comment="**Issue**: order is late\n\n- tracked\n- <b>raw</b> {{ticket.id}}",
    group="Escalations",
    priority="urgent",
    status="open",
    add_tags=("frontdesk", "frontdesk_escalated"),
    remove_tags=("frontdesk_off",),
    unassign=True,
)


async def test_an_escalation_of_a_ticket_is_one_update(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    account.change(ticket_id, "Lee Park", assignee_id=account.user("Lee Park"), add_tags=["frontdesk_off"])
    ticket, _ = await desk.update(ticket_id, HAND_OVER, ())
    stored = account.ticket(ticket_id)
    assert (ticket.priority, ticket.status, ticket.assignee_id) == ("urgent", "open", "")
    assert stored["assignee_id"] is None
    assert stored["group_id"] == account.group("Escalations")
    assert set(stored["tags"]) == {"frontdesk", "frontdesk_escalated"}
    (put,) = account.requests("PUT /api/v2/tickets")
    sent = put["body"]["ticket"]
    assert "id" not in sent
    assert (sent["assignee_id"], sent["comment"]["public"]) == (None, False)


async def test_the_note_of_an_escalation_is_private_and_its_words_are_words(
    account: Account, desk: ZendeskHelpDesk
) -> None:
    ticket_id = account.new_ticket()
    _, comment_id = await desk.update(ticket_id, HAND_OVER, ())
    note = account.ticket(ticket_id)["comments"][-1]
    assert (note["id"], note["public"]) == (comment_id, False)
    assert note["author_id"] == account.user("Frontdesk Bot")
    assert "<strong>Issue</strong>" in note["html_body"]
    assert "<b>" not in note["html_body"]
    assert "{{ticket.id}}" in note["body"].replace("\u200b", "")


async def test_an_update_says_only_what_it_changes(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    await desk.update(ticket_id, UpdateTicket(id="e", add_tags=("frontdesk",)), ())
    (put,) = account.requests("PUT /api/v2/tickets")
    assert put["body"] == {"ticket": {"additional_tags": ["frontdesk"], "metadata": {"effect_id": "e"}}}


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


async def test_an_update_among_hundreds_is_found(account: Account, desk: ZendeskHelpDesk) -> None:
    ticket_id = account.new_ticket()
    _, comment_id = await desk.update(ticket_id, NOTE, ())
    for number in range(120):
        account.comment(ticket_id, "Lee Park", f"note {number}", public=False)
    assert await desk.find_update(ticket_id, NOTE.id) == (True, comment_id)
