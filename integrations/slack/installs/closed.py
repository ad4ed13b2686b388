"""The two addresses of installing, and their answer where the operator has not set it up; it needs no Bolt."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from integrations.slack.installs import pages

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
SAFE_PAGE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address holds a code
    "X-Content-Type-Options": "nosniff",
}


def closed_routes() -> Sequence[Route]:
    """Return both addresses; nobody is led anywhere."""
    return [Route(path, endpoint=_closed, methods=["GET"]) for path in (INSTALL_PATH, REDIRECT_PATH)]


def html(status: int, page: str) -> Response:
    """Return a page of ours: never kept, never framed."""
    return HTMLResponse(page, status, headers=SAFE_PAGE)


async def _closed(_: Request) -> Response:
    return html(503, pages.not_set_up())
