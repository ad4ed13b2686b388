"""Logs at start what is connected: each of Slack, Zendesk, model and store is on, off, unreachable or refused."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
import structlog

from bot.app.container import Engine
from bot.app.settings import Settings, broken_lines, strangers
from bot.desk.loading.loader import Desk
from bot.domain.errors import RemoteError, TemporaryFailure

LOOK_SECONDS = 3.0
OFF, ON = "off", "on"
OPENAI = "https://api.openai.com/v1"
REFUSED = frozenset({401, 403})

log = structlog.get_logger(__name__)


async def say_start(engine: Engine, *, web: bool, worker: bool) -> None:
    """Log one line that names Slack, Zendesk, the model, the store, the desk and the mode."""
    settings, chat, helpdesk = engine.settings, engine.chat, engine.helpdesk
    slack, zendesk, model = await asyncio.gather(
        _state_of(chat.ping if chat else None),
        _state_of(helpdesk.ping if helpdesk else None),
        _model(settings),
    )
    if slack is OFF and settings.signing_secrets:
        slack = "events only (SLACK_BOT_TOKEN is not set)"
    if zendesk is OFF and settings.zendesk_url:
        zendesk = "off (FRONTDESK_ZENDESK_MODE)"
    log.info(
        "process.started",
        slack=slack,
        zendesk=zendesk,
        model=model,
        store=store_of(settings),
        desk=engine.desk.id,
        mode=settings.frontdesk_zendesk_mode,
        web=web,
        worker=worker,
    )


def warn_of_slips(desk: Desk) -> None:
    """Log what stands in the environment or in .env and is not read: misspelt names, and lines that are none."""
    for name, mend in strangers(desk.policy.variables):
        log.warning("environment.unknown", variable=name, mend=mend)
    for line in broken_lines():
        log.warning("environment.broken_line", file=".env", line=line, mend="write NAME=VALUE")


def store_of(settings: Settings) -> str:
    """Return where the store is, without user and password."""
    if not settings.redis_url:
        return f"embedded in {settings.frontdesk_data_dir}"
    parts = urlsplit(settings.redis_url.replace(",", "%2C"))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].replace('%2C', ',')}{parts.path}"


async def _state_of(ask: Callable[[], Awaitable[None]] | None) -> str:
    if ask is None:
        return OFF
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await ask()
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
        async with httpx.AsyncClient(timeout=LOOK_SECONDS) as server:
            answer = await server.get(f"{base}/models", headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"{name}: unreachable ({type(error).__name__})"
    return f"{name}: {'refused' if answer.status_code in REFUSED else ON}"
