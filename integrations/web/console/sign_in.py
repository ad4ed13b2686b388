"""The form that takes the console's key once, and the cookie that a browser keeps afterwards."""

from html import escape
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from integrations.web.access import BEARER, COOKIE, SIGNED_IN_SECONDS, Access, KeyNeeded
from integrations.web.console.layout import HOME, page


def sign_in_router(access: Access) -> APIRouter:
    """Return the route that takes the key."""
    router = APIRouter()

    @router.post(HOME, response_model=None)
    async def sign_in(request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        access.same(access.sign_in_token(), request.headers.get("x-csrf-token", "") or fields.get("csrf_token", ""))
        cookie = access.signed_in_by(fields.get("key", "").strip())
        answer = RedirectResponse(_back(fields.get("back", "")), status_code=303)
        answer.set_cookie(
            *(COOKIE, cookie, SIGNED_IN_SECONDS),
            path=HOME,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    return router


async def ask_for_key(request: Request, error: Exception) -> HTMLResponse:
    """Return the form; what was asked for is shown once the key is known."""
    token = error.token if isinstance(error, KeyNeeded) else ""
    wrong = (
        '<p class="notice bad" role="alert">That is no key of scope console.</p>' if request.method == "POST" else ""
    )
    body = (
        f'<div class="card door">{wrong}'
        f"<p>A key of scope <code>console</code> is needed: one of <code>FRONTDESK_API_KEYS</code>.</p>"
        f'<form method="post" action="{HOME}"><input type="hidden" name="csrf_token" value="{escape(token)}">'
        f'<input type="hidden" name="back" value="{escape(_back(request.url.path))}">'
        '<label>Key <input type="password" name="key" required autofocus autocomplete="current-password"></label>'
        '<button class="main">Open the console</button></form></div>'
    )
    answer = page("Sign in", body, token, status=401)
    answer.headers.update(BEARER)
    return answer


def _back(path: str) -> str:
    """Return where to go on: a page of the console, and nowhere else."""
    return path if path.startswith(f"{HOME}/") and "\\" not in path and "//" not in path else HOME
