"""Logs at start what is connected: each vendor, the model and the store is on, off, unreachable or refused."""

import asyncio
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog

from bot.app.connectors import variables_of_connectors
from bot.app.environment import broken_lines
from bot.app.reception import Reception
from bot.app.settings import Settings, strangers
from bot.app.store import store_of
from bot.desk.loading.desk import Desk
from bot.domain.errors import RemoteError, SignedOut, TemporaryFailure
from bot.runtime.connectors import Side

LOOK_SECONDS = 3.0
ON = "on"
OPENAI = "https://api.openai.com/v1"
REFUSED = frozenset({401, 403})

OFFLINE_CAN = (
    "The offline rule model answers: it looks things up with the desk's tools and articles, proposes its actions and "
    "hands over to people, in English, German, French and Spanish. It reasons about nothing, and understands plain "
    "lines only: for more, set OPENAI_API_KEY and FRONTDESK_MODEL."
)
"""What the model without a key can do and cannot, told once to whoever tries it."""

log = structlog.get_logger(__name__)


async def say_start(engine: Reception, *, web: bool, worker: bool) -> None:
    """Log one line that names the vendors, the model, the store, the desk and the mode."""
    settings, vendors = engine.settings, engine.sides.reachable
    model, *states = await asyncio.gather(_model(settings), *(_state_of(side) for _, side in vendors))
    connected = {connector.origin.value: state for (connector, _), state in zip(vendors, states, strict=True)}
    log.info(
        "process.started",
        **connected,
        model=model,
        store=store_of(settings),
        desk=engine.desk.id,
        mode=settings.frontdesk_zendesk_mode,
        web=web,
        worker=worker,
    )


def warn_of_slips(desk: Desk) -> None:
    """Log what stands in the environment or in .env and is not read: misspelt names, and lines that are none."""
    for name, mend in strangers({*desk.policy.variables, *variables_of_connectors()}):
        log.warning("environment.unknown", variable=name, mend=mend)
    for line in broken_lines():
        log.warning("environment.broken_line", file=".env", line=line, mend="write NAME=VALUE")


async def _state_of(side: Side) -> str:
    if not side.is_connected:
        return side.off
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await side.ping()
    except SignedOut as error:  # it answers: what it does not take is our token
        return f"refused ({error or type(error).__name__})"
    except (TemporaryFailure, TimeoutError) as error:
        return f"unreachable ({type(error).__name__})"
    except RemoteError as error:
        return f"refused ({getattr(error, 'code', '') or type(error).__name__})"
    return ON


async def _model(settings: Settings) -> str:
    name = settings.frontdesk_model or "offline"
    if name == "offline":
        return "offline (the rule model, no AI)"
    base = (settings.openai_base_url or OPENAI).rstrip("/")
    headers = {"Authorization": f"Bearer {settings.openai_api_key.get_secret_value()}"}
    try:
        status = await asyncio.to_thread(_status, f"{base}/models", headers)
    except (HTTPException, OSError, ValueError) as error:
        return f"{name}: unreachable ({type(error).__name__})"
    return f"{name}: {'refused' if status in REFUSED else ON}"


def _status(url: str, headers: dict[str, str]) -> int:
    """Ask by what Python itself has: a library for one question at the start stays in memory for good."""
    try:
        request = Request(url, headers=headers)  # noqa: S310  # the operator's own
        with build_opener(_Stays).open(request, timeout=LOOK_SECONDS) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


class _Stays(HTTPRedirectHandler):
    """Python takes the key along to whatever host a server names; one that sends us elsewhere has answered."""

    def redirect_request(self, *_: Any) -> None:
        """Go nowhere."""
