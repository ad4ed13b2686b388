"""Writes drafts of Help Center articles: beside the nearest article, by its rules, and never published.

https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/#create-article
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import PermanentFailure
from bot.domain.knowledge.articles import ArticleDraft
from integrations.zendesk.api.session import Json, SafeSession

LABEL = "frontdesk"
LOCALES = "/api/v2/help_center/locales.json"
ARTICLES = "/api/v2/help_center/articles.json"
SEARCH = "/api/v2/help_center/articles/search.json"
SECTIONS = "/api/v2/help_center/sections.json"
PERMISSION_GROUPS = "/api/v2/guide/permission_groups.json"

_LONGEST_QUERY = 200


@dataclass(frozen=True)
class Place:
    """Where an article stands, and who may change it."""

    section: int
    permission_group: int


def write(session: SafeSession, draft: ArticleDraft) -> str:
    """Write the draft, or find the one with its mark; return where people open it.

    Raises:
        PermanentFailure: there is no place for it, the credentials may not write it, or it came out public.
        TemporaryFailure: it may be written or not; whoever asks again finds it by its mark.
    """
    if known := _known(session, draft.mark):
        return _link(session, known)
    locale, place = _locale(session, draft.language), _place(session, draft)
    path = f"/api/v2/help_center/{locale}/sections/{place.section}/articles.json"
    answer: Any = session.post(session.base + path, json=_request(draft, locale, place)).json()
    article = answer.get("article") if isinstance(answer, dict) else None
    if not isinstance(article, dict) or not article.get("id"):
        raise PermanentFailure("the help center did not say what it made of the draft", "no_article")
    if article.get("draft") is not True:
        _take_back(session, article, locale)
    return _link(session, article)


def _request(draft: ArticleDraft, locale: str, place: Place) -> Json:
    """Return the body; without a segment everybody would read it, once somebody publishes it."""
    article = {
        "title": draft.title,
        "body": draft.html,
        "locale": locale,
        "draft": True,
        "permission_group_id": place.permission_group,
        "user_segment_id": None,
        "label_names": [LABEL, draft.mark],
    }
    return {"article": article, "notify_subscribers": False}


def _take_back(session: SafeSession, article: Mapping[str, Any], locale: str) -> None:
    """Nothing is published without a person: only a translation makes a draft of what is not one.

    https://developer.zendesk.com/api-reference/help_center/help-center-api/translations/
    """
    path = f"/api/v2/help_center/articles/{article['id']}/translations/{locale}.json"
    session.put(session.base + path, json={"translation": {"draft": True}})


def _known(session: SafeSession, mark: str) -> Json | None:
    """Return the article with this mark, drafts included, None where there is none."""
    listed = session.get_json(ARTICLES, {"label_names": mark, "per_page": 100}).get("articles")
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((each for each in found if mark in (each.get("label_names") or ())), None)


def _locale(session: SafeSession, language: str) -> str:
    """Return the help center's locale of a language, its first one where it has none."""
    told = session.get_json(LOCALES)
    listed, default = told.get("locales"), str(told.get("default_locale") or "")
    locales = [str(each) for each in listed] if isinstance(listed, list) else []
    wanted = [each for each in (default, *locales) if language and each.partition("-")[0].lower() == language]
    found = next(iter([*wanted, default, *locales]), "")
    if not found:
        raise PermanentFailure("the account has no help center", "no_help_center")
    return found


def _place(session: SafeSession, draft: ArticleDraft) -> Place:
    """Return the place of the nearest article, else the first section with the first group of people."""
    query = {"query": draft.question[:_LONGEST_QUERY], "per_page": 25}
    near = session.get_json(SEARCH, query).get("results")
    for article in near if isinstance(near, list) else []:
        if isinstance(article, dict) and article.get("section_id") and article.get("permission_group_id"):
            return Place(int(article["section_id"]), int(article["permission_group_id"]))
    return Place(_first(session, SECTIONS, "sections"), _first(session, PERMISSION_GROUPS, "permission_groups"))


def _first(session: SafeSession, path: str, name: str) -> int:
    listed = session.get_json(path).get(name)
    ids = [each.get("id") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not ids or not isinstance(ids[0], int):
        raise PermanentFailure(f"the help center has no {name.replace('_', ' ')}", f"no_{name}")
    return ids[0]


def _link(session: SafeSession, article: Mapping[str, Any]) -> str:
    return str(article.get("html_url") or f"{session.base}/hc/articles/{article['id']}")
