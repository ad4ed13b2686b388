"""Tells what is wrong with the Redis at hand when a process starts: its version, eviction, persistence, clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.redis import POOL, Client, store_errors


@dataclass(frozen=True)
class RedisFinding:
    """Something about the store that should or must be changed.

    Args:
        fatal: whether Frontdesk refuses to start with it.
        mend: what to do, as a command where there is one.
    """

    problem: str
    mend: str
    fatal: bool = False


async def check(client: Client) -> list[RedisFinding]:
    """Return what is wrong with the store: its version and eviction policy stop the start, the rest warns.

    Raises:
        TemporaryFailure: the store does not answer.
    """
    try:
        server = _one(await client.info("server"))
        persistence = _one(await client.info("persistence"))
        memory = _one(await client.info("memory"))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    findings = []
    version = tuple(int(part) for part in str(server.get("redis_version", "0")).split(".")[:2])
    if version < (6, 2):
        findings.append(
            RedisFinding(f"Redis {server.get('redis_version')} is too old", "use Redis ≥ 6.2 or Valkey", True)
        )
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        findings.append(RedisFinding(f"maxmemory-policy is {policy}", "CONFIG SET maxmemory-policy noeviction", True))
    if not int(persistence.get("aof_enabled", 0)):
        findings.append(
            RedisFinding(
                "append-only file is off: a crash loses messages",
                "CONFIG SET appendonly yes, appendfsync everysec",
            )
        )
    clients = memory_clients(_one(await client.info("clients")))
    if clients and clients < POOL:
        findings.append(RedisFinding(f"maxclients is {clients}", f"raise maxclients above {POOL} per process"))
    return findings


async def takes_writes(client: Client) -> None:
    """Return when the server takes a write; one that is full, or a replica, only reads, and nothing is accepted then.

    Raises:
        Exception: of redis-py, whose class tells why.
    """
    await client.set(keys.WRITTEN, b"", ex=keys.WRITTEN_SECONDS)


def memory_clients(info: Mapping[str, Any]) -> int:
    """Return the server's `maxclients`, 0 when it does not say."""
    return int(info.get("maxclients", 0))


def _one(info: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a Cluster's answer (one per node) return the first node's."""
    values = list(info.values())
    return values[0] if values and isinstance(values[0], dict) and "redis_version" not in info else info
