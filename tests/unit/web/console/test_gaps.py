"""`/console/gaps`: what is missing, with its words escaped, and the way to each conversation."""

from bot.gaps.contradictions import Contradiction
from bot.gaps.entries import Gap, Reason
from integrations.web.console.gaps import render
from tests.unit.gaps.kit import entry, signal

ASKED = "Do you wrap <b>gifts</b>?"


def gap(article: str = "") -> Gap:
    """Two conversations, one of which was forgotten meanwhile."""
    found = signal(Reason.NO_ARTICLE, conversation="slack:T:C:1.0"), signal(conversation="0a1b2c")
    entries = [entry(found[0], ASKED, "gap-1", "Yes, for 4.99 USD."), entry(found[1], "", "gap-1")]
    return Gap("gap-1", entries, article)


def test_a_gap_is_shown_with_what_people_answered() -> None:
    page = render([gap()], [])

    assert "2 conversations" in page
    assert "Do you wrap &lt;b&gt;gifts" in page
    assert "Yes, for 4.99 USD." in page
    assert "frontdesk gaps --draft-article gap-1" in page


def test_who_was_forgotten_is_counted_and_not_named() -> None:
    page = render([gap()], [])

    assert "/console/conversations/slack:T:C:1.0" in page
    assert "0a1b2c" not in page


def test_a_draft_leads_to_itself_where_it_has_an_address() -> None:
    assert 'href="https://acme.example/hc/1"' in render([gap("https://acme.example/hc/1")], [])
    assert "<code>/srv/knowledge/draft.md</code>" in render([gap("/srv/knowledge/draft.md")], [])
    assert "javascript:" not in render([gap()], []).replace("gap-1", "")


def test_articles_that_contradict_each_other_stand_below() -> None:
    page = render([], [Contradiction("con-1", "amount", "a.md", "12.99 USD", "b.md", "9.99 USD")])

    assert "Nothing is known to be missing" in page
    assert all(each in page for each in ("a.md", "12.99 USD", "b.md", "9.99 USD"))
