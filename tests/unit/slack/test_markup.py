"""Slack's markups: what people wrote is read as they meant it, what we say notifies and links nobody by accident."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.effects import Moment
from integrations.slack.outbound.markup import MARKDOWN_LIMIT, dated, markdown, mentions, mrkdwn, plain, split


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("hello", "hello"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@UBOT> where is it?", "where is it?"),
        ("<@UBOT|frontdesk>: where is it?", "where is it?"),
        ("hey <@UBOT> there", "hey there"),
        ("<@UBOT>", ""),
        ("<@UBOT>, hello", "hello"),
        ("<@UBOT> : hello", "hello"),
        ("<@UBOT> <@UBOT>", ""),
        ("is it here, <@UBOT>?", "is it here,?"),
        ("<@UBOT> :tada: it arrived", ":tada: it arrived"),
        ("<@UBOT>:tada: it arrived", ":tada: it arrived"),
        ("<@UBOT>: :tada: it arrived", ":tada: it arrived"),
        (":wave: <@UBOT> it arrived", ":wave: it arrived"),
        ("<@UBOT> why?\n```\nfor x:\n    if y:\n        z\n```", "why?\n```\nfor x:\n    if y:\n        z\n```"),
        ("<@UBOT>\n  a:\n    - b  # <#C1|help>", "  a:\n    - b  # #help"),
        ("a  table\tof  <@U2>  columns", "a  table\tof  @U2  columns"),
        ("two  spaces,  no token", "two  spaces,  no token"),
        (" \n \n  first: 1\n  second: 2 \n", "  first: 1\n  second: 2"),
        ("ask <@U2> or <@U3|dana>", "ask @U2 or @dana"),
        ("see <#C1|help> and <#C2>", "see #help and #C2"),
        ("<!here> <!channel|channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@support> <!subteam^S1>", "@support @S1"),
        ("<!date^1392734382^{date}|Feb 18, 2014>", "Feb 18, 2014"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<https://a.example|our page>", "our page (https://a.example)"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<mailto:a@b.example|a@b.example> <tel:+1234|call us>", "a@b.example call us (+1234)"),
        ("&lt;@UBOT&gt; is text", "<@UBOT> is text"),
        ("<>", ""),
        ("1 < 2", "1 < 2"),
    ],
)
def test_a_line_is_read_as_people_see_it(raw: str, read: str) -> None:
    assert plain(raw, "UBOT") == read


def test_only_the_bots_own_mention_counts() -> None:
    assert mentions("hi <@UBOT>", "UBOT")
    assert mentions("hi <@UBOT|bot>", "UBOT")
    assert not mentions("hi <@UBOT2>", "UBOT")
    assert not mentions("hi UBOT", "UBOT")
    assert not mentions("hi <@>", "")


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> everybody",
        "<!here>",
        "ask <@U123>",
        "in <#C123>",
        "<!subteam^S1>",
        "<https://evil.example|https://bank.example>",
        "> <!channel> in a quotation",
        "```\n<!channel>\n```",
        "[<!channel>](https://a.example)",
        "<<!channel>>",
        "<https://a.example|<!channel>>",
    ],
)
@pytest.mark.parametrize("markup", [markdown, mrkdwn])
def test_no_token_of_slack_survives(text: str, markup: object) -> None:
    said = markup(text)  # type: ignore[operator]
    assert not re.search(r"<[!@#]", said)
    assert "|https://bank" not in said or "<" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Hi\n\n**bold** _it_ `code`\n- one\n- two", "# Hi\n\n**bold** _it_ `code`\n- one\n- two"),
        ("> quoted > twice", "> quoted &gt; twice"),
        (">> deep", ">> deep"),
        ("a < b && c > d", "a &lt; b && c &gt; d"),
        ("[page](https://a.example/x?a=1&b=2)", "[page](https://a.example/x?a=1&b=2)"),
        ("[wiki](https://a.example/x_(y))", "[wiki](https://a.example/x_(y))"),
        ("![chart](https://a.example/x.png)", "[chart](https://a.example/x.png)"),
        ("<https://a.example>", "https://a.example"),
        ("[run](javascript:alert)", "run"),
        ("[open](slack://open)", "open"),
        ("[file](file:///etc/passwd)", "file"),
        ("[mail](mailto:a@b.example)", "mail"),
        ("[here](/relative)", "here"),
        ("[x](http:)", "x"),
        ("[x](https://[broken)", "x"),
    ],
)
def test_markdown_is_kept_and_only_web_links_are_links(text: str, said: str) -> None:
    assert markdown(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Title", "*Title*"),
        ("**bold** and __bold__ and *it* and _it_", "*bold* and *bold* and _it_ and _it_"),
        ("~~gone~~", "~gone~"),
        ("- one\n* two", "• one\n• two"),
        ("[page](https://a.example/?a=1&b=2)", "<https://a.example/?a=1&amp;b=2|page>"),
        ("[run](javascript:alert)", "run"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("`**x**` ```**y** <z>```", "`**x**` ```**y** &lt;z&gt;```"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("# **both**", "*both*"),
    ],
)
def test_the_fallback_markup_says_the_same(text: str, said: str) -> None:
    assert mrkdwn(text) == said


def test_streamed_pieces_are_a_prefix_of_the_whole() -> None:
    """What is shown sentence by sentence must not have to be taken back."""
    pieces = ["Your order A1001 ", "is <late>. ", "See [here](https://a.example). ", "\n> quoted"]
    whole = markdown("".join(pieces))
    for count in range(len(pieces)):
        assert whole.startswith(markdown("".join(pieces[:count])))


def test_short_texts_stay_whole() -> None:
    assert split("hello") == ["hello"]
    assert split("x" * MARKDOWN_LIMIT) == ["x" * MARKDOWN_LIMIT]


def test_long_texts_are_cut_between_paragraphs() -> None:
    paragraphs = [f"{number} " + "word " * 30 for number in range(20)]
    parts = split("\n\n".join(paragraphs), 1000)
    assert len(parts) > 1
    assert "\n\n".join(parts).split() == "\n\n".join(paragraphs).split()
    assert all(part[0].isdigit() for part in parts)


def test_a_fence_that_is_cut_stays_a_fence() -> None:
    parts = split("```\n" + "line of code\n" * 200 + "```", 500)
    assert all(part.count("```") == 2 for part in parts)


@given(st.text(alphabet="ab &;<>`\n.*", max_size=400), st.integers(40, 80))
def test_no_word_is_lost_and_no_part_is_too_long(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert re.sub(r"[\s`]", "", "".join(parts)) == re.sub(r"[\s`]", "", text)


@given(st.text(alphabet="<>!@#|[]()https:/.ab\n`*_ ", max_size=80))
def test_whatever_is_said_holds_no_token(text: str) -> None:
    assert not re.search(r"<[!@#]", markdown(text))
    assert not re.search(r"<[!@#]", mrkdwn(text))
    assert "<" not in markdown(text)


@given(st.text(max_size=80))
def test_whatever_is_read_is_plain(text: str) -> None:
    assert isinstance(plain(text, "UBOT"), str)


@pytest.mark.parametrize("form", [markdown, mrkdwn])
def test_each_reader_sees_a_point_of_time_in_their_own_zone(form: Callable[[str], str]) -> None:
    moment = Moment("Monday 09:15 UTC", 1_796_030_100.0, " at ")
    said = dated(form("A colleague will answer you by Monday 09:15 UTC. A < B"), [moment])

    token = "<!date^1796030100^{date_short_pretty} at {time}|Monday 09:15 UTC>"
    assert said == f"A colleague will answer you by {token}. A &lt; B"
    assert plain(said) == "A colleague will answer you by Monday 09:15 UTC. A < B"
