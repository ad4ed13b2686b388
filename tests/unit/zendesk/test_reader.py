"""Reading from servers that order, page and forget as they like."""

from typing import Any

import pytest

from bot.domain.errors import PermanentFailure
from integrations.zendesk.api.session import Json
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.reader import Reader
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.account import BOT, DANA, SARAH, Account


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def reader(account: Account) -> Reader:
    return Reader(account, AccountCache(ManualClock()))


def comment(number: int, author: int = SARAH) -> Json:
    return {"id": number, "author_id": author, "body": f"line {number}", "public": True}


def ids(reader: Reader, after: int) -> list[int]:
    return [found.id for found in reader.read(7, after).comments]


def test_newest_first_stops_at_the_last_seen(account: Account, reader: Reader) -> None:
    account.lists.pages_by_key["comments"] = [[comment(6), comment(5)], [comment(4), comment(3)], [comment(2)]]
    assert ids(reader, 4) == [5, 6]
    # Comments of the first two pages, then one page of identities.
    assert account.lists.taken == 3


def test_oldest_first_is_read_to_the_end(account: Account, reader: Reader) -> None:
    account.lists.pages_by_key["comments"] = [[comment(2), comment(3)], [comment(4), comment(5)], [comment(6)]]
    assert ids(reader, 4) == [5, 6]


def test_a_page_that_comes_twice_adds_nothing(account: Account, reader: Reader) -> None:
    account.lists.pages_by_key["comments"] = [[comment(6), comment(5)]] * 3
    assert ids(reader, 0) == [5, 6]


def test_an_author_who_is_gone_proves_nothing_and_is_nobody(account: Account, reader: Reader) -> None:
    account.lists.pages_by_key["comments"] = [[comment(5, author=404), comment(4, author=-1)]]
    system, gone = reader.read(7, 0).comments
    assert (gone.author.id, gone.author.name, gone.author.verified, gone.author.is_staff) == (
        "zendesk:404",
        "",
        False,
        False,
    )
    assert system.effect_id == "system"
    assert all(number > 0 for asked in account.asked_users for number in asked)


def test_many_authors_are_asked_for_by_the_hundred(account: Account, reader: Reader) -> None:
    account.people |= {number: {"id": number, "name": str(number)} for number in range(3000, 3150)}
    account.lists.pages_by_key["comments"] = [[comment(number, author=number) for number in range(3149, 2999, -1)]]
    assert len(ids(reader, 0)) == 150
    assert [len(asked) for asked in account.asked_users] == [100, 51]


@pytest.mark.parametrize(
    ("identities", "verified"),
    [
        ([{"type": "email", "value": "s@example.com", "verified": True}], True),
        ([{"type": "phone_number", "value": "+1", "verified": True}], False),
    ],
)
def test_the_address_itself_must_be_verified(
    account: Account, reader: Reader, identities: list[Json], verified: bool
) -> None:
    account.lists.pages_by_key |= {"comments": [[comment(5)]], "identities": [identities]}
    assert reader.read(7, 0).comments[0].author.verified is verified


@pytest.mark.parametrize("change", [{"suspended": True}, {"verified": False}, {"email": None}])
def test_some_users_are_not_even_looked_up(account: Account, reader: Reader, change: Json) -> None:
    account.people[SARAH] = account.people[SARAH] | change
    good = {"type": "email", "value": "s@example.com", "verified": True}
    account.lists.pages_by_key |= {"comments": [[comment(5)]], "identities": [[good]]}
    assert not reader.read(7, 0).comments[0].author.verified


def test_a_finished_write_is_told_even_when_zendesk_fails_right_after(account: Account, reader: Reader) -> None:
    reader.me()
    account.failing = True
    assert reader.ticket_after(account.tickets[7]).submitted_by_customer
    assert not reader.ticket_after({"id": 8, "submitter_id": BOT, "requester_id": SARAH}).submitted_by_customer


def test_an_anonymous_answer_means_unknown_credentials(account: Account, reader: Reader) -> None:
    del account.people[BOT]
    with pytest.raises(PermanentFailure, match="credentials"):
        reader.me()


def test_deleted_groups_do_not_exist_and_the_oldest_of_equal_names_wins(account: Account, reader: Reader) -> None:
    account.lists.pages_by_key["groups"] = [
        [{"id": 1, "name": "Billing", "deleted": True}, {"id": 2, "name": "Billing"}],
        [{"id": 3, "name": "billing", "deleted": False}, {"id": 4, "name": None}],
    ]
    assert reader.group_id("Billing") == 2
    assert reader.group_id("Shipping") is None


def test_a_ticket_without_an_effect_is_taken_only_if_it_came_through_the_api(account: Account, reader: Reader) -> None:
    def found(**fields: Any) -> str | None:
        ticket = {"id": 9, "external_id": "slack:T:C:1", "status": "open", "via": {"channel": "api"}} | fields
        account.lists.pages_by_key["tickets"] = [[ticket, {"id": 8, "external_id": "slack:T:C:2"}]]
        ticket_found = reader.find_ticket("slack:T:C:1", "effect-1")
        return ticket_found.id if ticket_found else None

    assert found() == "9"
    assert found(via={"channel": "web"}) is None
    assert found(via=None) is None
    assert found(status="closed") is None
    assert found(external_id="slack:T:C:3") is None
    account.lists.pages_by_key["comments"] = [[{"id": 1, "metadata": {"custom": {"effect_id": "effect-0"}}}]]
    assert found() is None


@pytest.mark.parametrize("newest_first", [True, False])
def test_an_audit_is_found_in_either_order(account: Account, reader: Reader, newest_first: bool) -> None:
    audits = [{"id": number, "events": []} for number in range(500)]
    audits[499] = {"id": 499, "metadata": {"custom": {"effect_id": "e"}}, "events": [{"id": 3, "type": "Comment"}]}
    ordered = audits[::-1] if newest_first else audits
    account.lists.pages_by_key["audits"] = [ordered[start : start + 100] for start in range(0, 500, 100)]
    assert reader.find_update(7, "e") == (True, 3)
    assert reader.find_update(7, "other") == (False, 0)


def test_zendesks_own_record_of_a_merge_is_believed_across_requesters(account: Account, reader: Reader) -> None:
    account.tickets |= {
        7: account.tickets[7] | {"status": "closed", "tags": ["closed_by_merge"]},
        12: {"id": 12, "requester_id": DANA},
    }
    account.lists.pages_by_key["audits"] = [
        [{"id": 1, "events": [], "via": {"source": {"rel": "merge", "to": {"ticket_id": 12}}}}]
    ]
    assert reader.read(7, 0).ticket.follows == "12"
    words = {
        "id": 5,
        "type": "Comment",
        "author_id": DANA,
        "body": "This request was closed and merged into request #12.",
    }
    account.lists.pages_by_key["audits"] = [[{"id": 1, "events": [words]}]]
    assert reader.read(7, 0).ticket.follows == ""
    account.tickets[12] = {"id": 12, "requester_id": SARAH}
    assert reader.read(7, 0).ticket.follows == "12"
    account.lists.pages_by_key["audits"] = [[{"id": 1, "events": [words | {"author_id": SARAH}]}]]
    assert reader.read(7, 0).ticket.follows == ""


@pytest.mark.parametrize("listed", ["email_cc_ids", "collaborator_ids"])
@pytest.mark.parametrize(
    ("theirs", "others", "copied"),
    [
        (77, {"organization_id": 77}, ()),
        (77, {"organization_id": 78}, ("3001",)),
        (77, {"organization_id": None}, ("3001",)),
        (None, {"organization_id": None}, ("3001",)),
        (None, {"role": "agent"}, ()),
    ],
)
def test_who_in_copy_is_not_of_the_requesters_organisation_reads_as_a_stranger(
    account: Account, reader: Reader, listed: str, theirs: int | None, others: Json, copied: tuple[str, ...]
) -> None:
    account.tickets[7] = {**account.tickets[7], listed: [3001, SARAH]}
    account.people[SARAH] = {**account.people[SARAH], "organization_id": theirs}
    account.people[3001] = {"id": 3001, "name": "Otto", "role": "end-user", **others}
    assert reader.read(7, 0).ticket.copied == copied
    assert reader.ticket_after(account.tickets[7]).copied == copied


def test_who_in_copy_is_not_known_reads_as_a_stranger(account: Account, reader: Reader) -> None:
    account.tickets[7] = {**account.tickets[7], "email_cc_ids": [3009]}
    assert reader.read(7, 0).ticket.copied == ("3009",)
