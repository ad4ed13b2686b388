"""Binds a store to one account of each vendor, and refuses any other.

Ticket 35 of one company and ticket 35 of another would be one conversation, and the words of one company's people would
appear in a thread of the other.
"""

from bot.domain.errors import ConfigError, TemporaryFailure
from bot.store import keys
from bot.store.redis import Client, store_errors


async def must_be_theirs(client: Client, vendor: str, account: str, variable: str) -> None:
    """Let the store belong to this account from now on, if it belongs to nobody yet.

    Args:
        account: as the vendor's side is known: the account's URL, the workspace's id.
        variable: that names it.

    Raises:
        ConfigError: it belongs to another one.
        TemporaryFailure: the store is down.
    """
    try:
        owner = await _owner(client, vendor, account)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    if owner != account:
        raise ConfigError(
            f"{variable}: this Redis holds the conversations of {owner}, and {account} is another one: their answers "
            f"would get mixed up. Name another Redis or database in REDIS_URL (or another FRONTDESK_DATA_DIR); only if "
            f"both are one and the same under another name: redis-cli DEL {keys.owner(vendor)}"
        )


async def _owner(client: Client, vendor: str, account: str) -> str:
    if (found := await client.get(keys.owner(vendor))) is None:
        first = await _connected_before(client, vendor)
        await client.set(keys.owner(vendor), first or account, nx=True)
        found = await client.get(keys.owner(vendor))
    return found.decode() if isinstance(found, bytes) else str(found)


async def _connected_before(client: Client, vendor: str) -> str:
    """Return the account that a version before this one connected last, empty where it connected none.

    It looks through all keys, once in a store's life.
    """
    prefix = keys.connected(f"{vendor}:")
    times = {}
    async for key in client.scan_iter(match=f"{prefix}*", count=1000):
        name = key.decode() if isinstance(key, bytes) else str(key)
        times[name.removeprefix(prefix).lower()] = float(await client.get(name) or 0)
    return max(times, key=lambda account: times[account], default="")
