"""Shows which conversations do not go well just now, each with a button that hands it to people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.domain.events import Author, HandOverOrdered
from bot.domain.handoffs import Reason
from bot.domain.ids import AuthorId
from bot.domain.ports import Clock
from bot.runtime.struggling import Struggling
from bot.store.queue.inbox import Inbox
from bot.store.records.conversations import Conversations
from integrations.web.access import Access
from integrations.web.console.elements import ago, badge, button, conversation_link, row, table
from integrations.web.console.forms import fields_of, is_form
from integrations.web.console.layout import HOME

PATH = "/console/hand-over"
SIGNS: Mapping[Reason, str] = {
    Reason.UPSET: "mood falls",
    Reason.REPEATED: "asks the same again",
    Reason.UNRESOLVED: "no progress",
}
HEAD = ("Conversation", "Signs", "Specialist", "Answers without thanks", "Mood", "Last line", "Hand over")
NUMBERS = ("Answers without thanks", "Mood")

Order = Callable[[str, str, str], Awaitable[bool]]
"""Hands a conversation over (its id, why, who ordered it); False where there is no such conversation."""


def hand_over_router(access: Access, order: Order) -> APIRouter:
    """Return the route of the buttons."""
    router = APIRouter()

    @router.post(PATH, response_model=None)
    async def hand_over(request: Request) -> Response:
        caller = access.operator(request)
        fields = await fields_of(request, access, caller)
        name = fields.get("conversation", "") or request.query_params.get("conversation", "")
        if not name:
            raise HTTPException(422, "name what to hand over: conversation=ID")
        if not await order(name, fields.get("why", ""), caller.name):
            raise HTTPException(404, "no such conversation")
        answer = {"conversation": name, "status": "ordered"}
        return RedirectResponse(HOME, status_code=303) if is_form(request) else JSONResponse(answer, 202)

    return router


async def order_hand_over(
    conversations: Conversations, inbox: Inbox, clock: Clock, name: str, why: str, by: str
) -> bool:
    """Have people take a conversation over, once however many press; return whether there is such a conversation.

    Args:
        why: what was seen, a `Reason`.
        by: the name of the operator's key.
    """
    view = await conversations.read(name)
    if view is None:
        return False
    now = view.conversation
    seen = why if why in SIGNS else str(Reason.UNRESOLVED)
    order_id = f"hand-over:{now.id}:{now.turns}"
    operator = Author(AuthorId("operator"), by)
    order = HandOverOrdered(order_id, now.id, operator, at=clock.now(), surface=now.id.origin, why=seen)
    await inbox.accept(order, joined_only=True, at_once=True)
    return True


def section(found: Sequence[Struggling], token: str, now: float) -> str:
    """Return the section of the overview, nothing where all goes well; HTML.

    Args:
        now: Unix seconds.
    """
    if not found:
        return ""
    rows = [_row(each, token, now) for each in found]
    told = (
        '<p class="muted">Handed over, people get a ticket, and the customer hears of it once they have it; '
        "until then the bot goes on.</p>"
    )
    return f"<h2>Not going well just now</h2>{table(HEAD, rows, 'Not going well just now', numbers=NUMBERS)}{told}"


def _row(each: Struggling, token: str, now: float) -> str:
    signs = " ".join(badge(SIGNS.get(sign, str(sign)), "warn") for sign in each.signs)
    fields = {"conversation": each.id, "why": str(each.signs[0])}
    cells = [
        conversation_link(each.id),
        signs,
        each.specialist or "–",
        str(each.answers),
        f"{each.mood:.1f}",
        f"{ago(now - each.at)} ago",
        button(PATH, "Hand to people", token, fields, kind="main"),
    ]
    return row(cells, numbers=(3, 4))
