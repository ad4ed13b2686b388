"""`GET /console`: the operators' page. Counts and ids, nobody's words."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.store.admin.brake import Braked
from bot.store.admin.overview import Overview
from integrations.web.access import Access
from integrations.web.console.conversations import COLUMNS, NUMBERS, summary_row
from integrations.web.console.elements import nothing, spaced, table, tiles
from integrations.web.console.layout import HOME, page

Look = Callable[[], Awaitable[Overview]]


def console_router(access: Access, look: Look, brake: Callable[[], Awaitable[Braked | None]]) -> APIRouter:
    """Return the route.

    Args:
        look: reads the overview, anew for each visit.
        brake: reads the brake.
    """
    router = APIRouter()

    @router.get("/console", response_model=None)
    async def console(request: Request) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        body = render(await look(), brake_line(await brake()))
        return page("", body, token, at=HOME, is_fresh=True)

    return router


def brake_line(braked: Braked | None) -> str:
    """Return that the brake is on, with the way to its buttons; nothing while it is off."""
    if braked is None:
        return ""
    return (
        f'<p class="notice"><strong>The brake is on ({braked.mode}).</strong> '
        'Customers get no answers of the bot: <a href="/console/brake">Brake</a></p>'
    )


def render(overview: Overview, notice: str = "") -> str:
    """Return the first page's body.

    Args:
        notice: what stands above everything else, as HTML.
    """
    more = "" if overview.complete else "+"
    counts = [(f"{number}{more}", spaced(owner), "") for owner, number in overview.owners.items()]
    dead = (str(overview.dead), "dead letters", "bad" if overview.dead else "")
    rows = [summary_row(glance) for glance in overview.newest]
    listed = table(COLUMNS, rows, "Newest conversations", numbers=NUMBERS) if rows else nothing("None yet.")
    return f"{notice}{tiles([*counts, dead])}<h2>Newest conversations</h2>{listed}"
