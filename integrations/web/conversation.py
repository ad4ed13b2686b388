"""`GET /conversation/{id}` and its reset: what a caller may see of a conversation, and delete."""

import re
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.requests import Request

from bot.domain.ids import ConversationId
from bot.store.records.conversations import Conversations, View
from integrations.web.access import Access, Caller
from integrations.web.chat import speaker
from integrations.web.post import SESSION

ANY_ID = re.compile(r"(slack|zendesk|chat):[A-Za-z0-9._:-]{1,256}")
UNKNOWN = "no such conversation"


def conversation_router(
    access: Access, conversations: Conversations, *, first_specialist: Callable[[], str]
) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(prefix="/conversation/{session_id}")

    @router.get("", response_model=None)
    async def show(request: Request, session_id: str) -> dict[str, Any]:
        name = await _find(access, conversations, access.caller(request), session_id)
        view = await conversations.read(name)
        if view is None:
            raise HTTPException(404, UNKNOWN)
        return render(session_id, view, first_specialist())

    @router.post("/reset", response_model=None)
    async def reset(request: Request, session_id: str) -> dict[str, str]:
        name = await _find(access, conversations, access.caller(request), session_id)
        if not await conversations.reset(name):
            raise HTTPException(404, UNKNOWN)
        return {"status": "reset", "session_id": session_id}

    return router


async def _find(access: Access, conversations: Conversations, caller: Caller, session_id: str) -> str:
    """Return the conversation a caller means; a chat key can only ever mean a session of its own.

    Raises:
        HTTPException: 404 when it can mean none, 409 when sessions of several keys have this id.
    """
    if caller.is_operator and ANY_ID.fullmatch(session_id):
        return session_id
    if not re.fullmatch(SESSION.strip("^$"), session_id):
        raise HTTPException(404, UNKNOWN)
    own = ConversationId.of_chat(caller.name, session_id)
    if not caller.is_operator or await conversations.exists(own):
        return own
    return await _of_any_key(access, conversations, session_id) or own


async def _of_any_key(access: Access, conversations: Conversations, session_id: str) -> str:
    """Return the one conversation that has this session id under some key, empty for none."""
    names = [ConversationId.of_chat(key, session_id) for key in access.names]
    found = [name for name in names if await conversations.exists(name)]
    if len(found) > 1:
        raise HTTPException(409, "sessions of several keys have this id: name it as chat:KEYNAME:SESSION")
    return found[0] if found else ""


def render(session_id: str, view: View, first_specialist: str) -> dict[str, Any]:
    """Return the conversation as JSON shows it."""
    conversation = view.conversation
    return {
        "session_id": session_id,
        "customer_id": view.customer_id or None,
        "current_agent": speaker(conversation, first_specialist),
        "owner": str(conversation.owner),
        "total_turns": conversation.turns,
        "history_items": len(view.entries),
        "ticket_id": conversation.ticket_id or None,
        "chat_length": view.length,
        "transcript": [entry.shown(conversation.ticket_id) for entry in view.entries],
    }
