"""`/console/health`: what waits, what vendors do not take, and dead letters, each with a button that tries it again."""

from collections.abc import Awaitable, Callable
from html import escape

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.store.admin.waiting import Waiting
from bot.store.queue.dead_letters import TURN, DeadLetter, Revived
from integrations.web.access import Access
from integrations.web.console.elements import (
    ago,
    button,
    conversation_link,
    moment,
    nothing,
    row,
    spaced,
    table,
    tiles,
)
from integrations.web.console.forms import fields_of, is_form
from integrations.web.console.layout import page

PATH = "/console/health"
RETRY = f"{PATH}/retry"
LISTED = 100
LATE_SECONDS = 30.0
"""A worker that is there takes up what is due within a second; this long, and none is there, or they are too few."""

Look = Callable[[], Awaitable[Waiting]]
Retry = Callable[[str], Awaitable[list[tuple[DeadLetter, Revived]]]]
"""Tries dead letters again, all of them without a name."""


def health_page_router(access: Access, look: Look, retry: Retry, now: Callable[[], float]) -> APIRouter:
    """Return the page and the route of its buttons.

    Args:
        now: Unix seconds.
    """
    router = APIRouter()

    @router.get(PATH, response_model=None)
    async def show(request: Request) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        return page("Health", render(await look(), now(), token), token, at=PATH, is_fresh=True)

    @router.post(RETRY, response_model=None)
    async def try_again(request: Request) -> Response:
        caller = access.operator(request)
        fields = await fields_of(request, access, caller)
        name = fields.get("letter", "") or request.query_params.get("letter", "")
        if not name:
            raise HTTPException(422, "name what to try again: letter=ID, or letter=all")
        tried = await retry("" if name == "all" else name)
        if not tried and name != "all":
            raise HTTPException(404, "no such dead letter")
        return RedirectResponse(PATH, status_code=303) if is_form(request) else JSONResponse(_told(tried))

    return router


def _told(tried: list[tuple[DeadLetter, Revived]]) -> list[dict[str, str]]:
    return [
        {"letter": letter.id, "conversation": letter.conversation, "result": result.name.lower()}
        for letter, result in tried
    ]


def render(waiting: Waiting, now: float, token: str) -> str:
    """Return the body of the page."""
    return f"{_notice(waiting)}{_counts(waiting)}{_stuck(waiting, now)}{_dead(waiting, now, token)}"


def _notice(waiting: Waiting) -> str:
    if waiting.lag < LATE_SECONDS:
        return ""
    return (
        f'<p class="notice bad"><strong>Customers wait for a worker since {ago(waiting.lag)}.</strong> '
        "Is one running? <code>frontdesk worker</code></p>"
    )


def _counts(waiting: Waiting) -> str:
    late = "bad" if waiting.lag >= LATE_SECONDS else ""
    stuck, dead = waiting.stuck.effects, waiting.all_dead
    return tiles(
        [
            (str(waiting.due), "due now", late),
            (ago(waiting.lag), "the longest is overdue", late),
            (str(waiting.later), "in work, or with a deadline", ""),
            (str(stuck), "put off: a vendor does not take them", "bad" if stuck else ""),
            (str(waiting.doubts), "threads to be read back", ""),
            (str(dead), "dead letters", "bad" if dead else ""),
        ]
    )


def _stuck(waiting: Waiting, now: float) -> str:
    head = "<h2>What vendors do not take at present</h2>"
    rows = [row([conversation_link(name), moment(since), ago(now - since)]) for name, since in waiting.stuck_in]
    if not rows:
        return f"{head}{nothing('Nothing waits for a vendor.')}"
    return f"{head}{table(('Conversation', 'Since (UTC)', 'For'), rows, 'What vendors do not take')}"


def _dead(waiting: Waiting, now: float, token: str) -> str:
    head = "<h2>Dead letters</h2>"
    if not waiting.dead:
        return f"{head}{nothing('None: nothing was given up.')}"
    rows = [_letter_row(letter, now, token) for letter in waiting.dead]
    more = f"<p class=muted>The newest {len(rows)} of {waiting.all_dead}.</p>" if waiting.all_dead > len(rows) else ""
    every = button(RETRY, "Try all again", token, {"letter": "all"})
    told = (
        "<p class=muted>Answers that failed and deliveries that were refused. Tried again, a turn is answered unless "
        "a human has the conversation meanwhile; a delivery is looked up first, so that nothing arrives twice.</p>"
    )
    columns = ("Conversation", "What", "Why", "Since (UTC)", "For", "Again")
    return f"{head}{told}{every}{table(columns, rows, 'Dead letters')}{more}"


def _letter_row(letter: DeadLetter, now: float, token: str) -> str:
    what = "an answer" if letter.kind == TURN else spaced(letter.kind)
    again = button(RETRY, "Try again", token, {"letter": letter.id})
    cells = (
        conversation_link(letter.conversation),
        escape(what),
        escape(letter.reason),
        moment(letter.at),
        ago(now - letter.at),
        again,
    )
    return row(cells)
