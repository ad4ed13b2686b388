"""The layout of every page: where one is, what the page may load, and that texts stay texts."""

import re
from base64 import b64encode
from hashlib import sha256

from integrations.web.console import elements
from integrations.web.console.layout import HOME, NAVIGATION, page


def text_of(body: bytes | memoryview) -> str:
    return bytes(body).decode()


def test_the_navigation_says_where_one_is_and_the_door_has_none() -> None:
    shown = text_of(page("", "<p>x</p>", "t", at=HOME).body)

    assert re.findall(r'<a href="([^"]+)" aria-current="page">', shown) == [HOME]
    assert shown.count("<li><a href=") == len(NAVIGATION)
    assert "<nav" not in text_of(page("", "", "t").body)


def test_a_page_loads_its_own_style_and_script_and_nothing_else() -> None:
    answer = page("Gaps", "", "t", script="let a = 1;", is_fresh=True)
    shown, policy = text_of(answer.body), answer.headers["content-security-policy"]
    inline = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", shown, re.DOTALL)

    assert len(inline) == 3
    assert all(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy for text in inline)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src" not in page("Gaps", "", "t").headers["content-security-policy"]
    assert "style=" not in shown


def test_texts_are_escaped_and_a_table_is_reached_by_keyboard() -> None:
    nasty = '<script>&"'
    shown = elements.table([nasty], [elements.row([elements.link(nasty, nasty)])], nasty, numbers=[nasty])
    shown += (
        elements.badge(nasty) + elements.button("/console", nasty, nasty, {"a": nasty}) + elements.facts({nasty: "1"})
    )

    assert "<script>" not in shown
    assert 'tabindex="0"' in shown
    assert elements.story_path("chat:k:ä/../x") == "/console/conversations/chat:k:%C3%A4%2F..%2Fx"


def test_a_duration_reads_as_people_say_it() -> None:
    told = [elements.ago(seconds) for seconds in (-1, 42, 119, 420, 3 * 3600, 5 * 86_400)]
    assert told == ["0 s", "42 s", "119 s", "7 min", "3 h", "5 days"]
