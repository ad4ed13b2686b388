"""Parses a `POST /chat`: its body, and the `Idempotency-Key` beside it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import uuid4

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.domain.text.storable import storable_json
from bot.store.records.conversations import Conversations

SESSION = r"^[A-Za-z0-9._-]{1,128}$"
LONGEST_KEY = 255


def _printable(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("must be printable and not blank")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


class Post(BaseModel):
    """The body of `POST /chat`; fields it does not know are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)

    session_id: Annotated[str, Field(pattern=SESSION)] | None = None
    message: Annotated[str, AfterValidator(_not_blank)]
    chat_length: Annotated[int, Field(ge=0)] | None = None
    customer_id: Annotated[str, Field(max_length=128), AfterValidator(_printable)] | None = None


def parse_post(body: bytes) -> Post:
    """Return the post.

    Raises:
        HTTPException: 422, naming each field that is wrong (and never what was sent in it).
    """
    try:
        return Post.model_validate_json(storable_json(body))
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_url=False, include_input=False, include_context=False)) from None


@dataclass(frozen=True)
class PostIdentity:
    """Under which ids a post is stored.

    Args:
        repeated: whether a post under the same idempotency key was seen before.
    """

    session: str
    message: str
    repeated: bool = False


async def identify(conversations: Conversations, caller: str, post: Post, key: str) -> PostIdentity:
    """Return the ids of the post; the same post under the same `Idempotency-Key` gets the same ones.

    Raises:
        HTTPException: 422 when the key is too long, or stands for another body.
        TemporaryFailure: the store is down.
    """
    session, message = post.session_id or uuid4().hex, f"chat:{uuid4().hex}"
    if not key:
        return PostIdentity(session, message)
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise HTTPException(422, f"Idempotency-Key: at most {LONGEST_KEY} printable characters")
    body = sha256(post.model_dump_json().encode()).hexdigest()
    mine = json.dumps([body, session, message])
    known = await conversations.remember_post(caller, key, mine)
    if known is None:
        return PostIdentity(session, message)
    known_body, session, message = json.loads(known)
    if known_body != body:
        raise HTTPException(422, "Idempotency-Key: this key stands for another body")
    return PostIdentity(session, message, repeated=True)
