"""`/console/brake`: shows whether the brake is on, and pulls or releases it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.domain.autonomy import Mode
from bot.domain.ports import Clock
from bot.store.admin.brake import Braked, BrakeSwitch
from integrations.web.access import Access, Caller
from integrations.web.console.elements import button
from integrations.web.console.forms import fields_of, is_form
from integrations.web.console.layout import page

PATH = "/console/brake"
BECOMES: Mapping[Mode, str] = {
    Mode.DRAFT: "every public answer of every worker becomes a draft",
    Mode.SILENT: "no worker answers anything",
}
GOES_ON = "Escalations and human agents’ replies go on, and so do drafts that somebody sends."


class Wanted(BaseModel):
    """What is asked for: `{"on": true, "mode": "draft"}`."""

    on: bool
    mode: Literal["draft", "silent"] = "draft"


def brake_router(access: Access, switch: BrakeSwitch, clock: Clock) -> APIRouter:
    """Return the page and the route of its buttons."""
    router = APIRouter()

    @router.get(PATH, response_model=None)
    async def show(request: Request) -> HTMLResponse:
        caller = access.operator(request)
        token = access.token_of(caller)
        return page("Brake", render(await switch.read(), token), token, at=PATH, is_fresh=True)

    @router.post(PATH, response_model=None)
    async def turn(request: Request) -> Response:
        caller = access.operator(request)
        fields = await fields_of(request, access, caller)
        wanted = _wanted(fields if is_form(request) else await request.body())
        braked = await _turned(switch, wanted, caller, clock.now())
        return RedirectResponse(PATH, status_code=303) if is_form(request) else JSONResponse(told(braked))

    return router


def told(braked: Braked | None) -> dict[str, Any]:
    """Return the brake for other programs."""
    if braked is None:
        return {"on": False}
    return {"on": True, "mode": str(braked.mode), "since": braked.at, "by": braked.by}


def line_of(braked: Braked | None) -> str:
    """Return the brake in a line for people, as HTML."""
    if braked is None:
        return "The brake is off: the desk’s <code>autonomy</code> decides."
    since = datetime.fromtimestamp(braked.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    by = f" by {escape(braked.by)}" if braked.by else ""
    return f"<strong>The brake is on</strong> since {since}{by}: {BECOMES[braked.mode]}."


def render(braked: Braked | None, token: str) -> str:
    """Return the body of the page."""
    buttons = [("Hold back as drafts", "true", "draft", "danger"), ("Silence", "true", "silent", "danger")]
    buttons += [("Release", "false", "draft", "main")] if braked else []
    forms = "".join(
        f"<li>{button(PATH, label, token, {'on': on, 'mode': mode}, kind=kind)}</li>"
        for label, on, mode, kind in buttons
    )
    return f'<div class="card"><p>{line_of(braked)}</p><p class="muted">{GOES_ON}</p><ul class="row">{forms}</ul></div>'


def _wanted(given: Mapping[str, str] | bytes) -> Wanted:
    try:
        return Wanted.model_validate_json(given) if isinstance(given, bytes) else Wanted.model_validate(given)
    except ValidationError as error:
        what = 'write {"on": true, "mode": "draft"}, mode draft or silent'
        raise HTTPException(422, what) from error


async def _turned(switch: BrakeSwitch, wanted: Wanted, caller: Caller, now: float) -> Braked | None:
    by = f"console: {caller.name}"
    if wanted.on:
        return await switch.pull(Mode(wanted.mode), by, now)
    await switch.release(by, now)
    return None
