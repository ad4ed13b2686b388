"""What the vendors' lists of changes say, whatever they leave out."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.domain.ids import Thread
from bot.domain.ports import ChangedTicket
from integrations.slack.outbound.history import lines_since
from integrations.slack.outbound.own_messages import OwnIdentity
from integrations.zendesk.outbound.incremental_export import changes_of

ME = OwnIdentity("T1", "U0BOT", "B0BOT")
THREAD = Thread("T1", "D1", "100.000000")


class Pages:
    """Slack's reading side with a thread in several pages; the root comes with each."""

    def __init__(self, *pages: list[Mapping[str, Any]]) -> None:
        self._pages = list(pages)
        self.asked: list[Mapping[str, Any]] = []

    async def read(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:
        self.asked.append({"method": method, **arguments})
        root = {"ts": THREAD.ts, "thread_ts": THREAD.ts, "user": "U1", "text": "root"}
        following = "more" if len(self.asked) < len(self._pages) else ""
        messages = [root, *self._pages[len(self.asked) - 1]]
        return {"messages": messages, "response_metadata": {"next_cursor": following}}


def said(ts: str, **more: Any) -> Mapping[str, Any]:
    return {"ts": ts, "thread_ts": THREAD.ts, "user": "U1", "text": f"line {ts}", **more}


async def test_only_peoples_newer_lines_are_read_from_a_thread_page_by_page() -> None:
    api = Pages(
        [said("150.0"), said("201.0"), said("202.0", user="U0BOT"), said("203.0", bot_id="B9"), {"text": "no message"}],
        [said("204.0", client_msg_id="c-1"), said("205.0", subtype="channel_join")],
    )
    lines = await lines_since(api, THREAD, 200.0, ME)  # type: ignore[arg-type]

    assert [line.ts for line in lines] == ["201.0", "204.0"]
    assert {line.conversation for line in lines} == {"slack:T1:D1:100.000000"}
    assert lines[1].client_id == "slack:T1:D1:c-1"
    assert [asked.get("cursor") for asked in api.asked] == [None, "more"]
    assert api.asked[0]["oldest"] == "200.000000"


async def test_a_threads_root_is_never_read_again() -> None:
    assert await lines_since(Pages([]), THREAD, 0.0, ME) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [True, None])
def test_a_changed_ticket_of_which_everything_is_null_is_one_with_an_id(end: bool | None) -> None:
    empty = {"id": 7, "status": None, "via": None, "tags": None, "updated_at": None, "created_at": None}
    changes = changes_of({"tickets": [empty, None, {"id": None}], "after_cursor": None, "end_of_stream": end})

    assert changes.tickets == (ChangedTicket("7"),)
    assert (changes.cursor, changes.is_last) == ("", True)


def test_a_page_says_where_the_next_begins() -> None:
    changes = changes_of({"tickets": [], "after_cursor": "abc", "end_of_stream": False})

    assert (changes.cursor, changes.is_last) == ("abc", False)
