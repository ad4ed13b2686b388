"""Slack's page of consent, and the exchange of its code for a token.

https://docs.slack.dev/authentication/installing-with-oauth · https://docs.slack.dev/reference/methods/oauth.v2.access
"""

import hmac
import uuid
from html import escape
from urllib.parse import urlencode, urlsplit

from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.state import APP_ID, BOT_USER, AppInstall, Grant, Workspace

PATH = "/slack/oauth/v2/authorize"
METHOD = "oauth.v2.access"
CODE_SECONDS = 600.0
_HTML = "text/html; charset=utf-8"


def page(slack: Slack, call: Call) -> Answer:
    """Show who may be asked; or do what a person chose there."""
    query = call.query
    if query.get("client_id") != slack.world.options.slack_client_id:
        return _words(400, "Oops! We couldn't find that app (invalid client_id).")
    if urlsplit(query.get("redirect_uri", "")).scheme not in {"http", "https"} or not query.get("scope"):
        return _words(400, "Oops! Something is missing: redirect_uri, scope.")
    if call.method == "GET":
        return _choice(slack, query)
    try:
        return _chosen(slack, query, call.form())
    except BadBody:
        return _words(400, "Oops!")


def _choice(slack: Slack, query: dict[str, str]) -> Answer:
    """One button for each workspace and organisation; a `team` in the address picks one before."""
    state = slack.world.slack
    organisations = sorted({each.organisation for each in state.workspaces.values()} - {""})
    buttons = [_button("team", each.id, each.name) for each in state.workspaces.values()]
    buttons += [_button("organisation", each, f"all of {each}") for each in organisations]
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in query["scope"].split(","))
    picked = escape(query.get("team", ""))
    body = (
        f"<h1>Frontdesk wants to join</h1><p>Workspace: {picked or 'not chosen'}</p><ul>{scopes}</ul>"
        f"<form method='post'>{''.join(buttons)}<button name='deny' value='1'>Cancel</button></form>"
    )
    return _words(200, body)


def _button(name: str, value: str, text: str) -> str:
    return f"<button name='{name}' value='{escape(value)}'>Allow in {escape(text)}</button>"


def _chosen(slack: Slack, query: dict[str, str], form: dict[str, str]) -> Answer:
    state = query.get("state", "")
    if form.get("deny"):
        return _back(query, {"error": "access_denied", "state": state})
    workspaces = slack.world.slack.workspaces
    team, organisation = form.get("team", ""), form.get("organisation", "")
    known = {each.organisation for each in workspaces.values()} - {""}
    if team not in workspaces and organisation not in known:
        return _words(400, "Oops! No such workspace.")
    code = f"{uuid.uuid4().hex}.{uuid.uuid4().hex}"
    expires = slack.world.clock.now() + CODE_SECONDS
    slack.world.slack.grants[code] = Grant(team, organisation, query["redirect_uri"], query["scope"], expires)
    slack.world.changed()
    return _back(query, {"code": code, "state": state})


def _back(query: dict[str, str], answer: dict[str, str]) -> Answer:
    return Answer(302, raw=b"", headers={"Location": f"{query['redirect_uri']}?{urlencode(answer)}"})


def access(slack: Slack, args: JSON, call: Call) -> JSON:
    """`oauth.v2.access`; a code is good once. An app that is installed again keeps its token."""
    _check_client(slack, args, call)
    state = slack.world.slack
    grant = state.grants.pop(str(args.get("code")), None)
    slack.world.changed()
    if grant is None or grant.expires < slack.world.clock.now():
        raise SlackError("invalid_code")
    if args.get("redirect_uri") != grant.redirect_uri:
        raise SlackError("bad_redirect_uri")

    workspace = state.workspaces.get(grant.team)
    organisation = workspace.organisation if workspace else grant.organisation
    token = _kept_token(slack, grant) or f"xoxb-{uuid.uuid4().hex}"
    state.installs[token] = AppInstall(token, grant.team, organisation, grant.scopes)
    if not grant.team:
        state.withheld = []
    return _answer(workspace, organisation, token, grant)


def _check_client(slack: Slack, args: JSON, call: Call) -> None:
    options = slack.world.options
    client, secret = call.basic if call.basic[0] else (str(args.get("client_id")), str(args.get("client_secret")))
    if client != options.slack_client_id:
        raise SlackError("invalid_client_id")
    if not hmac.compare_digest(secret.encode(), options.slack_client_secret.encode()):
        raise SlackError("bad_client_secret")


def _kept_token(slack: Slack, grant: Grant) -> str:
    same = (
        each.token
        for each in slack.world.slack.installs.values()
        if not each.revoked and each.team == grant.team and (grant.team or each.organisation == grant.organisation)
    )
    return next(same, "")


def _answer(workspace: Workspace | None, organisation: str, token: str, grant: Grant) -> JSON:
    return {
        "app_id": APP_ID,
        "authed_user": {"id": "U0ADMIN"},
        "scope": grant.scopes,
        "token_type": "bot",
        "access_token": token,
        "bot_user_id": BOT_USER,
        "team": {"id": workspace.id, "name": workspace.name} if workspace else None,
        "enterprise": {"id": organisation, "name": f"Organisation {organisation}"} if organisation else None,
        "is_enterprise_install": workspace is None,
    }


def _words(status: int, body: str) -> Answer:
    return Answer(status, raw=f"<!doctype html><title>Slack</title>{body}".encode(), content_type=_HTML)
