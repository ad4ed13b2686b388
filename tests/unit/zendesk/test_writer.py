"""Writing: what is refused for one reason is sent again in another form, and never for any other reason."""

from dataclasses import replace

import pytest

from bot.domain.effects import OpenTicket, Person, UpdateTicket
from bot.domain.errors import Conflict, NotFound, PermanentFailure, TemporaryFailure, UnknownOutcome
from bot.domain.events import File
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.reader import Reader
from integrations.zendesk.outbound.writer import Writer, idempotency_key
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.account import BOT, SARAH, Account

OPEN = OpenTicket(id="e1", subject="Late", words="Where?", requester=Person(id=str(SARAH)), external_id="slack:T:C:1")
SOLVE = UpdateTicket(id="e2", status="solved")


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def writer(account: Account) -> Writer:
    memory = AccountCache(ManualClock())
    return Writer(account, Reader(account, memory), memory)


def test_an_unassigned_ticket_is_solved_by_the_bots_own_user(account: Account, writer: Writer) -> None:
    account.refusals = [PermanentFailure("422", "assignee_required")]
    ticket, _ = writer.update(7, SOLVE, (), "")
    assert [fields.get("assignee_id") for fields in account.changed] == [None, BOT]
    assert not ticket.assigned_to_person


def test_whoever_asked_for_no_assignee_gets_none(account: Account, writer: Writer) -> None:
    account.refusals = [PermanentFailure("422", "assignee_required")]
    with pytest.raises(PermanentFailure):
        writer.update(7, replace(SOLVE, unassign=True), (), "")
    assert len(account.changed) == 1


def test_a_closed_ticket_is_told_apart_in_any_language(account: Account, writer: Writer) -> None:
    account.tickets[7] = {"id": 7, "status": "closed"}
    account.refusals = [PermanentFailure("422", "RecordInvalid")]
    with pytest.raises(PermanentFailure) as failure:
        writer.update(7, SOLVE, (), "")
    assert failure.value.code == "closed"
    account.tickets[7] = {"id": 7, "status": "open"}
    account.refusals = [PermanentFailure("422", "RecordInvalid")]
    with pytest.raises(PermanentFailure) as failure:
        writer.update(7, SOLVE, (), "")
    assert failure.value.code == "RecordInvalid"


@pytest.mark.parametrize(
    "failure",
    [
        UnknownOutcome("?"),
        TemporaryFailure("busy"),
        Conflict("changed"),
        NotFound("gone"),
        PermanentFailure("no", "403"),
    ],
)
def test_any_other_failure_is_told_and_nothing_is_sent_again(
    account: Account, writer: Writer, failure: Exception
) -> None:
    account.refusals = [failure]
    with pytest.raises(type(failure)):
        writer.update(7, SOLVE, (), "")
    account.refusals = [failure]
    with pytest.raises(type(failure)):
        writer.open(OPEN, ())
    assert len(account.changed) == len(account.created) == 1


def test_a_used_key_leads_to_the_ticket_it_made(account: Account, writer: Writer) -> None:
    first_comment = {"id": 1, "metadata": {"custom": {"effect_id": "e1"}}}
    account.lists.pages_by_key |= {
        "tickets": [[{"id": 41, "external_id": "slack:T:C:1"}]],
        "comments": [[first_comment]],
    }
    account.refusals = [PermanentFailure("400", "IdempotentRequestError")]
    assert writer.open(OPEN, ()).id == "41"
    account.lists.pages_by_key["tickets"] = [[]]
    account.refusals = [PermanentFailure("400", "IdempotentRequestError")]
    with pytest.raises(PermanentFailure):
        writer.open(OPEN, ())


def test_only_the_files_that_were_fetched_are_uploaded(account: Account, writer: Writer) -> None:
    files = (
        File("1", "a" * 300 + ".txt", mime="text/plain; charset=utf-8"),
        File("2", "", mime="x\r\ny"),
        File("3", "c"),
    )
    writer.update(7, UpdateTicket(id="e", files=files), (b"1", b"2"), "")
    (long, empty) = account.uploaded
    assert (len(long[0]), long[0][-4:], long[1]) == (200, ".txt", "text/plain; charset=utf-8")
    assert empty == ("file", "application/octet-stream", b"2")
    assert account.changed[0]["comment"]["uploads"] == ["token-1", "token-2"]


def test_people_are_made_by_what_identifies_them(account: Account, writer: Writer) -> None:
    email = Person(name="Sarah Chen", email="s@example.com", external_id="slack:T:U")
    stranger = Person(external_id="slack:T:U2")
    for author in (email, stranger, email, Person(id=f"zendesk:{SARAH}", name="x")):
        writer.update(7, UpdateTicket(id="e", comment="hi", public=True, author=author), (), "")
    assert account.made_users == [
        {"name": "Sarah Chen", "email": "s@example.com", "skip_verify_email": True},
        {"name": "Customer", "external_id": "slack:T:U2"},
    ]
    assert [fields["comment"]["author_id"] for fields in account.changed] == [3001, 3002, 3001, SARAH]


def test_a_known_customer_keeps_the_name_they_have_in_zendesk(account: Account, writer: Writer) -> None:
    account.lists.found_users = [None, {"id": 5, "email": "xs@example.com"}, {"id": SARAH, "email": "S@Example.com"}]
    author = Person(name="sarah (slack)", email="s@example.com")
    writer.update(7, UpdateTicket(id="e", comment="hi", public=True, author=author), (), "")
    assert account.changed[0]["comment"]["author_id"] == SARAH
    assert account.made_users == []


def test_a_search_that_is_refused_costs_no_ticket(account: Account, writer: Writer) -> None:
    account.lists.found_users = PermanentFailure("403", "Forbidden")
    author = Person(name="Sarah", email="s@example.com")
    writer.update(7, UpdateTicket(id="e", comment="hi", public=True, author=author), (), "")
    assert account.changed[0]["comment"]["author_id"] == 3001


def test_every_effect_has_a_legal_key() -> None:
    assert idempotency_key("slack:T:D:1.2/open") == "slack:T:D:1.2/open"
    for odd in ("x" * 256, "", "with space", "line\nbreak", "ü"):
        assert len(idempotency_key(odd)) == 64
    assert idempotency_key("x" * 256) != idempotency_key("x" * 257)
