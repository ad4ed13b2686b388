"""Refuses to start servers on embedded stores where an image says that stores are servers: each pod would have its own.

An `.env` that was copied and not filled in has `REDIS_URL=`, which elsewhere means the embedded Redis. In a container
that one is lost with it, and several would not know of each other's conversations, leases and refunds.
"""

from collections.abc import Mapping

from bot.app.environment import variable, variables
from bot.app.settings import Settings, load_settings
from bot.domain.errors import ConfigError

MARK = "STORES_ARE_SERVERS"
"""Set by the image; no setting, for nothing else is to be chosen by it."""
_NEEDED: Mapping[str, str] = {
    "REDIS_URL": "is empty, and a container's own Redis is lost with it and shared with no other; name a server",
    "DATABASE_URL": "is empty, and a container's own SQLite is lost with it and shared with no other; name a server",
}


def load_server_settings() -> Settings:
    """Return the environment's settings for `serve`, `web` and `worker`.

    Raises:
        ConfigError: naming every variable that is missing or wrong, all at once.
    """
    missing = [f"{name}: {why}" for name, why in _NEEDED.items() if name in _unnamed()]
    try:
        settings = load_settings()
    except ConfigError as error:
        raise ConfigError("\n".join([str(error), *missing])) from None
    if missing:
        raise ConfigError("\n".join(missing))
    return settings


def must_name_database() -> None:
    """Return where the tables may be made in what `DATABASE_URL` names, or in an SQLite file of our own.

    Raises:
        ConfigError: an image is to keep its data in a server, and none is named.
    """
    if "DATABASE_URL" in _unnamed():
        raise ConfigError(f"DATABASE_URL: {_NEEDED['DATABASE_URL']}")


def _unnamed() -> list[str]:
    """Return which stores should be servers and are not named; of a file that cannot be read the settings tell."""
    if not variable(MARK):
        return []
    try:
        named = variables(list(_NEEDED))
    except ConfigError:
        return []
    return [name for name in _NEEDED if not named.get(name, "").strip()]
