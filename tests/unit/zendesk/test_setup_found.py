"""What a setup reads of an account: all of a kind, or nothing of it."""

from typing import Any

from integrations.zendesk.api.session import MAX_PAGES, SafeSession
from integrations.zendesk.setup.found import read_account
from integrations.zendesk.setup.plan import changes, removal
from integrations.zendesk.setup.wanted import pieces
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.stand_in import CountingKey, Say, listening, say_json

WANTED = pieces("https://support.example.com", [])
MACRO = next(piece for piece in WANTED if piece.kind == "macro")


def pages_of_macros(number: int) -> Any:
    """An account with so many pages of macros, ours on the first, and nothing else."""

    def answer(asked: Any) -> Say:
        path, _, query = asked.path.partition("?")
        if path != "/api/v2/macros.json":
            return say_json({"user": {"id": 1, "role": "admin"}})
        page = int(query.partition("page=")[2] or 1)
        following = f"/api/v2/macros.json?page={page + 1}" if page < number else None
        return say_json({"macros": [{"id": page, **(MACRO.fields if page == 1 else {})}], "next_page": following})

    return answer


def test_a_kind_that_is_not_read_to_its_end_is_neither_made_nor_taken_out() -> None:
    with listening() as zendesk, SafeSession(zendesk.url, CountingKey(), (1.0, 2.0), ManualClock()) as session:
        zendesk.answer = pages_of_macros(MAX_PAGES + 1)
        found = read_account(session)

    assert found.lists["macro"] is None
    assert found.too_long == {"macro"}
    assert {each.kind for each in changes(found, WANTED)} == {"webhook", "view"}
    assert removal(found, WANTED, {}) == ([], [])


def test_a_kind_that_ends_with_the_last_page_is_seen_whole() -> None:
    with listening() as zendesk, SafeSession(zendesk.url, CountingKey(), (1.0, 2.0), ManualClock()) as session:
        zendesk.answer = pages_of_macros(MAX_PAGES)
        found = read_account(session)

    assert [each["id"] for each in found.lists["macro"] or ()] == list(range(1, MAX_PAGES + 1))
    assert found.too_long == frozenset()
