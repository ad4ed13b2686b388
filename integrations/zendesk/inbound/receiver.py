"""`POST /zendesk/webhook`: verifies and stores the hint, then acknowledges it.

Zendesk retries few codes only, and 409 is known to be one of them; a plain 500 would lose the event:
https://developer.zendesk.com/documentation/webhooks/anatomy-of-a-webhook-request/
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.domain.errors import BadSignature, InvalidRequest, TooLarge
from bot.domain.ports import Clock
from integrations.zendesk.inbound.parse import Hint, Ignored, parse
from integrations.zendesk.inbound.signature import verify

PATH = "/zendesk/webhook"
MAX_BODY_BYTES = 256 * 1024
# Zendesk gives a delivery ten to twelve seconds in all.
ACCEPT_SECONDS = 8.0

log = structlog.get_logger(__name__)


class Accept(Protocol):
    """Stores a hint and wakes its conversation; returns only after both."""

    async def __call__(self, hint: Hint) -> None:
        """Store `hint`; any error means that it is not stored."""


def webhook_route(accept: Accept, secrets: Sequence[str], clock: Clock) -> Route:
    """Return the route of the webhook.

    Args:
        accept: called once per signed, well-formed ticket event.
        secrets: the webhook's signing secrets, two during rotation.
    """

    async def receive(request: Request) -> Response:
        try:
            return await _receive(request, accept, secrets, clock)
        except TooLarge:
            return _refuse(413, "the body is larger than 256 KiB")
        except BadSignature as error:
            log.warning("zendesk.webhook_refused", reason=str(error))
            return _refuse(401, "not signed by Zendesk")
        except InvalidRequest as error:
            log.warning("zendesk.webhook_malformed", reason=str(error))
            return _refuse(400, str(error))
        except ClientDisconnect:
            return _refuse(400, "the body is incomplete")

    return Route(PATH, receive, methods=["POST"])


async def _receive(request: Request, accept: Accept, secrets: Sequence[str], clock: Clock) -> Response:
    body = await _body(request)
    verify(
        body,
        request.headers.get("x-zendesk-webhook-signature-timestamp"),
        request.headers.get("x-zendesk-webhook-signature"),
        secrets,
        clock.now(),
    )
    hint = parse(body, fallback_id=uuid4().hex)
    if isinstance(hint, Ignored):
        return JSONResponse({"status": "ignored"})
    return await _store(hint, accept)


async def _store(hint: Hint, accept: Accept) -> Response:
    try:
        async with asyncio.timeout(ACCEPT_SECONDS):
            await accept(hint)
    except Exception as error:
        # Whatever went wrong, the hint is not known to be stored: ask for a redelivery.
        log.warning("zendesk.webhook_not_stored", ticket=hint.ticket_id, error=type(error).__name__)
        return _refuse(409, "not stored, try again")
    return JSONResponse({"status": "accepted"})


async def _body(request: Request) -> bytes:
    """Return the raw body without ever holding more than the limit.

    Raises:
        TooLarge: it is over 256 KiB.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge
    return bytes(body)


def _refuse(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=status)
