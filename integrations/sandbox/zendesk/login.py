"""Zendesk's credentials: OAuth client credentials and, while they last, API tokens.

https://developer.zendesk.com/api-reference/introduction/security-and-auth/
"""

import secrets

from integrations.sandbox.core.clock import iso
from integrations.sandbox.core.wire import Answer, BadBody, Call
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.state import AccessToken, ZendeskUser
from integrations.sandbox.zendesk.write import ZendeskError, not_found

DEFAULT_TOKEN_SECONDS = 1800


class Login:
    """Gives tokens and knows whom they belong to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def token(self, call: Call) -> Answer:
        """POST /oauth/tokens: the client_credentials grant; no refresh token."""
        world = self._desk.world
        try:
            wanted = call.form() if "form" in call.content_type else call.json()
        except BadBody:
            wanted = {}
        options = world.options
        if wanted.get("grant_type") != "client_credentials":
            return Answer(400, {"error": "unsupported_grant_type", "error_description": "Grant type not supported"})
        if (wanted.get("client_id"), wanted.get("client_secret")) != (
            options.zendesk_client_id, options.zendesk_client_secret,
        ):  # fmt: skip
            text = "Client authentication failed due to unknown client"
            return Answer(401, {"error": "invalid_client", "error_description": text})
        try:
            seconds = int(wanted.get("expires_in") or DEFAULT_TOKEN_SECONDS)
        except (TypeError, ValueError):
            seconds = 0
        if not 300 <= seconds <= 172_800:
            return Answer(400, {"error": "invalid_request", "error_description": "expires_in is out of range"})
        scope = str(wanted.get("scope") or "read write")
        token = secrets.token_hex(32)
        number = world.zendesk.next_id()
        expires = world.clock.now() + seconds
        world.zendesk.tokens[token] = AccessToken(number, token, world.zendesk.bot_id, scope.split(), expires)
        world.changed()
        body = {"access_token": token, "token_type": "bearer", "scope": scope, "expires_in": seconds}
        return Answer(200, body, {"Cache-Control": "no-store"})

    def who(self, call: Call, route: str) -> tuple[ZendeskUser, frozenset[str]]:
        """The user behind the credentials and the token's scopes; raises 401 or 403."""
        state, options = self._desk.state, self._desk.world.options
        bot = state.users[state.bot_id]
        if route.startswith("help_center") and "authorization" not in call.headers:
            return ZendeskUser(0, "Anonymous", "end-user", "", ""), frozenset({"*"})
        if call.bearer:
            token = state.tokens.get(call.bearer)
            if token is None or token.expires <= self._desk.world.clock.now():
                text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
                raise ZendeskError(401, {"error": "invalid_token", "error_description": text})
            scopes = frozenset(token.scopes)
            _check_scope(call.method, route, scopes)
            return bot, scopes
        if call.basic == (f"{options.zendesk_email}/token", options.zendesk_api_token):
            return bot, frozenset({"*"})
        raise ZendeskError(401, {"error": "Couldn't authenticate you"})

    def current(self, ask: Ask) -> Answer:
        """GET /oauth/tokens/current"""
        token = self._desk.state.tokens.get(ask.call.bearer)
        if token is None:
            raise not_found()
        shape = {
            "id": token.id,
            "url": f"{ask.base}/oauth/tokens/{token.id}.json",
            "client_id": 1,
            "user_id": token.user_id,
            "scopes": token.scopes,
            "token": token.token[:10],
            "refresh_token": None,
            "expires_at": iso(token.expires),
        }
        return ask.answer({"token": shape})

    def revoke(self, ask: Ask) -> Answer:
        """DELETE /oauth/tokens/{id}"""
        tokens = self._desk.state.tokens
        found = next((t for t in tokens.values() if str(t.id) == ask.ids[0]), None)
        if found is None:
            raise not_found()
        del tokens[found.token]
        self._desk.world.changed()
        return Answer(204)


def _check_scope(method: str, route: str, scopes: frozenset[str]) -> None:
    resource = route.partition("/")[0]
    verb = "read" if method == "GET" else "write"
    if not scopes & {verb, f"{resource}:{verb}", "*"}:
        text = "You do not have access to this page. Please contact the account owner of this help desk."
        raise ZendeskError(403, {"error": {"title": "Forbidden", "message": text}})
