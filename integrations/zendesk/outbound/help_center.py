"""Reads the Help Center articles that customers, or some of them, may see, as Markdown.

https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from bot.domain.knowledge.articles import EVERYBODY, Article, ArticlePage
from integrations.zendesk.api.session import Json, SafeSession, following
from integrations.zendesk.outbound.user_segments import Audiences, audiences

ALL = "/api/v2/help_center/articles.json"
CHANGED = "/api/v2/help_center/incremental/articles.json"
PAGE_SIZE = 100

_UNSEEN = frozenset({"script", "style", "template", "iframe", "svg"})
_BLOCKS = frozenset({"p", "div", "section", "br", "tr", "ul", "ol", "table", "blockquote", "pre"})
_HEADINGS = {"h1": "## ", "h2": "## ", "h3": "### ", "h4": "### "}


def all_articles(session: SafeSession, after: str) -> ArticlePage:
    """Return a part of all articles; agents are shown drafts and internal ones too."""
    body = session.get_json(after) if after else session.get_json(ALL, _params())
    return page_of(body, audiences(session, _segments_in(body)))


def changed_articles(session: SafeSession, since: int, after: str) -> ArticlePage:
    """Return a part of what changed after `since` (Unix seconds)."""
    body = session.get_json(after) if after else session.get_json(CHANGED, _params() | {"start_time": since})
    return page_of(body, audiences(session, _segments_in(body)))


def page_of(body: Json, readers: Audiences | None = None) -> ArticlePage:
    """Return a listing's part: every article's id, and what of them customers may see.

    Args:
        readers: who the user segments are; without it a restricted article is shown to nobody.
    """
    found = [fields for fields in _objects(body.get("articles")) if fields.get("id")]
    beside = _objects(body.get("translations"))
    articles = [article for fields in found for article in _articles_of(fields, beside, readers or {})]
    ids = tuple(str(fields["id"]) for fields in found)
    until = body.get("end_time")
    return ArticlePage(ids, tuple(articles), following(body), until if isinstance(until, int) else 0)


def _objects(listed: object) -> list[Json]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _articles_of(fields: Json, beside: list[Json], readers: Audiences) -> Iterator[Article]:
    """The article in each language; none where nobody whom a desk knows may read it."""
    audience = _audience_of(fields, readers)
    if not audience:
        return
    versions = [fields, *_translations_of(fields, beside)]
    by_locale = {str(version.get("locale") or ""): version for version in versions}
    for locale, version in by_locale.items():
        if version.get("draft") is False and version.get("hidden") is not True:
            yield from _article(fields, version, locale, audience)


def _translations_of(fields: Json, beside: list[Json]) -> list[Json]:
    """Return an article's translations: in it, or listed beside all articles."""
    own = fields.get("translations")
    if isinstance(own, list):
        return _objects(own)
    return [each for each in beside if each.get("source_id") == fields["id"]]


def _article(fields: Json, version: Json, locale: str, audience: frozenset[str]) -> Iterator[Article]:
    """One language of it, where it says anything."""
    text = markdown(str(version.get("body") or ""))
    link = str(version.get("html_url") or fields.get("html_url") or "")
    updated = str(version.get("updated_at") or "")[:10]
    if text:
        title = str(version.get("title") or "")
        yield Article(str(fields["id"]), title, text, link, locale.lower(), audience, updated)


def _audience_of(fields: Json, readers: Audiences) -> frozenset[str]:
    """Who may read an article; nobody where nothing says that no segment restricts it."""
    if "user_segment_id" not in fields:
        return frozenset()
    segments = _segments_of(fields)
    return frozenset().union(*(readers.get(one, frozenset()) for one in segments)) if segments else EVERYBODY


def _segments_of(fields: Json) -> list[int]:
    own = [fields["user_segment_id"]] if fields.get("user_segment_id") is not None else []
    return [*own, *(fields.get("user_segment_ids") or ())]


def _segments_in(body: Json) -> set[int]:
    found = [fields for fields in body.get("articles") or [] if isinstance(fields, dict)]
    return {one for fields in found for one in _segments_of(fields)}


def markdown(html: str) -> str:
    """Return an article's text with its headings and lists; scripts and styles are left out."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Begin a block."""
        self._unseen += tag in _UNSEEN
        if tag in _HEADINGS:
            self.parts.append(f"\n\n{_HEADINGS[tag]}")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a block."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _HEADINGS or tag in {"p", "ul", "ol", "table"}:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not self._unseen:
            self.parts.append(data.replace("\n", " "))


def _params() -> Json:
    return {"page[size]": PAGE_SIZE, "per_page": PAGE_SIZE, "include": "translations"}
