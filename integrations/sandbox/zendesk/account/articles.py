"""Writing in the Help Center: where articles may stand, who may write them, and that a draft stays one until published.

https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/#create-article
https://developer.zendesk.com/api-reference/help_center/help-center-api/translations/#update-translation
https://developer.zendesk.com/api-reference/help_center/help-center-api/permission_groups/
"""

import re

from integrations.sandbox.core.clock import iso
from integrations.sandbox.core.wire import JSON, Answer
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.state import ZendeskUser
from integrations.sandbox.zendesk.write import ZendeskError, not_found

LOCALE = "en-us"
STAFF_SEGMENT = 360001
SECTIONS: tuple[JSON, ...] = (
    {"id": 7001, "name": "FAQ", "locale": LOCALE, "source_locale": LOCALE, "category_id": 6901, "position": 0},
)
PERMISSION_GROUPS: tuple[JSON, ...] = (
    {"id": 6001, "name": "Managers", "edit": [], "publish": [], "built_in": True},
    {"id": 6002, "name": "Agents and managers", "edit": [STAFF_SEGMENT], "publish": [], "built_in": True},
)
_KEYS = frozenset(
    {
        *("title", "body", "locale", "draft", "permission_group_id", "user_segment_id", "user_segment_ids"),
        *("label_names", "comments_disabled", "promoted", "position", "author_id", "content_tag_ids"),
    }
)
_UNSAFE = re.compile(
    r"<(script|iframe|object|embed|style)\b.*?</\1\s*>|<(?:script|iframe|object|embed|style)\b[^>]*>"
    r"|\son\w+\s*=\s*(?:\"[^\"]*\"|'[^']*')",
    re.IGNORECASE | re.DOTALL,
)


def locales(ask: Ask) -> Answer:
    """GET /help_center/locales"""
    return ask.answer({"locales": [LOCALE], "default_locale": LOCALE})


def sections(ask: Ask) -> Answer:
    """GET /help_center/sections, /help_center/{locale}/sections"""
    return ask.page("sections", list(SECTIONS), lambda each: each)


def permission_groups(ask: Ask) -> Answer:
    """GET /guide/permission_groups: for administrators of the Help Center alone"""
    if ask.actor.role != "admin":
        raise _forbidden()
    return ask.page("permission_groups", list(PERMISSION_GROUPS), lambda each: each)


def create(ask: Ask) -> Answer:
    """POST /help_center/{locale}/sections/{id}/articles: public at once unless it says that it is a draft"""
    fields = ask.body("article", _KEYS)
    section = next((each for each in SECTIONS if each["id"] == int(ask.ids[0])), None)
    if section is None:
        raise not_found()
    group = next((each for each in PERMISSION_GROUPS if each["id"] == fields.get("permission_group_id")), None)
    if group is None:
        raise _invalid("permission_group_id")
    if not fields.get("title"):
        raise _invalid("title")
    if fields.get("locale", LOCALE) != LOCALE:
        raise _invalid("locale")
    if not _may_edit(ask.actor, group):
        raise _forbidden()
    article = _article(ask, fields, section["id"])
    ask.desk.state.articles[article["id"]] = article
    ask.desk.world.changed()
    return ask.answer({"article": _with_urls(ask, article)}, 201)


def show_translation(ask: Ask) -> Answer:
    """GET /help_center/articles/{id}/translations/{locale}"""
    return ask.answer({"translation": _translation(_found(ask.desk, int(ask.ids[0])))})


def change_translation(ask: Ask) -> Answer:
    """PUT /help_center/articles/{id}/translations/{locale}: the only way to publish what is a draft"""
    article = _found(ask.desk, int(ask.ids[0]))
    if ask.actor.role != "admin":
        raise _forbidden()
    fields = ask.body("translation", frozenset({"title", "body", "draft", "outdated"}))
    _change(ask.desk, article, fields)
    return ask.answer({"translation": _translation(article)})


def publish(desk: Desk, body: JSON) -> JSON:
    """A person publishes an article in the Help Center, as it is or in words of their own."""
    article = _found(desk, int(body["article"]))
    _change(desk, article, {name: body[name] for name in ("title", "body") if name in body} | {"draft": False})
    return {"article": article["id"]}


def _change(desk: Desk, article: JSON, fields: JSON) -> None:
    if "body" in fields:
        fields = fields | {"body": _safe(fields["body"])}
    now = iso(desk.world.clock.now())
    article.update(fields | {"updated_at": now, "edited_at": now})
    article["name"] = article["title"]
    desk.world.changed()


def _article(ask: Ask, fields: JSON, section: int) -> JSON:
    now = iso(ask.desk.world.clock.now())
    title = str(fields["title"])
    return {
        "id": ask.desk.state.next_id() + 80_000,
        "title": title,
        "name": title,
        "body": _safe(fields.get("body")),
        "locale": LOCALE,
        "source_locale": LOCALE,
        "label_names": list(fields.get("label_names") or ()),
        "section_id": section,
        "permission_group_id": fields["permission_group_id"],
        "user_segment_id": fields.get("user_segment_id"),
        "author_id": ask.actor.id,
        "draft": fields.get("draft") is True,
        "outdated": False,
        "vote_sum": 0,
        "created_at": now,
        "updated_at": now,
        "edited_at": now,
    }


def _may_edit(actor: ZendeskUser, group: JSON) -> bool:
    return actor.role == "admin" or (actor.staff and STAFF_SEGMENT in (*group["edit"], *group["publish"]))


def _safe(body: object) -> str:
    """Zendesk takes unsafe tags and attributes away."""
    return _UNSAFE.sub("", str(body or ""))


def _found(desk: Desk, number: int) -> JSON:
    article = desk.state.articles.get(number)
    if article is None:
        raise not_found()
    return article


def _translation(article: JSON) -> JSON:
    names = ("locale", "title", "body", "draft", "outdated", "created_at", "updated_at")
    return {"id": article["id"] + 1, "source_id": article["id"], "source_type": "Article"} | {
        name: article[name] for name in names
    }


def _with_urls(ask: Ask, article: JSON) -> JSON:
    number = article["id"]
    return article | {
        "url": f"{ask.base}/help_center/{LOCALE}/articles/{number}.json",
        "html_url": f"{ask.desk.world.base_url}/hc/{LOCALE}/articles/{number}",
    }


def _forbidden() -> ZendeskError:
    return ZendeskError(403, {"error": {"title": "Forbidden", "message": "You do not have access to this page."}})


def _invalid(*names: str) -> ZendeskError:
    details = {name: [{"description": f"{name}: is invalid", "error": "InvalidValue"}] for name in names}
    body: JSON = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return ZendeskError(422, body)
