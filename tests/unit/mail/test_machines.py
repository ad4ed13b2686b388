"""Whether a person wrote it: machines of four languages and more are known, and nobody is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.machines import machine_behind
from tests.machine_mail import MACHINE_SENDERS, MACHINES, PEOPLE, PEOPLES_SENDERS
from tests.mail_forms import KEPT

KINDS = {"absent": "auto_reply", "desk": "acknowledgement", "bounce": "bounce", "notice": "no_reply"}


@pytest.mark.parametrize("case", MACHINES)
def test_a_machine_is_known_by_what_it_says(case: str) -> None:
    subject, text = MACHINES[case]
    assert machine_behind(text, "sarah.chen@example.com", subject) == KINDS[case.split(" ", maxsplit=1)[0]]


@pytest.mark.parametrize("case", PEOPLE)
def test_who_speaks_of_machines_is_none(case: str) -> None:
    subject, text = PEOPLE[case]
    assert machine_behind(text, "sarah.chen@example.com", subject) is None


@pytest.mark.parametrize("text", KEPT.values())
def test_customers_questions_are_no_machines(text: str) -> None:
    assert machine_behind(text, "sarah.chen@example.com", "A question") is None


@pytest.mark.parametrize("sender", MACHINE_SENDERS)
def test_a_machine_is_known_by_its_address(sender: str) -> None:
    assert machine_behind("Where is my order A1001?", sender) in {"bounce", "no_reply"}


@pytest.mark.parametrize("sender", PEOPLES_SENDERS)
def test_an_address_that_only_sounds_like_one_is_a_persons(sender: str) -> None:
    assert machine_behind("Where is my order A1001?", sender) is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ,.!?\n", max_size=300))
def test_words_that_mean_nothing_are_no_machine(text: str) -> None:
    assert machine_behind(text) is None


@pytest.mark.parametrize(
    "hostile", ["your request " * 5_000, "out of office until " * 4_000, "#1 " * 20_000, "auto" * 9_000]
)
@pytest.mark.timeout(60)
def test_no_text_takes_for_ever(hostile: str) -> None:
    assert machine_behind(hostile, "a" * 60_000 + "@example.com", hostile) in {None, "auto_reply", "acknowledgement"}
