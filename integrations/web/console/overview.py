"""`GET /console`: the operators' page. Counts and ids, nobody's words."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.domain.models.cost import dollars
from bot.store.admin.brake import Braked
from bot.store.admin.overview import ConversationSummary, Overview
from integrations.web.access import Access
from integrations.web.console.layout import HOME, page

COLUMNS = ("Conversation", "Owner", "Specialist", "Turns", "Cost", "Waiting", "Ticket", "Last activity")

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
    """Return whether the brake is on, with the way to its buttons."""
    told = "The brake is off." if braked is None else f"<strong>The brake is on ({braked.mode}).</strong>"
    return f'<p>{told} <a href="/console/brake">Brake</a></p>'


def render(overview: Overview, notice: str = "") -> str:
    """Return the first page's body.

    Args:
        notice: what stands above everything else, as HTML.
    """
    more = "" if overview.complete else "+"
    counts = "".join(_count(f"{number}{more}", str(owner)) for owner, number in overview.owners.items())
    head = "".join(f"<th scope=col>{name}</th>" for name in COLUMNS)
    rows = "".join(_row(glance) for glance in overview.newest)
    table = f"<div><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    return (
        f"{notice}<ul>{counts}{_count(str(overview.dead), 'dead letters')}</ul>"
        f"<h2>Newest conversations</h2>{table if rows else '<p>None yet.</p>'}"
    )


def _count(number: str, name: str) -> str:
    return f"<li><b>{escape(number)}</b>{escape(name.replace('_', ' '))}</li>"


def _row(glance: ConversationSummary) -> str:
    last = datetime.fromtimestamp(glance.last, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    cells = (
        glance.id,
        str(glance.owner),
        glance.specialist or "—",
        str(glance.turns),
        dollars(glance.spent),
        str(glance.waiting),
        glance.ticket_id or "—",
        last,
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
