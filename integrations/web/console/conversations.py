"""`/console/conversations`: the list with its filters, and one conversation's whole story."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.domain.audit import AuditEvent
from bot.domain.conversation import Owner
from bot.domain.ids import Origin
from bot.domain.models.cost import dollars
from bot.figures.definitions import BY_NAME, BY_PATH
from bot.figures.report import FiguresReader
from bot.store.admin.overview import ConversationSummary
from bot.store.records.conversations import View
from integrations.web.access import Access
from integrations.web.console.counted import Counted, render_counted
from integrations.web.console.elements import (
    conversation_link,
    link,
    moment,
    nothing,
    owner_badge,
    row,
    spaced,
    table,
)
from integrations.web.console.layout import page
from integrations.web.console.periods import period_of, way_of
from integrations.web.console.story import render_story
from integrations.web.conversation import ANY_ID

PATH = "/console/conversations"
LISTED = 50
COLUMNS = ("Conversation", "Owner", "Specialist", "Turns", "Cost", "Waiting", "Ticket", "Last activity (UTC)")
NUMBERS = ("Turns", "Cost", "Waiting")

Summaries = Sequence[ConversationSummary]


@dataclass(frozen=True)
class Filter:
    """Which conversations are listed; what is empty filters nothing.

    Args:
        words: a part of the conversation's id, or a ticket's number.
    """

    owner: str = ""
    surface: str = ""
    specialist: str = ""
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it takes all."""
        return not (self.owner or self.surface or self.specialist or self.words)

    def takes(self, one: ConversationSummary) -> bool:
        """Return whether a conversation is listed."""
        asked = ((self.owner, str(one.owner)), (self.specialist, one.specialist))
        if any(wanted and wanted != value for wanted, value in asked):
            return False
        if self.surface and not one.id.startswith(f"{self.surface}:"):
            return False
        return not self.words or self.words in one.id or self.words == one.ticket_id

    def query(self, **more: str) -> str:
        """Return it as the part of an address behind the question mark."""
        named = {"owner": self.owner, "surface": self.surface, "specialist": self.specialist, "q": self.words, **more}
        return urlencode({name: value for name, value in named.items() if value})


@dataclass(frozen=True)
class Shelf:
    """Where the pages read.

    Args:
        newest: returns that many of the newest conversations.
        summaries: returns those of these conversations that are still kept.
        all_of_them: returns as many as are looked at, and whether these are all there are.
        figures: reads figures, and what they count.
        read: returns a conversation, None where nothing was written in it.
        story: returns its audit.
    """

    newest: Callable[[int], Awaitable[Summaries]]
    summaries: Callable[[Sequence[str]], Awaitable[Summaries]]
    all_of_them: Callable[[], Awaitable[tuple[Summaries, bool]]]
    figures: FiguresReader
    read: Callable[[str], Awaitable[View | None]]
    story: Callable[[str], Awaitable[Sequence[AuditEvent]]]


def conversations_router(access: Access, shelf: Shelf) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(prefix=PATH)

    @router.get("", response_model=None)
    async def listed(
        request: Request, owner: str = "", surface: str = "", specialist: str = "", q: str = "", start: int = 0
    ) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        if request.query_params.get("figure"):
            return await counted(request, token)
        wanted = Filter(owner, surface, specialist, q.strip())
        start = min(max(start, 0), 1_000_000)
        found, is_all = await _found(shelf, wanted, start)
        return page("Conversations", render_list(found, wanted, start, is_all=is_all), token, at=PATH)

    async def counted(request: Request, token: str) -> HTMLResponse:
        asked = request.query_params
        figure = BY_PATH.get(asked["figure"]) or BY_NAME.get(asked["figure"])
        if figure is None:
            raise HTTPException(404, "no such figure")
        period = period_of(request, shelf.figures.usual(), "")
        wanted = Counted(figure, period, way_of(asked.get("by", "")) or "day", asked.get("key", ""))
        after = asked.get("after", "")
        try:
            found = await shelf.figures.conversations(figure.name, period, after, wanted.by, wanted.key)
        except ValueError as error:
            raise HTTPException(422, "after or key is none that was given") from error
        known = await shelf.summaries(found.conversations)
        return page(f"Conversations: {figure.title}", render_counted(wanted, found, known), token, at=PATH)

    @router.get("/{name}", response_model=None)
    async def told(request: Request, name: str) -> HTMLResponse:
        token = access.token_of(access.operator(request))
        known = bool(ANY_ID.fullmatch(name))
        view = await shelf.read(name) if known else None
        events = await shelf.story(name) if known else ()
        if view is None and not events:
            raise HTTPException(404, "no such conversation")
        return page(name, render_story(view, events), token, at=PATH)

    return router


async def _found(shelf: Shelf, wanted: Filter, start: int) -> tuple[Summaries, bool]:
    """Return a page of conversations and one more, and whether all that there are were looked at."""
    if wanted.is_empty:
        return (await shelf.newest(start + LISTED + 1))[start:], True
    looked_at, is_all = await shelf.all_of_them()
    return [one for one in looked_at if wanted.takes(one)][start : start + LISTED + 1], is_all


def render_list(found: Summaries, wanted: Filter, start: int = 0, *, is_all: bool = True) -> str:
    """Return the body of the list.

    Args:
        found: a page of conversations, and one more where there are more.
        is_all: whether all that there are were looked at.
    """
    rows = [summary_row(one) for one in found[:LISTED]]
    empty = nothing("None yet." if wanted.is_empty else "None like that.")
    listed = table(COLUMNS, rows, "Conversations", numbers=NUMBERS) if rows else empty
    limit = "" if is_all else '<p class="muted">Only the newest 10,000 conversations were looked at.</p>'
    return f"{_form(wanted)}{listed}{limit}{_turning(found, wanted, start)}"


def summary_row(one: ConversationSummary) -> str:
    """Return a conversation as one row under `COLUMNS`."""
    cells = (
        conversation_link(one.id),
        owner_badge(one.owner),
        escape(one.specialist or "–"),
        str(one.turns),
        dollars(one.spent),
        str(one.waiting),
        escape(one.ticket_id or "–"),
        moment(one.last),
    )
    return row(cells, numbers=(3, 4, 5))


def _form(wanted: Filter) -> str:
    owners = _choice("owner", "Owner", [str(owner) for owner in Owner], wanted.owner)
    surfaces = _choice("surface", "Where", [str(origin) for origin in Origin], wanted.surface)
    back = link(PATH, "All") if not wanted.is_empty else ""
    return (
        f'<form class="filters" method="get" action="{PATH}">{owners}{surfaces}'
        f'<label>Specialist <input name="specialist" value="{escape(wanted.specialist)}" size="12"></label>'
        f'<label>Id or ticket <input type="search" name="q" value="{escape(wanted.words)}" size="18"></label>'
        f"<button>Show</button>{back}</form>"
    )


def _choice(name: str, label: str, values: Sequence[str], chosen: str) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{escape(spaced(value) or "all")}</option>'
        for value in ("", *values)
    )
    return f'<label>{label} <select name="{name}">{options}</select></label>'


def _turning(found: Summaries, wanted: Filter, start: int) -> str:
    back = f"{PATH}?{wanted.query(start=str(start - LISTED) if start > LISTED else '')}"
    newer = link(back, "← Newer") if start else ""
    older = link(f"{PATH}?{wanted.query(start=str(start + LISTED))}", "Older →") if len(found) > LISTED else ""
    return f'<p class="row">{newer}{older}</p>' if newer or older else ""
