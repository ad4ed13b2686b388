"""Texts as Zendesk shows them, and effects as the fields that are sent."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.effects import OpenTicket, Person, UpdateTicket
from bot.domain.events import File
from integrations.zendesk.outbound.render import markdown_html, new_ticket, subject_text, ticket_changes, words_html

OPEN = OpenTicket(id="e1", subject="Late", words="Where?", requester=Person(id="7"), external_id="slack:T:C:1")
PLACEHOLDER = re.compile(r"\{[{%]")


def shown(markup: str) -> str:
    """Return what a reader sees, tags and entities resolved."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).replace("\u200b", "")


def executable(markup: str) -> bool:
    """Return whether Zendesk would find a placeholder, in the HTML or in the text it makes of it."""
    text = html.unescape(re.sub(r"<[^>]*>", "", markup))
    return bool(PLACEHOLDER.search(markup) or PLACEHOLDER.search(text))


def test_the_bots_markdown_becomes_html() -> None:
    assert "<strong>Issue</strong>" in markdown_html("**Issue**")
    assert "<li>one</li>" in markdown_html("- one\n- two")
    assert "<br" in markdown_html("one\ntwo")
    assert "<table>" in markdown_html("| a |\n|---|\n| b |")
    assert '<a href="https://example.com">' in markdown_html("[here](https://example.com)")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<https://x.example/><b>bold</b>",
    ],
)
def test_nothing_in_the_bots_text_runs_or_loads(text: str) -> None:
    markup = markdown_html(text)
    assert not re.search(r"<(script|img|b)\b|javascript:|href=\"data:", re.sub(r">[^<]*<", "><", markup))


@pytest.mark.parametrize(
    "text",
    [
        "{{ticket.requester.email}}",
        "{% for c in ticket.comments %}",
        "{{{{{x",
        "{**{ticket.id}}**",
        "{*{*{ticket.id}}",
        r"{\{ticket.id}}",
        "{&#123;ticket.id}}",
        "{&lcub;ticket.id}}",
        "`{{ticket.id}}`",
        "```\n{{ticket.id}}\n```",
        "[{{a}}](https://x.example/{{b}})",
        "{<https://x.example>{a",
    ],
)
def test_placeholders_are_broken_however_they_are_written(text: str) -> None:
    assert not executable(markdown_html(text))
    assert not executable(words_html(text))
    assert not PLACEHOLDER.search(subject_text(text))


@given(st.text(alphabet="{}%<>&*_`[]()!\\ #123;a\n", max_size=60))
def test_no_text_at_all_executes(text: str) -> None:
    assert not executable(markdown_html(text))
    assert not executable(words_html(text))


@given(st.text(max_size=200))
def test_a_customers_words_are_shown_exactly(text: str) -> None:
    seen = html.unescape(re.sub(r"<[^>]*>", "", words_html(text).replace("<br>", "\n")))
    assert seen.replace("\u200b", "") == text.replace("\r\n", "\n").replace("\u200b", "")


def test_a_subject_is_one_line_and_not_too_long() -> None:
    assert subject_text(" a\n b\t c ") == "a b c"
    assert subject_text("x" * 151) == "x" * 149 + "…"
    assert subject_text("x" * 150) == "x" * 150
    assert subject_text(" \n") == "(no subject)"


def test_a_new_ticket_says_everything_explicitly() -> None:
    fields = new_ticket(OPEN, requester_id=7, group_id=5, uploads=["token"])
    assert fields == {
        "subject": "Late",
        "comment": {"html_body": "Where?", "public": True, "author_id": 7, "uploads": ["token"]},
        "requester_id": 7,
        "group_id": 5,
        "status": "open",
        "priority": "normal",
        "tags": [],
        "external_id": "slack:T:C:1",
        "metadata": {"effect_id": "e1"},
    }


def test_a_ticket_of_files_alone_names_them() -> None:
    effect = OpenTicket("e", "s", "", Person(id="7"), files=(File("1", "<photo>.png"),), follows="12")
    fields = new_ticket(effect, requester_id=7, group_id=None, uploads=["t"])
    assert fields["comment"]["html_body"] == "&lt;photo&gt;.png"
    assert fields["via_followup_source_id"] == 12
    assert not {"group_id", "external_id"} & fields.keys()
    nothing = new_ticket(OpenTicket("e", "s", "", Person(id="7")), requester_id=7, group_id=None, uploads=[])
    assert nothing["comment"]["html_body"]


@pytest.mark.parametrize("public", [True, False])
def test_every_comment_says_whether_it_is_public(public: bool) -> None:
    effect = UpdateTicket(id="e", comment="**hi**", public=public)
    bots = ticket_changes(effect, author_id=None, group_id=None, uploads=[], stamp="")
    theirs = ticket_changes(effect, author_id=7, group_id=None, uploads=[], stamp="")
    assert bots["comment"] == {"html_body": "<p><strong>hi</strong></p>\n", "public": public}
    assert theirs["comment"] == {"html_body": "**hi**", "public": public, "author_id": 7}


def test_a_stamp_makes_the_update_safe_and_stays_text() -> None:
    stamp = "2026-11-20T10:00:00Z"
    fields = ticket_changes(UpdateTicket(id="e"), author_id=None, group_id=None, uploads=[], stamp=stamp)
    assert fields == {"metadata": {"effect_id": "e"}, "safe_update": True, "updated_stamp": stamp}
