"""What stands beside a message's text is read too: forwarded messages, tables, blocks; a link's preview is not."""

from typing import Any

import pytest

from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.inbound.parse import parse_event
from tests.unit.slack.payloads import line


def words(**changes: Any) -> str:
    arrival = parse_event(line(**changes))
    assert isinstance(arrival, SlackMessage)
    return arrival.text


def rich(*elements: Any, kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def table(*rows: list[str], raw: bool = False) -> dict[str, Any]:
    cells = [[{"type": "raw_text", "text": cell} if raw else rich(said(cell)) for cell in row] for row in rows]
    return {"type": "table", "block_id": "t", "rows": cells}


def share(**changes: Any) -> dict[str, Any]:
    inner = {"message": {"blocks": [rich(said("the invoice of cobalt-7 is wrong\nby 3 €"))]}}
    return {
        "id": 1,
        "is_share": True,
        "is_msg_unfurl": True,
        "author_name": "Pat Partner",
        "from_url": "https://acme.slack.com/archives/C0/p1",
        "fallback": "[November 14th] Pat: the invoice of cobalt-7 is wrong",
        "text": "the invoice of cobalt-7 is wrong\nby 3 €",
        "message_blocks": [inner],
    } | changes


QUOTED = "[forwarded message from Pat Partner]\n> the invoice of cobalt-7 is wrong\n> by 3 €"


def test_a_forwarded_message_stands_under_the_comment_and_says_whose_it_is() -> None:
    assert words(text="look please", attachments=[share()]) == f"look please\n\n{QUOTED}"
    assert words(text="", attachments=[share()]) == QUOTED
    assert words(text="", attachments=[share(text=None)]) == QUOTED
    assert words(text="", attachments=[share(author_name=None)]).startswith("[forwarded message]\n> the invoice")


def test_a_table_in_a_forwarded_message_is_forwarded_with_it() -> None:
    inner = {"message": {"blocks": [table(["Order", "State"], ["cobalt-8", "lost"])]}}

    read = words(text="and these?", attachments=[share(text="two of them", message_blocks=[inner])])

    assert read.endswith("> two of them\n> Order | State\n> cobalt-8 | lost")


@pytest.mark.parametrize("raw", [True, False])
def test_a_pasted_table_is_read_row_by_row(raw: bool) -> None:
    rows = table(["Order", "Problem"], ["cobalt-11", "never\narrived"], raw=raw)
    pasted = {"id": 1, "fallback": "[no preview available]", "blocks": [rows]}

    assert words(text="", attachments=[pasted]) == "Order | Problem\ncobalt-11 | never arrived"
    assert words(text="what now?", attachments=[pasted]).startswith("what now?\n\nOrder | Problem")
    assert words(text="what now?", blocks=[rich(said("what now?")), rows]).endswith("cobalt-11 | never arrived")


def test_a_table_that_the_text_holds_already_is_not_said_twice() -> None:
    assert words(text="Order State\nA1 lost", blocks=[table(["Order", "State"], ["A1", "lost"])]).count("lost") == 1


def test_blocks_speak_where_there_is_no_text() -> None:
    code = {"type": "rich_text_preformatted", "elements": [said("a:\n  - b")]}
    items = {"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": [said("one")]}]}
    link = {"type": "link", "url": "https://a.example", "text": "here"}
    blocks = [{"type": "rich_text", "elements": [items, code]}, rich(said("see "), link)]

    assert words(text="", blocks=blocks) == "- one\n```\na:\n  - b\n```\nsee here (https://a.example)"
    assert words(text="", blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "a &amp; b"}}]) == "a & b"


def test_the_preview_of_a_link_is_nobodys_words() -> None:
    unfurl = {"id": 1, "from_url": "https://a.example", "title": "Ex", "text": "UNFURLED", "fallback": "Ex"}

    assert words(text="see <https://a.example>", attachments=[unfurl]) == "see https://a.example"
    assert "UNFURLED" not in words(text="hm", attachments=[unfurl, share()])


def test_the_files_of_a_forwarded_message_come_along_once() -> None:
    photo = {"id": "F1", "name": "broken.png", "mimetype": "image/png", "url_private": "https://files.slack.com/1"}
    arrival = parse_event(line(attachments=[share(files=[photo])], files=[photo, photo | {"id": "F2"}]))

    assert isinstance(arrival, SlackMessage)
    assert [file.id for file in arrival.files] == ["F1", "F2"]


@pytest.mark.parametrize("odd", [7, "x", [7], [{"type": "table", "rows": 7}], [{"type": "table", "rows": [7, [7]]}]])
def test_odd_shapes_say_nothing(odd: Any) -> None:
    assert words(text="hi", blocks=odd, attachments=[share(blocks=odd, message_blocks=odd)]).startswith("hi")
    assert "\ud800" not in words(text="", blocks=[rich(said("a\ud800b"))], attachments=[])


def test_deep_nesting_ends() -> None:
    block: dict[str, Any] = rich(said("deep"))
    for _ in range(200):
        block = {"type": "rich_text", "elements": [block]}

    assert words(text="hi", attachments=[{"id": 1, "blocks": [block]}]) == "hi"
