"""Endpoints beside tickets and people: files, articles, ratings, suspended tickets, jobs."""

import base64
import html
import re
import secrets
from typing import Any

from integrations.sandbox.core.wire import JSON, Answer, Call
from integrations.sandbox.slack.files import file_answer
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.shapes import attachment_json, ticket_json
from integrations.sandbox.zendesk.state import Attachment, Upload
from integrations.sandbox.zendesk.text import plain
from integrations.sandbox.zendesk.users import find_user, new_user
from integrations.sandbox.zendesk.write import NewComment, Write, ZendeskError, not_found

UPLOAD_SECONDS = 3 * 86_400.0


def upload(ask: Ask) -> Answer:
    """POST /uploads?filename=: raw bytes; a token given again adds to it."""
    name = ask.call.query.get("filename", "")
    if not name:
        raise ZendeskError(400, {"error": "AttachmentUnprocessable", "description": "filename is required"})
    desk = ask.desk
    made = store_file(desk, name, ask.call.content_type or "application/octet-stream", ask.call.body)
    token = ask.call.query.get("token", "")
    known = desk.state.uploads.get(token)
    if known is None:
        known = Upload(secrets.token_urlsafe(18), [], desk.world.clock.now() + UPLOAD_SECONDS)
        desk.state.uploads[known.token] = known
    known.attachment_ids.append(made.id)
    shapes = [attachment_json(desk.state.attachments[i], ask.base) for i in known.attachment_ids]
    from integrations.sandbox.core.clock import iso

    body = {"token": known.token, "expires_at": iso(known.expires), "attachment": shapes[-1], "attachments": shapes}
    return ask.answer({"upload": body}, 201)


def delete_upload(ask: Ask) -> Answer:
    """DELETE /uploads/{token}"""
    if ask.desk.state.uploads.pop(ask.ids[0], None) is None:
        raise not_found()
    return Answer(204)


def attachment(ask: Ask) -> Answer:
    """GET /attachments/{id}"""
    found = ask.desk.state.attachments.get(int(ask.ids[0]))
    if found is None:
        raise not_found()
    return ask.answer({"attachment": attachment_json(found, ask.base)})


def store_file(desk: Desk, name: str, content_type: str, content: bytes) -> Attachment:
    """Keep a file."""
    state = desk.state
    text = base64.b64encode(content).decode()
    made = Attachment(state.next_id(), name, content_type, len(content), secrets.token_urlsafe(18), text)
    state.attachments[made.id] = made
    desk.world.changed()
    return made


def content(desk: Desk, token: str, call: Call, cdn: bool) -> Answer:
    """A file's bytes: first a redirect, then a store that refuses foreign credentials."""
    found = next((a for a in desk.state.attachments.values() if a.token == token), None)
    if found is None:
        return Answer(404, raw=b"not found", content_type="text/plain")
    if not cdn:
        location = f"{desk.world.base_url}/_files/zendesk-cdn/{token}/{found.file_name}"
        return Answer(302, raw=b"", headers={"Location": location}, content_type="text/html")
    if "authorization" in call.headers:
        text = b"<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>"
        return Answer(400, raw=text, content_type="application/xml")
    return file_answer(found.file_name, found.content_type, found.content)


def list_articles(ask: Ask) -> Answer:
    """GET /help_center/articles and /help_center/{locale}/articles: agents see drafts and internal ones too"""
    wanted = {name for name in ask.call.query.get("label_names", "").split(",") if name}
    found = [a for a in _articles(ask) if not wanted or wanted & set(a["label_names"])]
    return ask.page("articles", found, lambda a: _article_json(ask, a))


def list_user_segments(ask: Ask) -> Answer:
    """GET /help_center/user_segments: whom restricted articles are for; here agents alone"""
    narrower: JSON = {"group_ids": [], "organization_ids": [], "tags": [], "or_tags": [], "added_user_ids": []}
    agents = {"id": 360001, "name": "Agents and admins", "user_type": "staff", "built_in": True, **narrower}
    return ask.page("user_segments", [agents], lambda segment: segment)


def incremental_articles(ask: Ask) -> Answer:
    """GET /help_center/incremental/articles?start_time="""
    found = [_article_json(ask, a) for a in _articles(ask)]
    body = {"articles": found, "count": len(found), "next_page": None, "end_time": int(ask.desk.world.clock.now())}
    return ask.answer(body)


def search_articles(ask: Ask) -> Answer:
    """GET /help_center/articles/search"""
    query = ask.call.query
    if not any(query.get(k) for k in ("query", "category", "section", "label_names")):
        text = "One of query, category, section, label_names is required"
        raise ZendeskError(400, {"error": "RequestParameterMissing", "description": text})
    words = query.get("query", "").lower().split()
    found = []
    for article in _articles(ask):
        text = f"{article['title']} {plain(article['body'])}".lower()
        hits = sum(word in text for word in words)
        section = query.get("section")
        if (hits or not words) and not article["draft"] and section in {None, str(article["section_id"])}:
            found.append((hits, article))
    found.sort(key=lambda pair: -pair[0])
    return ask.page("results", [a for _, a in found], lambda a: _hit_json(ask, a))


def ratings(ask: Ask) -> Answer:
    """GET /satisfaction_ratings"""
    score = ask.call.query.get("score", "")
    found = [r for r in ask.desk.state.ratings.values() if not score or r["score"] == score or score == "received"]
    return ask.page("satisfaction_ratings", found, lambda r: r)


def rating(ask: Ask) -> Answer:
    """GET /satisfaction_ratings/{id}"""
    found = ask.desk.state.ratings.get(int(ask.ids[0]))
    if found is None:
        raise not_found()
    return ask.answer({"satisfaction_rating": found})


def rate(_: Ask) -> Answer:
    """POST /tickets/{id}/satisfaction_rating: only the ticket's end user may."""
    raise ZendeskError(403, {"error": {"title": "Forbidden", "message": "You do not have access to this page."}})


def suspended(ask: Ask) -> Answer:
    """GET /suspended_tickets: what the spam filter kept; no webhook told of it"""
    return ask.page("suspended_tickets", list(ask.desk.state.suspended.values()), lambda s: s)


def recover(ask: Ask) -> Answer:
    """PUT /suspended_tickets/{id}/recover: makes the ticket."""
    found = ask.desk.state.suspended.pop(int(ask.ids[0]), None)
    if found is None:
        raise not_found()
    author = found["author"]
    user = find_user(ask.desk.state, email=str(author["email"])) or new_user(
        ask.desk, str(author["name"]), "end-user", str(author["email"]), None, verified=False
    )
    write = Write(user, "email", comment=NewComment(user, str(found["content"]), public=True))
    ticket = ask.desk.create(write, user, str(found["subject"]), user, None)
    return ask.answer({"ticket": [ticket_json(ask.desk.state, ticket, ask.base)]})


def job(ask: Ask) -> Answer:
    """GET /job_statuses/{id}"""
    found = ask.desk.state.jobs.get(ask.ids[0])
    if found is None:
        raise not_found()
    return ask.answer({"job_status": found})


def _articles(ask: Ask) -> list[JSON]:
    found = list(ask.desk.state.articles.values())
    if ask.actor.staff:
        return found
    return [a for a in found if a["user_segment_id"] is None and not a["draft"]]


def _article_json(ask: Ask, article: JSON) -> JSON:
    number = article["id"]
    urls = {
        "url": f"{ask.base}/help_center/en-us/articles/{number}.json",
        "html_url": f"{ask.desk.world.base_url}/hc/en-us/articles/{number}",
    }
    return article | urls


def _hit_json(ask: Ask, article: JSON) -> JSON:
    words: Any = ask.call.query.get("query", "").split()
    snippet = html.escape(plain(article["body"])[:200], quote=False)
    for word in words:
        snippet = re.sub(re.escape(html.escape(word)), r"<em>\g<0></em>", snippet, flags=re.IGNORECASE)
    return _article_json(ask, article) | {"snippet": snippet, "result_type": "article"}
