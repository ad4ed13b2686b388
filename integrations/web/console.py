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
from bot.store.admin.brake import Braked
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
POLICY = f"default-src 'none'; frame-ancestors 'none'; form-action 'self'; style-src 'sha256-{STYLE_HASH}'"
COLUMNS = ("Conversation", "Owner", "Specialist", "Turns", "Cost", "Waiting", "Ticket", "Last activity")

REPLAYS = '<p><a href="/console/replay">Replays of past tickets</a></p>'

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
        shown = page("", render(await look(), brake_line(await brake()) + REPLAYS), token)
        return HTMLResponse(shown, headers={"Content-Security-Policy": POLICY})

    return router


def page(title: str, body: str, token: str, *, is_fresh: bool = True) -> str:
    """Return a whole page of the console.

    Args:
        title: of this page, empty for the first one.
        token: what its forms send back.
        is_fresh: whether it is loaded anew every half minute.
    """
    again = '<meta http-equiv="refresh" content="30">' if is_fresh else ""
    name = escape(f"{title} · Frontdesk console" if title else "Frontdesk console")
    back = '<p><a href="/console">Console</a></p>' if title else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width">{again}'
        f'<meta name="csrf-token" content="{escape(token)}">'
        f"<style>{STYLE}</style></head><body>{back}<h1>{escape(title or 'Frontdesk')}</h1>{body}</body></html>"
    )


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
