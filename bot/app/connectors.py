"""The table of connectors: which vendors there are, opened by the settings."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import structlog
from pydantic import SecretStr

from bot.app.environment import variable
from bot.app.settings import Settings
from bot.domain.capabilities import declare
from bot.domain.errors import ConfigError, RemoteError, TemporaryFailure
from bot.domain.ports import Clock, RateLimiter
from bot.runtime.connectors import Connector, Side, Sides, Surroundings
from bot.store.admin.tenancy import must_be_theirs
from bot.store.redis import Client, Scripts
from integrations.slack.connector import SLACK
from integrations.web.connector import WEB
from integrations.zendesk.connector import ZENDESK

CONNECTORS: tuple[Connector[Any], ...] = (SLACK, ZENDESK, WEB)
"""One line a vendor; what is asked of one stands in `bot/runtime/connectors.py`."""

LOOK_SECONDS = 3.0
"""For which a start waits for a vendor to say whose account it is."""

V = TypeVar("V")

log = structlog.get_logger(__name__)


def open_sides(
    settings: Settings,
    clock: Clock,
    pacing: RateLimiter | None = None,
    connectors: Sequence[Connector[Any]] = CONNECTORS,
    scripts: Scripts | None = None,
) -> Sides:
    """Return the side of each connector; no call is made.

    Raises:
        ConfigError: a connector needs a variable that is not set.
    """
    around = Surroundings(clock, settings.call_seconds, pacing, scripts)
    opened = [(each, each.open(values_of(settings, each.settings), around)) for each in connectors]
    declare_all([each for each, side in sorted(opened, key=lambda pair: not pair[1].is_connected)])
    return Sides(opened)


def declare_all(connectors: Sequence[Connector[Any]] = CONNECTORS) -> None:
    """Let everybody know what can be done in each channel."""
    declare({each.origin: each.capabilities for each in connectors})


def values_of(settings: Settings, kind: type[V]) -> V:
    """Return the values that a connector asks for, secrets as plain text.

    A field that is no setting of the product is a variable of the environment; it is a text, and may have a default.

    Raises:
        ConfigError: a variable without a default is not set.
    """
    given: dict[str, Any] = {}
    for each in fields(kind):  # type: ignore[arg-type]  # every connector's settings are a dataclass
        value = getattr(settings, each.name) if hasattr(settings, each.name) else variable(each.name.upper())
        if value is not None:
            given[each.name] = value.get_secret_value() if isinstance(value, SecretStr) else value
        elif each.default is MISSING and each.default_factory is MISSING:
            raise ConfigError(f"{each.name.upper()}: is not set")
    return kind(**given)


def variables_of_connectors(connectors: Sequence[Connector[Any]] = CONNECTORS) -> frozenset[str]:
    """Return the names of all variables that connectors read."""
    return frozenset(each.name.upper() for connector in connectors for each in fields(connector.settings))


async def claim(client: Client, name: str, side: Side) -> bool:
    """Let the store belong to the side's account; return False while its vendor does not say whose that is.

    Raises:
        ConfigError: the store holds another one's conversations.
        TemporaryFailure: the store is down.
    """
    why = await _why_unclaimed(client, name, side)
    _tell_unclaimed(name, why)
    return not why


async def _why_unclaimed(client: Client, name: str, side: Side) -> str:
    """Let the store belong to the side's account; return the kind of the vendor's failure to say whose that is."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            account = await side.account()
    except (RemoteError, TimeoutError) as error:
        return type(error).__name__
    if account:
        await must_be_theirs(client, name, account.id, account.variable)
    return ""


def _tell_unclaimed(name: str, why: str) -> None:
    if why:
        log.warning(f"{name}.unknown_workspace", error=why, then="it is asked until it says; see `frontdesk doctor`")


async def keep_claiming(client: Client, name: str, side: Side, stop: Callable[[], None]) -> None:
    """Ask until the vendor says whose account it is; a worker that would mix two accounts takes no turn any more.

    Why it does not say is told when it becomes another reason, not at each look.

    Args:
        stop: ends the taking of turns.
    """
    told = ""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            why = await _why_unclaimed(client, name, side)
            if not why:
                return
            if why != told:
                _tell_unclaimed(name, why)
                told = why
        except TemporaryFailure:
            continue
        except ConfigError as error:
            log.error(f"{name}.other_workspace", why=str(error), then="this process takes no turn any more")  # noqa: TRY400
            stop()
            return
