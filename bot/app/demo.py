"""`frontdesk demo`: embedded Redis, simulated Slack and Zendesk, the bot, and the page to play on."""

import errno
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import httpx
import structlog
from agents.models import get_default_model
from filelock import FileLock, Timeout

from bot.app.api_keys import ApiKey
from bot.app.bot_door import BotDoor
from bot.app.demo_bot import ANSWER_SECONDS, OFFLINE, DemoBot
from bot.app.one_door import OneDoor
from bot.app.server import serving, until_signalled, why_not
from bot.app.settings import Settings, load_settings
from bot.app.start_line import OFFLINE_CAN
from bot.data_folder import own_folder
from bot.domain.errors import ConfigError
from integrations.sandbox import Sandbox, SandboxOptions
from integrations.sandbox import create_app as create_sandbox

APPROVALS_CHANNEL, TRIAGE_CHANNEL = "C0APPROVE", "C0TRIAGE"
"""The simulated workspace's own; colleagues alone are in it."""
UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
"""What a folder's name is better without."""

log = structlog.get_logger(__name__)


async def demo(settings: Settings, *, host: str, port: int) -> None:
    """Run the demo until a signal, on a store of its own.

    Args:
        port: of the page and of what one calls by hand, 0 for any free one; vendors deliver to another, free one.

    Raises:
        ConfigError: the port is taken, or the desk or Redis cannot work.
    """
    port = port or _free_port(host)
    async with AsyncExitStack() as stack:
        settings = _on_its_own(settings, port)
        store = settings.frontdesk_data_dir
        stack.enter_context(_alone_in(store, f"http://{host}:{port}"))
        options = SandboxOptions(state_file=store / "sandbox.json")
        sandbox = create_sandbox(options)
        door = OneDoor(sandbox)
        try:
            page = await stack.enter_async_context(serving(door, host, port))
        except OSError as error:
            another = " (PORT=8090 make demo)" if error.errno == errno.EADDRINUSE else ""
            raise ConfigError(f"{why_not(host, port, error)}{another}") from error
        stack.callback(sandbox.end_streams)  # an open page would hold the server up
        cards = {"frontdesk_triage_channel": settings.frontdesk_triage_channel or TRIAGE_CHANNEL}
        settings = demo_settings(settings.model_copy(update=cards), options, page)
        own_door = BotDoor()
        bot_url = await stack.enter_async_context(serving(own_door, host, 0))
        door.lead_to(own_door)
        bot = DemoBot(settings, page, own_door)
        stack.push_async_callback(bot.stop)
        await bot.start()
        sandbox.steer({"": bot.turn, "why": bot.why, "kill": bot.kill}, bot.starting_over)
        await _connect(page, bot_url, settings)
        _say(page, bot_url, settings, kept_of(sandbox))
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


def _on_its_own(settings: Settings, port: int) -> Settings:
    """Return the settings with a store of the demo's own, by desk and port: it takes no other's lines, and none its.

    Raises:
        ConfigError: its folder cannot be used.
    """
    if taken := [name for name in ("redis_url", "database_url") if getattr(settings, name)]:
        log.warning("demo.own_store", left_alone=[name.upper() for name in taken])
    desk = Path(settings.frontdesk_desk)
    name = f"{UNFIT.sub('_', desk.name)}-{port}"
    if len(desk.parts) > 1:  # two folders may have one name
        name += f"-{sha256(str(desk.expanduser().resolve()).encode()).hexdigest()[:8]}"
    rooms = own_folder(settings.frontdesk_data_dir.absolute()) / "demo"
    own = {"redis_url": "", "database_url": "", "frontdesk_data_dir": own_folder(own_folder(rooms) / name)}
    return settings.model_copy(update=own)


@contextmanager
def _alone_in(store: Path, address: str) -> Iterator[None]:
    """Keep other demos out of the store while the body runs.

    Raises:
        ConfigError: one is there already; its address is named.
    """
    told = store / "demo.url"
    lock = FileLock(store / "demo.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        where = told.read_text("utf-8") if told.exists() else "another address"
        raise ConfigError(f"a demo of this desk runs here already: {where}; end it, or take another port") from error
    try:
        told.write_text(address, "utf-8")
        yield
    finally:
        lock.release()


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        free.bind((host, 0))
        return int(free.getsockname()[1])


async def _connect(page: str, bot: str, settings: Settings) -> None:
    """Tell the simulators where to deliver, and the page what answers."""
    model = settings.frontdesk_model
    notes = {
        "model": "offline rule model (no AI: set OPENAI_API_KEY for a real one)" if model == OFFLINE else model,
        "desk": settings.frontdesk_desk,
        "bot_url": bot,
        "console_url": f"{page}/console",
        "api_keys_hint": "printed in the terminal that runs the demo",
    }
    config = {
        "slack_events_url": f"{bot}/slack/events",
        "zendesk_webhook_url": f"{bot}/zendesk/webhook",
        "notes": notes,
    }
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        (await client.post(f"{page}/_sandbox/config", json=config)).raise_for_status()


def kept_of(sandbox: Sandbox) -> str:
    """Return what is there from the last time, in words, empty where this is the first one."""
    slack, zendesk = sandbox.world.slack, sandbox.world.zendesk
    counts = ((sum(map(len, slack.messages.values())), "message"), (len(zendesk.tickets), "ticket"))
    told = [f"{number} {thing}{'' if number == 1 else 's'}" for number, thing in counts if number]
    return f"as it was left, with {' and '.join(told)}; Reset on the page starts over" if told else ""


def _say(page: str, bot: str, settings: Settings, kept: str) -> None:
    log.info("demo.model", model=settings.frontdesk_model, is_rule_model=settings.frontdesk_model == OFFLINE)
    keys = "\n".join(f"  {key.scope} key: {key.secret.get_secret_value()}" for key in settings.frontdesk_api_keys)
    model = "the offline rule model, no AI" if settings.frontdesk_model == OFFLINE else settings.frontdesk_model
    note = f"  {OFFLINE_CAN}\n" if settings.frontdesk_model == OFFLINE else ""
    print(  # noqa: T201  # the demo's one line to the person who started it
        f"\nFrontdesk demo: {page}\n  answers by {model}; bot at {bot}\n{keys}\n"
        f"  kept under {settings.frontdesk_data_dir}{f', {kept}' if kept else ''}\n{note}  Ctrl-C stops everything.\n",
        flush=True,
    )
