"""`/rate/{token}`: the page on which a ticket's customer rates the help. Looking at it changes nothing.

A mail program opens links before its reader does, so that only the button of the page counts.
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from html import escape
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.domain.conversation import Conversation
from bot.domain.events import Author, ButtonClicked
from bot.domain.ids import origin_of
from bot.domain.ports import Clock
from bot.domain.ratings import (
    CHOICES,
    LINK_SECONDS,
    RATING_BUTTON,
    RatingLinks,
    RatingTicket,
    question_key,
    rating_value,
)
from bot.store.queue.inbox import Accepted, Inbox
from bot.store.records.conversations import Conversations
from bot.turn.texts import ENGLISH, say

MOST_WORDS = 2_000
STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 12vh auto; max-width: 26rem; padding: 0 1rem }
label { display: block; margin: .75rem 0 }
fieldset { border: 0; margin: 0; padding: 0 }
textarea { box-sizing: border-box; font: inherit; width: 100% }
button { font: inherit; padding: .5rem 1.5rem }
"""
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    f"style-src 'sha256-{_HASH}'",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
FORGED, OVER = 404, 410


class RatePage:
    """Shows the page, and takes what is sent from it once.

    Args:
        links: reads the links that this installation has made, None while it makes none.
        inbox: where a rating waits for its turn, like a click.
    """

    def __init__(
        self,
        links: Callable[[], Awaitable[RatingLinks | None]],
        conversations: Conversations,
        inbox: Inbox,
        clock: Clock,
    ) -> None:
        self._links = links
        self._conversations = conversations
        self._inbox = inbox
        self._clock = clock

    def router(self) -> APIRouter:
        """Return the two routes."""
        router = APIRouter()

        @router.get("/rate/{token}", response_model=None)
        async def show(token: str) -> HTMLResponse:
            ticket, conversation = await self._asked(token)
            if ticket is None or conversation is None:
                return _over(FORGED if ticket is None else OVER)
            return _page(_form(ticket.score, conversation.spoken), conversation.spoken)

        @router.post("/rate/{token}", response_model=None)
        async def rate(request: Request, token: str) -> HTMLResponse:
            ticket, conversation = await self._asked(token)
            if ticket is None or conversation is None:
                return _over(FORGED if ticket is None else OVER)
            fields = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
            score = fields.get("score", ticket.score)
            if score not in CHOICES:
                return _page(_form(ticket.score, conversation.spoken), conversation.spoken, 422)
            click = self._click(ticket, conversation, score, fields)
            accepted = await self._inbox.accept(click, joined_only=True)
            if accepted is not Accepted.NEW:
                return _over(OVER)
            return _page(f"<p>{escape(say('rating.page_thanks', conversation.spoken))}</p>", conversation.spoken)

        return router

    async def _asked(self, token: str) -> tuple[RatingTicket | None, Conversation | None]:
        """Return what the link stands for, and the conversation that still waits for it.

        Raises:
            TemporaryFailure: the store is down.
        """
        links = await self._links()
        ticket = links.read(token) if links else None
        if ticket is None or self._clock.now() - ticket.at > LINK_SECONDS:
            return ticket, None
        view = await self._conversations.read(ticket.conversation)
        if view is None or question_key(view.conversation.rating_asked) != ticket.question:
            return ticket, None
        is_used = await self._inbox.knows(ticket.conversation, _click_id(ticket))
        return ticket, None if is_used else view.conversation

    def _click(
        self, ticket: RatingTicket, conversation: Conversation, score: str, fields: Mapping[str, str]
    ) -> ButtonClicked:
        """Return the rating as what it is: a click of the one who was asked."""
        return ButtonClicked(
            _click_id(ticket),
            conversation.id,
            Author(conversation.requester, conversation.requester_name),
            text=fields.get("comment", "").strip()[:MOST_WORDS],
            at=self._clock.now(),
            surface=origin_of(conversation.id),
            action=RATING_BUTTON,
            value=rating_value(conversation.rating_asked, score),
        )


def _click_id(ticket: RatingTicket) -> str:
    """The same for every link of one question: it is answered once."""
    return f"rate:{ticket.question}"


def _over(status: int) -> HTMLResponse:
    """A link that was used tells nobody whose it was: the sentence is in English."""
    return _page(f"<p>{escape(say('rating.page_over', ENGLISH))}</p>", ENGLISH, status)


def _form(chosen: str, language: str) -> str:
    choices = "".join(
        f'<label><input type="radio" name="score" value="{score}"{" checked" if score == chosen else ""}> '
        f"{escape(say(key, language))}</label>"
        for score, key in CHOICES.items()
    )
    return (
        f'<form method="post"><fieldset><legend>{escape(say("rating.question_alone", language))}</legend>{choices}'
        f"</fieldset><label>{escape(say('rating.page_comment', language))}"
        f'<textarea name="comment" rows="4" maxlength="{MOST_WORDS}"></textarea></label>'
        f"<button>{escape(say('rating.page_send', language))}</button></form>"
    )


def _page(body: str, language: str, status: int = 200) -> HTMLResponse:
    title = escape(say("rating.page_title", language))
    return HTMLResponse(
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>",
        status,
        HEADERS,
    )
