"""`/console`: is it any good, where is it bad, what does it cost, who waits now, what should be written next."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.domain.conversation import Owner
from bot.domain.errors import TemporaryFailure
from bot.figures.report import FiguresReader
from bot.store.admin.brake import Braked
from bot.store.admin.overview import ConversationSummary, Overview
from bot.store.admin.waiting import Waiting
from integrations.web.access import Access
from integrations.web.console.conversations import COLUMNS, NUMBERS, summary_row
from integrations.web.console.elements import ago, badge, conversation_link, link, nothing, row, table, tiles
from integrations.web.console.health import LATE_SECONDS
from integrations.web.console.health import PATH as HEALTH
from integrations.web.console.layout import HOME, page
from integrations.web.console.periods import by_time, chosen_days, last_days, span_links
from integrations.web.console.summary import Reports, render_summary

WAITING_ROWS = 8
NEWEST_ROWS = 10

Panel = Callable[[str], Awaitable[str]]
"""Returns one more card of the page as HTML, empty for none; it is given the page's token, for its buttons."""


@dataclass(frozen=True)
class Board:
    """What the page reads.

    Args:
        look: reads all conversations at a glance.
        waiting: reads what waits for a worker, a vendor, or for nobody any more.
        brake: reads the brake.
        figures: reads figures.
        now: Unix seconds.
        panels: further cards, below who waits.
    """

    look: Callable[[], Awaitable[Overview]]
    waiting: Callable[[], Awaitable[Waiting]]
    brake: Callable[[], Awaitable[Braked | None]]
    figures: FiguresReader
    now: Callable[[], float]
    panels: Sequence[Panel] = ()


def console_router(access: Access, board: Board) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.get(HOME, response_model=None)
    async def console(request: Request, days: str = "") -> HTMLResponse:
        token = access.token_of(access.operator(request))
        span = chosen_days(days)
        body = await _body(board, span, token)
        return page("", body, token, at=HOME, aside=span_links(HOME, span), is_fresh=True)

    return router


async def _body(board: Board, days: int, token: str) -> str:
    seen, waiting, braked = await board.look(), await board.waiting(), await board.brake()
    notices = f"{brake_line(braked)}{late_line(waiting)}"
    panels = [await panel(token) for panel in board.panels]
    return (
        f"{notices}{await _figures(board.figures, days)}{render_now(seen, waiting, board.now())}"
        f"{''.join(panels)}{render_newest(seen)}"
    )


async def _figures(reader: FiguresReader, days: int) -> str:
    try:
        period = last_days(reader.usual(), days)
        reports = Reports(
            by_time=await reader.report(period, by_time(period)),
            by_reason=await reader.report(period, "reason"),
            by_specialist=await reader.report(period, "specialist"),
        )
    except TemporaryFailure:
        return '<p class="notice bad">The figures cannot be read at present: the database does not answer.</p>'
    return render_summary(reports)


def brake_line(braked: Braked | None) -> str:
    """Return that the brake is on, with the way to its buttons; nothing while it is off."""
    if braked is None:
        return ""
    return (
        f'<p class="notice"><strong>The brake is on ({braked.mode}).</strong> '
        'Customers get no answers of the bot: <a href="/console/brake">Brake</a></p>'
    )


def late_line(waiting: Waiting) -> str:
    """Return that work is left lying, nothing where it is not."""
    if waiting.lag < LATE_SECONDS:
        return ""
    return f'<p class="notice bad">Customers wait for a worker since {ago(waiting.lag)}: {link(HEALTH, "Health")}</p>'


def render_now(seen: Overview, waiting: Waiting, now: float) -> str:
    """Return who waits now, those first to whom an answer was promised first."""
    more = "" if seen.complete else "+"
    dead, stuck = waiting.all_dead, waiting.stuck.effects
    counts = tiles(
        [
            (f"{seen.owners.get(Owner.ESCALATED, 0)}{more}", "wait for a human", ""),
            (f"{seen.owners.get(Owner.HUMAN, 0)}{more}", "with a human", ""),
            (f"{sum(one.has_draft for one in seen.newest)}{more}", "drafts to decide on", ""),
            (f"{seen.owners.get(Owner.BOT, 0)}{more}", "with the bot", ""),
            (str(stuck), "deliveries put off", "bad" if stuck else ""),
            (str(dead), "dead letters", "bad" if dead else ""),
        ]
    )
    return f"<h2>Who waits now</h2>{counts}{_promised(seen, now)}"


def _promised(seen: Overview, now: float) -> str:
    escalated = [one for one in seen.newest if one.owner is Owner.ESCALATED]
    escalated.sort(key=lambda one: one.promised or float("inf"))
    if not escalated:
        return nothing("Nobody waits for a human.")
    rows = [_promised_row(one, now) for one in escalated[:WAITING_ROWS]]
    rest = len(escalated) - len(rows)
    all_of_them = link("/console/conversations?owner=escalated", f"{rest} more") if rest else ""
    columns = ("Conversation", "Ticket", "Group", "Priority", "Answer promised")
    listed = table(columns, rows, "Conversations that wait for a human")
    return f"{listed}<p>{all_of_them}</p>" if all_of_them else listed


def _promised_row(one: ConversationSummary, now: float) -> str:
    cells = (one.ticket_id or "–", one.group or "–", one.priority or "–")
    return row([conversation_link(one.id), *map(escape, cells), _promise(one.promised, now)])


def _promise(until: float, now: float) -> str:
    if not until:
        return "–"
    return badge(f"{ago(now - until)} late", "bad") if until < now else f"in {ago(until - now)}"


def render_newest(seen: Overview) -> str:
    """Return the newest conversations."""
    rows = [summary_row(one) for one in seen.newest[:NEWEST_ROWS]]
    listed = table(COLUMNS, rows, "Newest conversations", numbers=NUMBERS) if rows else nothing("None yet.")
    return f"<h2>Newest conversations</h2>{listed}"
