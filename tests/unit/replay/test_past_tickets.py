"""A past ticket is cut at its first public answer by a person, whatever state its record is in."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import ConfigError
from bot.replay import past_tickets
from bot.replay.past_tickets import NotComparable, PastTicket, cut
from bot.replay.sampling import sample
from integrations.zendesk.history.parse import past_ticket
from integrations.zendesk.history.ticket_file import read_ticket_file
from tests.unit.replay.kit import ANSWERED, ASKED, NADIA, SARAH, Json, comment, line


def test_a_ticket_is_what_the_customer_asked_and_what_people_answered() -> None:
    more, later = comment(3, 2, "It takes 5-7 days."), comment(5, 2, "You are welcome.")
    ticket = past_ticket(line(ASKED, ANSWERED, more, comment(4, 1, "Thanks!"), later))

    found = cut(ticket)

    assert found.question == "Refund\n\nPlease refund order A1001."
    assert found.answer == "I've refunded 89.00 USD for order A1001.\n\nIt takes 5-7 days."
    assert (ticket.group, ticket.priority, found.is_proven) == ("Billing", "high", True)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (line(ASKED, ANSWERED, tags=["closed_by_merge"]), past_tickets.MERGED),
        (line(ASKED, ANSWERED, via={"channel": "native_messaging"}), past_tickets.LIVE),
        (line(ASKED, ANSWERED, via={"channel": "voice"}), past_tickets.LIVE),
        (line(ASKED, ANSWERED, satisfaction_rating={"score": "bad"}), past_tickets.BAD_RATING),
        (line(ASKED), past_tickets.UNANSWERED),
        (line(ASKED, ANSWERED | {"public": False}), past_tickets.UNANSWERED),
        (line(ASKED, comment(2, 2, None)), past_tickets.UNANSWERED),
        (line(ASKED, comment(2, -1, "We got your request.")), past_tickets.UNANSWERED),
        (line(ASKED, ANSWERED | {"via": {"channel": "rule"}}), past_tickets.UNANSWERED),
        (line(ANSWERED), past_tickets.OURS_FIRST),
        (line(ASKED | {"plain_body": None, "body": ""}, ANSWERED, subject=""), past_tickets.EMPTY),
        (line(ASKED | {"metadata": {"flags": [4]}}, ANSWERED), past_tickets.MACHINE),
        (line(ASKED, comment(2, 9, "Hi", metadata={"custom": {"effect_id": "e1"}}), ANSWERED), "answered before"),
        (line(), past_tickets.UNANSWERED),
    ],
)
def test_what_says_nothing_is_not_compared(record: Json, reason: str) -> None:
    with pytest.raises(NotComparable, match=reason):
        cut(past_ticket(record))


def test_what_a_mail_quotes_and_signs_is_nobodys_word() -> None:
    html = "<p>Wie lange dauert eine <b>Erstattung</b>?</p><p>--<br>Sarah Chen<br>+1 415 555 0199</p>"
    quoting = (
        "It takes 5 days.\n\nBest,\nNadia\n\nOn 5 Oct 2026, Sarah Chen <sarah.chen@example.com> wrote:\n> Please refund"
    )
    asked = comment(1, 1, None, html_body=html)

    found = cut(past_ticket(line(asked, comment(2, 2, quoting), subject="")))

    assert (found.question, "wrote" in found.answer) == ("Wie lange dauert eine Erstattung?", False)
    assert found.answer.startswith("It takes 5 days.")


@pytest.mark.parametrize("users", [(), (NADIA,), (SARAH,), (None, {"id": None})])
def test_missing_users_leave_the_requester_a_customer_and_the_others_people(users: Any) -> None:
    found = cut(past_ticket(line(ASKED, ANSWERED, users=users)))
    assert "89.00" in found.answer
    assert found.is_proven == (SARAH in users)


def test_a_comment_that_is_doubted_proves_nobody() -> None:
    doubted = ASKED | {"metadata": {"flags": [2], "trusted": False}}
    assert not cut(past_ticket(line(doubted, ANSWERED))).is_proven


def test_a_broken_line_is_named_by_its_number_and_skipped(tmp_path: Path) -> None:
    good, other = json.dumps(line(ASKED, ANSWERED)), json.dumps(line(ASKED, ANSWERED, id=56))
    endless = good.replace('"id": 55', '"id": 1e999')
    lines = [
        good,
        "",
        "{broken sarah@example.com",
        "[]",
        '{"ticket": null}',
        '{"ticket": {"id": 9, "tags": 5}}',
        good,
        endless,
    ]
    assert endless != good
    file = tmp_path / "tickets.jsonl"
    file.write_text("\ufeff" + "\n".join([*lines, other]), "utf-8")

    tickets, problems = read_ticket_file(file)

    assert [ticket.id for ticket in tickets] == ["55", "56"]
    assert [problem.partition(":")[0] for problem in problems] == [f"line {n}" for n in range(3, 9)]
    assert "sarah" not in "".join(problems)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--tickets"):
        read_ticket_file(tmp_path / "none.jsonl")


def test_a_sample_is_the_same_each_time_and_has_each_group_by_its_share() -> None:
    tickets = [PastTicket(str(n), group="Billing" if n % 4 else "Shipping", at=1.79e9) for n in range(400)]

    taken = sample(tickets, 100)

    assert taken == sample(list(reversed(tickets)), 100)
    assert sum(ticket.group == "Shipping" for ticket in taken) == 25


def test_one_ticket_more_changes_little_of_a_sample() -> None:
    tickets = [PastTicket(str(n), group="Billing", at=1.79e9) for n in range(400)]
    before, after = sample(tickets[:-1], 100), sample(tickets, 100)
    assert len({ticket.id for ticket in before} - {ticket.id for ticket in after}) <= 1


def test_what_cannot_be_compared_takes_nobodys_place() -> None:
    merged = [PastTicket(str(n), is_merged=True) for n in range(50)]
    good = [PastTicket(str(n), at=1.79e9) for n in range(50, 60)]
    assert [ticket.id for ticket in sample([*merged, *good], 10)] == [ticket.id for ticket in good]
