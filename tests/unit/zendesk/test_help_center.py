"""What the bot takes from a Help Center: published articles for everybody, as text, in each language."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.knowledge.articles import Article
from integrations.zendesk.outbound.help_center import markdown, page_of
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk, ZendeskSettings
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.stand_in import Asked, Say, StandIn, listening, say_json


def fields(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Article {number}",
        "body": "<p>Text</p>",
        "locale": "en-us",
        "html_url": f"https://acme.zendesk.com/hc/en-us/articles/{number}",
        "draft": False,
        "user_segment_id": None,
    } | changed


def ids_of(*articles: dict[str, Any]) -> list[str]:
    return [article.id for article in page_of({"articles": list(articles)}).articles]


def test_an_article_is_read_with_title_link_and_language() -> None:
    page = page_of({"articles": [fields(1)]})

    assert page.articles == (
        Article("1", "Article 1", "Text", "https://acme.zendesk.com/hc/en-us/articles/1", "en-us"),
    )


def test_drafts_and_restricted_articles_are_told_but_not_shown() -> None:
    segmented = fields(3, user_segment_id=None, user_segment_ids=[7])
    unknown = fields(4)
    del unknown["user_segment_id"]
    page = page_of({"articles": [fields(1, draft=True), fields(2, user_segment_id=360001), segmented, unknown]})

    assert page.ids == ("1", "2", "3", "4")
    assert page.articles == ()


def test_community_posts_are_no_articles() -> None:
    assert page_of({"posts": [fields(1)], "articles": []}).articles == ()


def test_each_published_translation_is_an_article_of_its_own() -> None:
    german = {"locale": "de", "title": "Artikel", "body": "<p>Text auf Deutsch</p>", "draft": False, "source_id": 1}
    draft = {"locale": "fr", "title": "Article", "body": "<p>Texte</p>", "draft": True, "source_id": 1}
    other = {"locale": "es", "title": "Otro", "body": "<p>Texto</p>", "draft": False, "source_id": 2}
    embedded = page_of({"articles": [fields(1, translations=[german, draft])]})
    beside = page_of({"articles": [fields(1)], "translations": [german, draft, other]})

    assert [(each.locale, each.text) for each in embedded.articles] == [("en-us", "Text"), ("de", "Text auf Deutsch")]
    assert beside.articles == embedded.articles


def test_html_becomes_text_with_headings_and_lists_and_without_scripts() -> None:
    html = (
        "<h2>Fees &amp; taxes</h2><p>Ten <b>dollars</b>.<br>Per order.</p><ul><li>cash</li><li>card</li></ul>"
        "<script>alert('x')</script><style>p{}</style><table><tr><td>A</td><td>B</td></tr></table>"
    )

    assert markdown(html).split("\n") == [
        "## Fees & taxes", "", "Ten dollars.", "Per order.", "", "- cash", "- card", "", "A B",
    ]  # fmt: skip


@pytest.fixture
async def helpdesk() -> AsyncIterator[tuple[ZendeskHelpDesk, StandIn]]:
    """The adapter in front of a server that answers what the test says."""
    with listening() as server:
        settings = ZendeskSettings(server.url, email="bot@acme.test", api_token="t0ken")
        adapter = ZendeskHelpDesk(settings, ManualClock())
        yield adapter, server
        await adapter.close()


async def test_a_listing_is_read_part_by_part(helpdesk: tuple[ZendeskHelpDesk, StandIn]) -> None:
    adapter, server = helpdesk

    def answer(asked: Asked) -> Say:
        if "after" in asked.path:
            return say_json({"articles": [fields(2)], "meta": {"has_more": False}})
        following = "https://acme.zendesk.com/api/v2/help_center/articles.json?page[after]=x"
        return say_json({"articles": [fields(1)], "meta": {"has_more": True}, "links": {"next": following}})

    server.answer = answer
    first = await adapter.all_articles()
    second = await adapter.all_articles(first.following)

    assert [first.ids, second.ids, second.following] == [("1",), ("2",), ""]


async def test_changes_are_asked_since_a_time_and_tell_until_when(helpdesk: tuple[ZendeskHelpDesk, StandIn]) -> None:
    adapter, server = helpdesk
    server.answer = lambda _: say_json({"articles": [fields(1)], "next_page": None, "end_time": 1700000100})
    page = await adapter.changed_articles(1700000000)

    assert page.until == 1700000100
    assert "/api/v2/help_center/incremental/articles" in server.asked[-1].path
    assert "start_time=1700000000" in server.asked[-1].path


SEGMENTS = [
    {"id": 1, "user_type": "signed_in_users"},
    {"id": 2, "user_type": "signed_in_users", "organization_ids": [77, 78]},
    {"id": 3, "user_type": "staff"},
    {"id": 4, "user_type": "signed_in_users", "tags": ["gold"]},
    {"id": 5, "user_type": "signed_in_users", "organization_ids": [99]},
]


async def test_a_restricted_article_is_for_those_whom_its_segment_names(
    helpdesk: tuple[ZendeskHelpDesk, StandIn],
) -> None:
    adapter, server = helpdesk

    def answer(asked: Asked) -> Say:
        if "user_segments" in asked.path:
            return say_json({"user_segments": SEGMENTS})
        if "organizations" in asked.path:
            return say_json({"organizations": [{"id": 77, "name": "Initech"}, {"id": 78, "name": "Globex"}]})
        restricted = [fields(number, user_segment_id=number) for number in range(1, 7)]
        either = fields(7, user_segment_id=None, user_segment_ids=[1, 3])
        return say_json({"articles": [fields(8), *restricted, either], "meta": {"has_more": False}})

    server.answer = answer
    page = await adapter.all_articles()

    assert {article.id: set(article.audience) for article in page.articles} == {
        "8": {"public"},
        "1": {"verified"},
        "2": {"Initech", "Globex"},
        "7": {"verified"},
    }
    assert page.ids == ("8", "1", "2", "3", "4", "5", "6", "7")


@pytest.mark.parametrize("status", [403, 404])
async def test_segments_that_cannot_be_read_keep_their_articles_hidden(
    helpdesk: tuple[ZendeskHelpDesk, StandIn], status: int
) -> None:
    adapter, server = helpdesk

    def answer(asked: Asked) -> Say:
        if "user_segments" in asked.path:
            return say_json({"error": "Forbidden"}, status)
        return say_json({"articles": [fields(1, user_segment_id=5), fields(2)], "meta": {"has_more": False}})

    server.answer = answer

    assert [article.id for article in (await adapter.all_articles()).articles] == ["2"]


async def test_without_restricted_articles_no_segment_is_asked_for(helpdesk: tuple[ZendeskHelpDesk, StandIn]) -> None:
    adapter, server = helpdesk
    server.answer = lambda _: say_json({"articles": [fields(1, updated_at="2026-05-01T10:00:00Z")]})
    page = await adapter.all_articles()

    assert len(server.asked) == 1
    assert page.articles[0].updated == "2026-05-01"
