"""Everything on this machine: embedded Redis, simulated Slack and Zendesk, the bot, and the page to play on."""

import secrets
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import structlog
from agents.models import get_default_model

from bot.app import open_engine
from bot.config import ApiKey, Settings, load_settings
from bot.domain.errors import ConfigError
from bot.mailbox.embedded import EmbeddedRedis
from bot.reload import reloading
from bot.repair import reconciling
from bot.serving import serving, until_signalled, working
from bot.web import create_app
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox

OFFLINE = "offline"
APPROVALS_CHANNEL = "C0APPROVE"
"""The simulated workspace's own; colleagues alone are in it."""
ANSWER_SECONDS = 10.0

log = structlog.get_logger(__name__)


async def demo(settings: Settings, *, host: str, port: int) -> None:
    """Run the demo until a signal.

    Args:
        port: of the sandbox page; the bot takes a free one.

    Raises:
        ConfigError: the port is taken, or the desk or Redis cannot work.
    """
    options = SandboxOptions(state_file=_state_file(settings))
    sandbox = create_sandbox(options)
    async with AsyncExitStack() as stack:
        try:
            page = await stack.enter_async_context(serving(sandbox, host, port))
        except OSError as error:
            raise ConfigError(
                f"--port: {host}:{port} is not free ({error.strerror}); try PORT=8090 make demo"
            ) from error
        stack.callback(sandbox.end_streams)  # an open page would hold the server up
        settings = demo_settings(settings, options, page)
        engine = await stack.enter_async_context(open_engine(settings))
        await stack.enter_async_context(reloading(engine))
        bot = await stack.enter_async_context(serving(create_app(engine), host, 0))
        await stack.enter_async_context(working(engine.worker))
        await stack.enter_async_context(reconciling(engine))
        await _connect(page, bot, settings)
        _say(page, bot, settings)
        await until_signalled()


def demo_settings(settings: Settings, options: SandboxOptions, page: str) -> Settings:
    """Return the settings with the sandbox in the place of Slack and Zendesk, and keys of the demo's own."""
    has_key = bool(settings.openai_api_key.get_secret_value())
    keys = settings.frontdesk_api_keys or tuple(
        ApiKey.model_validate({"name": scope, "secret": secrets.token_urlsafe(18), "scope": scope})
        for scope in ("chat", "console")
    )
    own = {
        "slack_bot_token": options.slack_token,
        "slack_signing_secret": options.slack_signing_secret,
        "slack_app_token": "",
        "slack_api_url": f"{page}/slack/api/",
        "zendesk_url": page,
        "zendesk_client_id": options.zendesk_client_id,
        "zendesk_client_secret": options.zendesk_client_secret,
        "zendesk_email": "",
        "zendesk_api_token": "",
        "zendesk_webhook_secret": options.zendesk_webhook_secret,
        "frontdesk_zendesk_mode": "auto",
        "frontdesk_approvals_channel": settings.frontdesk_approvals_channel or APPROVALS_CHANNEL,
        "frontdesk_model": settings.frontdesk_model or (get_default_model() if has_key else OFFLINE),
        "frontdesk_api_keys": keys,
    }
    return load_settings(**settings.model_dump() | own)


def _state_file(settings: Settings) -> Path:
    """The world outlives a restart beside Redis; the embedded server's folder is made with the right mode first."""
    EmbeddedRedis(settings.frontdesk_data_dir)
    return settings.frontdesk_data_dir.resolve() / "sandbox.json"


async def _connect(page: str, bot: str, settings: Settings) -> None:
    """Tell the simulators where to deliver, and the page what answers."""
    model = settings.frontdesk_model
    notes = {
        "model": "offline rule model (no AI: set OPENAI_API_KEY for a real one)" if model == OFFLINE else model,
        "desk": settings.frontdesk_desk,
        "bot_url": bot,
        "console_url": f"{bot}/console",
        "api_keys_hint": "printed in the terminal that runs the demo",
    }
    config = {
        "slack_events_url": f"{bot}/slack/events",
        "zendesk_webhook_url": f"{bot}/zendesk/webhook",
        "notes": notes,
    }
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        (await client.post(f"{page}/_sandbox/config", json=config)).raise_for_status()


def _say(page: str, bot: str, settings: Settings) -> None:
    log.info("demo.model", model=settings.frontdesk_model, is_rule_model=settings.frontdesk_model == OFFLINE)
    keys = "\n".join(f"  {key.scope} key: {key.secret.get_secret_value()}" for key in settings.frontdesk_api_keys)
    model = "the offline rule model, no AI" if settings.frontdesk_model == OFFLINE else settings.frontdesk_model
    print(  # noqa: T201  # the demo's one line to the person who started it
        f"\nFrontdesk demo: {page}\n  answers by {model}; bot at {bot}\n{keys}\n  Ctrl-C stops everything.\n",
        flush=True,
    )
