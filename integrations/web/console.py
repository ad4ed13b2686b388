"""`GET /console`: the operators' page. Counts and ids, nobody's words."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.domain.models.cost import dollars
from bot.store.admin.overview import ConversationSummary, Overview
from integrations.web.access import Access

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
ul { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0 }
li { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; padding: .5rem 1rem }
li b { display: block; font-size: 1.5rem }
div { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); padding: .35rem .75rem .35rem 0;
  text-align: left; white-space: nowrap }
"""
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; frame-ancestors 'none'; style-src 'sha256-{STYLE_HASH}'"
COLUMNS = ("Conversation", "Owner", "Specialist", "Turns", "Cost", "Waiting", "Ticket", "Last activity")

Look = Callable[[], Awaitable[Overview]]


def console_router(access: Access, look: Look) -> APIRouter:
    """Return the route.

    Args:
        look: reads the overview, anew for each visit.
    """
    router = APIRouter()

    @router.get("/console", response_model=None)
    async def console(request: Request) -> HTMLResponse:
        access.operator(request)
        return HTMLResponse(render(await look()), headers={"Content-Security-Policy": POLICY})

    return router


def render(overview: Overview) -> str:
    """Return the page."""
    more = "" if overview.complete else "+"
    counts = "".join(_count(f"{number}{more}", str(owner)) for owner, number in overview.owners.items())
    head = "".join(f"<th scope=col>{name}</th>" for name in COLUMNS)
    rows = "".join(_row(glance) for glance in overview.newest)
    table = f"<div><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Frontdesk console</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="30">'
        f"<style>{STYLE}</style></head><body><h1>Frontdesk</h1>"
        f"<ul>{counts}{_count(str(overview.dead), 'dead letters')}</ul>"
        f"<h2>Newest conversations</h2>{table if rows else '<p>None yet.</p>'}</body></html>"
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
