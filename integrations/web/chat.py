"""`POST /chat`: the same conversations as in Slack, over HTTP; the answer at once, or streamed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import ceil
from typing import Any

from fastapi import APIRouter, HTTPException
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import disclosed
from bot.domain.errors import Conflict
from bot.domain.events import Author, CustomerMessage, InboundMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.ports import Clock
from bot.store.limits.customer_rate import MessageRate
from bot.store.queue.inbox import Accepted, Inbox
from bot.store.records.conversations import Conversations, LiveWatch
from bot.store.tasks import end
from bot.turn.input_checks.language import language_of_customer
from bot.turn.texts import say, spoken_to
from integrations.web.access import Access, Caller
from integrations.web.post import Post, PostIdentity, identify, parse_post

SHOWN = frozenset({"status", "delta"})
RESET = "the session was reset; nobody will answer this message"


@dataclass(frozen=True)
class ChatLimits:
    """What `/chat` allows.

    Args:
        message_chars: `FRONTDESK_MAX_MESSAGE_CHARS`.
        per_minute: `FRONTDESK_RATE_PER_MINUTE`, per customer across sessions.
        answer_seconds: how long a post waits for its answer before it is told that one is pending.
    """

    message_chars: int = 4000
    per_minute: int = 20
    answer_seconds: float = 60.0


def speaker(conversation: Conversation, first_specialist: str) -> str:
    """Return who answers now: the specialist, or `human` unless the owner is the bot or nobody any more."""
    if conversation.owner not in {Owner.BOT, Owner.IDLE_CLOSED}:
        return "human"
    return conversation.specialist or first_specialist


class ChatRoutes:
    """Takes posts in and waits for their answers.

    Args:
        first_specialist: returns who is named before anybody has answered.
        languages: returns those that the desk claims.
        disclosure: returns what the bot's first message begins with in a language, empty for nothing.
    """

    def __init__(
        self,
        access: Access,
        inbox: Inbox,
        conversations: Conversations,
        rate: MessageRate,
        clock: Clock,
        limits: ChatLimits,
        *,
        first_specialist: Callable[[], str],
        languages: Callable[[], Sequence[str]],
        disclosure: Callable[[str], str],
    ) -> None:
        self._access = access
        self._inbox = inbox
        self._conversations = conversations
        self._rate = rate
        self._clock = clock
        self._limits = limits
        self._first = first_specialist
        self._languages = languages
        self._disclosure = disclosure

    def router(self) -> APIRouter:
        """Return the route of `POST /chat`."""
        router = APIRouter()
        router.add_api_route("/chat", self.receive, methods=["POST"], response_model=None)
        return router

    async def receive(self, request: Request) -> Response:
        """Store the post and return its answer, or a stream of it."""
        caller = self._access.caller(request)
        post = parse_post(await request.body())
        ids = await identify(self._conversations, caller.name, post, request.headers.get("idempotency-key", ""))
        streamed = "text/event-stream" in request.headers.get("accept", "")
        if len(post.message) > self._limits.message_chars:
            refusal = await self._refuse_length(caller, post, ids)
            return _Stream(_only(refusal)) if streamed else JSONResponse(refusal)
        customer = await self._customer(caller, post, ids)
        await self._pace(caller, customer, ids)
        message = self._message(caller, post, ids, customer)
        if streamed:
            return await self._stream(message, post, ids)
        async with self._conversations.watch(message.conversation) as watch:
            await self._accept(message, post)
            return await self._answer(watch, ids, request)

    async def _customer(self, caller: Caller, post: Post, ids: PostIdentity) -> str:
        """Return whom the session speaks for: whoever its first post named, and nobody else ever after."""
        conversation = ConversationId.of_chat(caller.name, ids.session)
        customer = await self._conversations.bind(conversation, post.customer_id or "")
        if post.customer_id and post.customer_id != customer:
            raise HTTPException(409, "customer_id differs from the session's")
        return customer

    async def _pace(self, caller: Caller, customer: str, ids: PostIdentity) -> None:
        conversation = ConversationId.of_chat(caller.name, ids.session)
        if ids.repeated and await self._conversations.has_accepted(conversation, ids.message):
            return
        who = f"customer:{customer}" if customer else f"session:{ids.session}"
        wait = await self._rate.take(AuthorId.in_chat(caller.name, who), 1, self._limits.per_minute)
        if wait:
            raise HTTPException(429, "too many messages, please wait", {"Retry-After": str(ceil(wait))})

    def _message(self, caller: Caller, post: Post, ids: PostIdentity, customer: str) -> InboundMessage:
        return CustomerMessage(
            id=ids.message,
            conversation=ConversationId.of_chat(caller.name, ids.session),
            author=Author(AuthorId.in_chat(caller.name, customer or ids.session)),
            text=post.message,
            at=self._clock.now(),
            surface=Origin.CHAT,
            customer_id=customer or "",
        )

    async def _accept(self, message: InboundMessage, post: Post) -> None:
        accepted = await self._inbox.accept(message, expected_items=post.chat_length, at_once=True)
        if accepted is Accepted.STALE:
            raise HTTPException(409, "chat_length is stale: the transcript has moved on")
        if accepted is Accepted.DUPLICATE and not await self._conversations.exists(message.conversation):
            raise HTTPException(409, RESET)

    async def _answer(self, watch: LiveWatch, ids: PostIdentity, request: Request) -> Response:
        """Wait for the answer, as long as the caller does."""
        answering = asyncio.create_task(watch.answer(ids.message, self._limits.answer_seconds))
        leaving = asyncio.create_task(_gone(request))
        try:
            await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
            answer = await answering if answering.done() else None
        except Conflict:
            raise HTTPException(409, RESET) from None
        finally:
            await end(leaving)
            await end(answering)
        if answer is None or _comes_later(answer):
            return JSONResponse(_pending(ids), status_code=202)
        return JSONResponse(_answered(ids, answer))

    async def _stream(self, message: InboundMessage, post: Post, ids: PostIdentity) -> Response:
        async with AsyncExitStack() as stack:
            watch = await stack.enter_async_context(self._conversations.watch(message.conversation))
            await self._accept(message, post)
            events = _events(watch, ids, self._limits.answer_seconds)
            first = asyncio.ensure_future(anext(events, None))
            stack.push_async_callback(end, first)
            await asyncio.wait([first], timeout=FIRST_SECONDS)
            status = 202 if first.done() and _is_pending(first.result()) else 200
            return _Stream(_from(first, events), stack.pop_all(), status)

    async def _refuse_length(self, caller: Caller, post: Post, ids: PostIdentity) -> dict[str, Any]:
        """Return the kind refusal; nothing of the message is stored, so nothing is cut either."""
        conversation = ConversationId.of_chat(caller.name, ids.session)
        view = await self._conversations.read(conversation)
        if view and post.customer_id and post.customer_id != view.customer_id:
            raise HTTPException(409, "customer_id differs from the session's")
        seen = view.conversation if view else Conversation(conversation)
        claimed = self._languages()
        language = spoken_to(language_of_customer(post.message, seen.language, claimed), claimed)
        text = say("limits.too_long_in_chat", language, given=len(post.message), limit=self._limits.message_chars)
        if not seen.is_disclosed and (told := self._disclosure(language)):
            text = disclosed(told, text)
            await self._conversations.disclose(conversation)
        length = view.length if view else 0
        answer = {"response": text, "agent": speaker(seen, self._first()), "turn": seen.turns, "chat_length": length}
        return _answered(ids, answer)


FIRST_SECONDS = 10.0
"""For so long a stream's status waits for the first event: an answer that comes later is 202, as without a stream."""


class _Stream(EventSourceResponse):
    """A stream that leaves its conversation when it ends, however it ends."""

    def __init__(
        self, events: AsyncIterator[ServerSentEvent], stack: AsyncExitStack | None = None, status: int = 200
    ) -> None:
        super().__init__(events, status_code=status)
        self._stack = stack or AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _gone(request: Request) -> None:
    """Return when the caller has hung up; the body was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _events(watch: LiveWatch, ids: PostIdentity, seconds: float) -> AsyncIterator[ServerSentEvent]:
    """Render what the turn that answers this post shows; what another turn of the session shows is not for it."""
    mine = False
    try:
        async for event in watch.events(ids.message, seconds):
            if event.name == "done":
                answer = json.loads(event.data)
                if _comes_later(answer):
                    break
                yield _event("done", _answered(ids, answer))
                return
            if event.name == "begin":
                mine = ids.message in json.loads(event.data)
            elif mine and event.name in SHOWN:
                yield _event(event.name, {"text": event.data})
    except Conflict:
        yield _event("error", {"session_id": ids.session, "status": "reset"})
        return
    yield _event("error", _pending(ids))


async def _from(
    first: asyncio.Future[ServerSentEvent | None], events: AsyncIterator[ServerSentEvent]
) -> AsyncIterator[ServerSentEvent]:
    """Yield what was waited for already, then the rest."""
    if (event := await first) is None:
        return
    yield event
    async for event in events:
        yield event


def _is_pending(event: ServerSentEvent | None) -> bool:
    return event is not None and event.event == "error" and json.loads(str(event.data)).get("status") == "pending"


async def _only(answer: Mapping[str, Any]) -> AsyncIterator[ServerSentEvent]:
    yield _event("done", answer)


def _event(name: str, data: Mapping[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)


def _answered(ids: PostIdentity, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"session_id": ids.session} | {name: answer[name] for name in ("response", "agent", "turn", "chat_length")}


def _comes_later(answer: Mapping[str, Any]) -> bool:
    """Whether the answer is a draft that nobody has sent yet: nobody waits for that with an open connection."""
    return bool(answer.get("pending"))


def _pending(ids: PostIdentity) -> dict[str, str]:
    return {"session_id": ids.session, "status": "pending"}
