"""`GET /slack/install` → Slack → `GET /slack/oauth_redirect`: Bolt's OAuth flow with its holes closed.

The `team` that a link may name is checked and everything in the address to Slack is escaped, a state is good once and
for one browser, nothing is kept in files, and no failure ends in a bare 500.
https://docs.slack.dev/authentication/installing-with-oauth
"""

import logging
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.store.records.one_time import OneTime
from bot.store.redis import Client
from integrations.slack.installs import pages
from integrations.slack.installs.closed import INSTALL_PATH, REDIRECT_PATH, SAFE_PAGE, html
from integrations.slack.installs.installations import Installations
from integrations.slack.installs.stores import KeptInstallations, OneTimeStates

STATE_SECONDS = 600
_CALL_SECONDS = 10
_TEAM = re.compile(r"[TE][A-Z0-9]{2,31}")
_HTML = "text/html; charset=utf-8"
_QUIET = logging.getLogger("integrations.slack.oauth")
_QUIET.setLevel(logging.CRITICAL + 1)  # Bolt logs what Slack answered

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OAuthValues:
    """What installing needs of the settings.

    Args:
        api_url: base of the Web API, ends in `/api/`; people give their consent beside it.
        public_url: our address as others reach it.
        scopes: what the bot asks for.
    """

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    public_url: str
    scopes: Sequence[str]


class EscapedAddress(AuthorizeUrlGenerator):
    """Slack's page of consent, every part of its address escaped; a workspace that is no id is left out."""

    def generate(self, state: str, team: str | None = None) -> str:
        """Return the address."""
        query = {
            "client_id": self.client_id,
            "scope": ",".join(self.scopes or ()),
            "redirect_uri": self.redirect_uri or "",
            "state": state,
        }
        if team and _TEAM.fullmatch(team):
            query["team"] = team
        return f"{self.authorization_url}?{urlencode(query)}"


class ExchangeClient(AsyncWebClient):
    """The SDK's client; it signs the exchange in a way that aiohttp is about to drop."""

    async def oauth_v2_access(self, *, client_id: str, client_secret: str, **fields: Any) -> Any:
        """Exchange a code: https://docs.slack.dev/reference/methods/oauth.v2.access."""
        signed = b64encode(f"{client_id}:{client_secret}".encode()).decode()
        given = {name: value for name, value in fields.items() if value is not None}
        return await self.api_call("oauth.v2.access", data=given, headers={"Authorization": f"Basic {signed}"})


def create_flow(values: OAuthValues, client: Client, installations: Installations, clock: Clock) -> AsyncOAuthFlow:
    """Return Bolt's flow over our own stores and pages; no call is made.

    Args:
        client: of the store, which keeps the states.
    """
    redirect_uri = f"{values.public_url}{REDIRECT_PATH}"
    settings = AsyncOAuthSettings(
        client_id=values.client_id,
        client_secret=values.client_secret,
        scopes=values.scopes,
        user_scopes=[],
        redirect_uri=redirect_uri,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        install_page_rendering_enabled=False,
        callback_options=AsyncCallbackOptions(success=_succeeded, failure=_failed),
        authorization_url=f"{values.api_url.removesuffix('api/')}oauth/v2/authorize",
        state_store=OneTimeStates(OneTime(client, "slack", STATE_SECONDS)),
        state_expiration_seconds=STATE_SECONDS,
        installation_store=KeptInstallations(installations, clock),
        logger=_QUIET,
    )
    settings.authorize_url_generator = EscapedAddress(
        client_id=values.client_id,
        redirect_uri=redirect_uri,
        scopes=values.scopes,
        authorization_url=settings.authorization_url,
    )
    # A code is good once: a resent request would be refused, and the answer to the first one lost.
    slack = ExchangeClient(base_url=values.api_url, timeout=_CALL_SECONDS, logger=_QUIET, retry_handlers=[])
    return AsyncOAuthFlow(client=slack, logger=_QUIET, settings=settings)


async def _succeeded(args: AsyncSuccessArgs) -> BoltResponse:
    new = args.installation
    is_whole = bool(new.is_enterprise_install)
    log.info("slack.installed", workspace=new.team_id or "", organisation=new.enterprise_id or "", whole=is_whole)
    url = (new.enterprise_url or "").rstrip("/")
    address = f"{url}/manage/organization/apps/profile/{new.app_id}/workspaces/add" if is_whole and url else ""
    name = (new.enterprise_name if is_whole else new.team_name) or ""
    page = pages.installed(name, is_organisation=is_whole, address=address)
    return _page(200, page, args.settings.state_utils.build_set_cookie_for_deletion())


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    reason = args.reason if args.reason in pages.REASONS else "refused"
    log.warning("slack.not_installed", reason=reason)
    status = 503 if reason == "storage_error" else 400
    return _page(status, pages.not_installed(reason), args.settings.state_utils.build_set_cookie_for_deletion())


def _page(status: int, page: str, cookie: str) -> BoltResponse:
    return BoltResponse(status=status, body=page, headers={"Content-Type": _HTML, "Set-Cookie": [cookie]})


class InstallRoutes:
    """The two addresses that whoever installs the app visits.

    Args:
        is_https: whether people reach us by https: the state's cookie then travels by nothing else.
    """

    def __init__(self, flow: AsyncOAuthFlow, *, is_https: bool) -> None:
        self._flow = flow
        self._is_https = is_https

    @property
    def routes(self) -> Sequence[Route]:
        """Where they are."""
        return (
            Route(INSTALL_PATH, endpoint=self.install, methods=["GET"]),
            Route(REDIRECT_PATH, endpoint=self.redirect, methods=["GET"]),
        )

    async def install(self, request: Request) -> Response:
        """Lead to Slack's page of consent."""
        try:
            return self._answer(await self._flow.handle_installation(_bolt_request(request)))
        except TemporaryFailure:
            return html(503, pages.store_away())

    async def redirect(self, request: Request) -> Response:
        """Take the code that Slack sends back, and keep what it is exchanged for."""
        try:
            return self._answer(await self._flow.handle_callback(_bolt_request(request)))
        except TemporaryFailure:
            return html(503, pages.store_away())
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError) as error:
            log.warning("slack.not_installed", reason=type(error).__name__)
            return html(503, pages.not_installed("no_answer"))

    def _answer(self, given: BoltResponse) -> Response:
        response = HTMLResponse(given.body, given.status, headers=SAFE_PAGE)
        if location := given.first_headers_without_set_cookie().get("location"):
            response.headers["location"] = location
        for cookie in given.headers.get("set-cookie", []):
            response.headers.append("set-cookie", self._guarded(cookie))
        return response

    def _guarded(self, cookie: str) -> str:
        """The cookie comes back from Slack's site by a link alone, and over https where that is how people come."""
        kept = cookie if self._is_https else cookie.replace(" Secure;", "")
        return f"{kept}; SameSite=Lax"


def is_https(address: str) -> bool:
    """Return whether an address is one of https."""
    return urlsplit(address).scheme == "https"


def _bolt_request(request: Request) -> AsyncBoltRequest:
    headers: dict[str, str | Sequence[str]] = {name: request.headers.getlist(name) for name in set(request.headers)}
    return AsyncBoltRequest(body="", query=request.url.query, headers=headers)
