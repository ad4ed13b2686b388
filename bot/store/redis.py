"""The Redis client: URL schemes, pool, timeouts and Lua scripts."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis.asyncio as redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from bot.domain.errors import ConfigError, TemporaryFailure
from bot.domain.text.storable import STORABLE
from bot.store.pipelining import answered, shared_by

SCRIPTS = Path(__file__).with_name("scripts")
POOL = 512
SECONDS = 5.0

Client = Any
"""`redis.asyncio.Redis` or `RedisCluster`; their annotations do not agree with each other."""

Arguments = Sequence[str | float]

Call = tuple[str, Sequence[str], Arguments]
"""A script's name, its keys and its arguments."""

CLUSTER_PORT = 6379

store_errors = (RedisError, RedisClusterException, OSError, TimeoutError, AttributeError)
"""What a Redis that is down, slow or restarting raises, whatever its kind: the one list.

`AttributeError` is what redis-py says where another task has just closed the connection that a Cluster's client shares
(`self._writer.writelines`, https://github.com/redis/redis-py/blob/v8.1.0/redis/asyncio/connection.py).

A Cluster's client has errors of its own that are no `RedisError` (no node of those named answers; a slot has no
master), https://github.com/redis/redis-py/blob/v8.1.0/redis/exceptions.py.
"""


def connect(url: str) -> Client:
    """Return a client for `redis://`, `rediss://`, `unix://`, `redis+cluster://` or `redis+sentinel://`.

    A Cluster and Sentinels are named by one node or several, with commas between them: one that answers is enough.

    The pool is bounded and waits: redis-py 8's default of 100 connections raises at once when it is used up.
    A command is repeated on a broken connection at most three times; every script here may run twice.

    Raises:
        ConfigError: the scheme is unknown, a node is none, or a sentinel URL names no master.
    """
    retry = Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), 3)
    common: dict[str, Any] = {
        "socket_timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        "retry": retry,
        "encoding_errors": STORABLE,  # no text of anybody's may stop a command
    }
    scheme = url.partition("://")[0]
    if scheme == "redis+cluster":
        return _cluster(url, common)
    if scheme == "redis+sentinel":
        return _sentinel(url, common)
    if scheme not in {"redis", "rediss", "unix"}:
        raise ConfigError(f"REDIS_URL: unknown scheme {scheme!r}")
    pool = redis.BlockingConnectionPool.from_url(url, max_connections=POOL, timeout=SECONDS, **common)
    return redis.Redis.from_pool(pool)


async def disconnect(client: Client) -> None:
    """Close the client once all that is on its way has been answered; its callers may have left."""
    await answered(client)
    await client.aclose()
    manager = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
    for sentinel in manager.sentinels if manager else ():
        await sentinel.aclose()  # redis-py leaves the connections by which it asked who is primary


def _cluster(url: str, common: Mapping[str, Any]) -> Client:
    """`redis+cluster://[user:password@]host:port[,host:port…][?options]`; what it says of TLS is redis-py's."""
    rest = url.partition("://")[2]
    place, mark, query = rest.partition("?")
    secret, at, hosts = place.rpartition("@")
    nodes = [_node(host) for host in hosts.split(",")]
    options: dict[str, Any] = {**parse_url(f"redis://{secret}{at}node:1{mark}{query}"), **common}
    for name in ("host", "port", "db"):
        options.pop(name, None)
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    # Each node is told what the client is told, as redis-py does it for the single node of an URL.
    startup = [ClusterNode(host, port) for host, port in nodes]
    return RedisCluster(startup_nodes=startup, max_connections=POOL, **options)


def _node(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text.strip('/')}")
        port = parts.port or CLUSTER_PORT
    except ValueError:
        parts = urlsplit("")
        port = 0
    if not parts.hostname:
        raise ConfigError(f"REDIS_URL: {text!r} is no HOST:PORT of a node")
    return parts.hostname, port


def _sentinel(url: str, common: Mapping[str, Any]) -> Client:
    """`redis+sentinel://[user:password@]host:port[,host:port…]/MASTER[/DB]`."""
    parts = urlsplit(url.replace(",", "%2C"))
    master, _, database = parts.path.strip("/").partition("/")
    if not master:
        raise ConfigError("REDIS_URL: redis+sentinel://HOST:PORT/MASTER needs the master's name")
    hosts = parts.netloc.rpartition("@")[2].split("%2C")
    pairs = [(host.partition(":")[0], int(host.partition(":")[2] or 26_379)) for host in hosts]
    query = parse_qs(parts.query)
    options: dict[str, Any] = {**common, "db": int(database or 0), "max_connections": POOL}
    if parts.password:
        options |= {"username": unquote(parts.username or "") or None, "password": unquote(parts.password)}
    new_sentinel: Any = Sentinel
    # redis-py's own patience with a Sentinel that does not answer is half a minute.
    asking = {name: common[name] for name in ("socket_timeout", "socket_connect_timeout", "retry")}
    secure = query.get("ssl") == ["true"]
    sentinel = new_sentinel(pairs, sentinel_kwargs=asking, socket_timeout=SECONDS, ssl=secure)
    return sentinel.master_for(master, **options)


def fails_in_parts(client: Client) -> bool:
    """Return whether one part of the store may forget what another one has: a Cluster's nodes fail one by one.

    Everything else is one log of writes: what is lost of it is the end.
    """
    return isinstance(client, RedisCluster)


@cache
def _texts() -> Mapping[str, str]:
    return {path.stem: path.read_text("utf-8") for path in SCRIPTS.glob("*.lua")}


def _sha(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


class Scripts:
    """The Lua scripts by name, called by their hash; a server that forgot them is taught again."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._text = dict(_texts())
        self._tasks: set[asyncio.Task[None]] = set()
        self._sha = {name: _sha(text) for name, text in self._text.items()}

    async def run(self, name: str, keys: Sequence[str], *args: str | float) -> Any:
        """Run one script; where the server is a single one, in a round trip shared with others.

        Raises:
            TemporaryFailure: the store is down; the script may have run (every one may run twice).
        """
        [reply] = await self.run_all((name, keys, args))
        return reply

    def add(self, text: str) -> str:
        """Return the name of a library's script, which is run as those here are."""
        name = _sha(text)
        self._text[name], self._sha[name] = text, name
        return name

    async def _run_alone(self, name: str, keys: Sequence[str], *args: str | float) -> Any:
        try:
            try:
                return await self.client.evalsha(self._sha[name], len(keys), *keys, *args)
            except NoScriptError:
                return await self.client.eval(self._text[name], len(keys), *keys, *args)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def fetch(self, *keys: str) -> list[str]:
        """Return the values of keys in one hash slot, empty where there is none.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            if isinstance(self.client, RedisCluster):
                values = await self.client.mget(*keys)
            else:
                [values] = await shared_by(self.client).send(("MGET", *keys))
                if isinstance(values, Exception):
                    raise values
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return [value.decode() if isinstance(value, bytes) else str(value or "") for value in values]

    async def run_apart(self, *calls: Call) -> list[Any]:
        """Run several scripts that have nothing to do with each other; in a Cluster at the same time.

        Raises:
            TemporaryFailure: the store is down; some of them may have run.
        """
        if not calls:
            return []
        if fails_in_parts(self.client):
            return list(await asyncio.gather(*(self._run_alone(name, keys, *args) for name, keys, args in calls)))
        return await self.run_all(*calls)

    async def run_all(self, *calls: Call) -> list[Any]:
        """Run several scripts in order; where the server is a single one, in a round trip shared with others.

        Raises:
            TemporaryFailure: the store is down; some of them may have run.
        """
        if isinstance(self.client, RedisCluster):
            return [await self._run_alone(name, keys, *args) for name, keys, args in calls]
        try:
            results = await shared_by(self.client).send(*self._commands(calls))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        for index, result in enumerate(results):
            if isinstance(result, NoScriptError):
                # What comes after it has run before it: a wake without its line, which nobody would look at again.
                return [
                    *results[:index],
                    *[await self._run_alone(name, keys, *args) for name, keys, args in calls[index:]],
                ]
            if isinstance(result, Exception):
                raise TemporaryFailure(f"store: {type(result).__name__}") from result
        return list(results)

    def later(self, *calls: Call) -> None:
        """Run scripts that nobody waits for, in one round trip with what is asked for next; soon in any case.

        A store that is down loses them.
        """
        if isinstance(self.client, RedisCluster):
            self._unheard(calls)
        else:
            replies = shared_by(self.client).post(*self._commands(calls))
            replies.add_done_callback(partial(self._teach, calls))

    def _teach(self, calls: Sequence[Call], replies: asyncio.Future[list[Any]]) -> None:
        """Run again what a server did that did not know it."""
        if replies.cancelled() or replies.exception():
            return
        if forgotten := [call for call, reply in zip(calls, replies.result(), strict=True) if _is_forgotten(reply)]:
            self._unheard(forgotten)

    def _unheard(self, calls: Sequence[Call]) -> None:
        async def run() -> None:
            with suppress(TemporaryFailure):
                await self.run_all(*calls)

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _commands(self, calls: Sequence[Call]) -> list[Sequence[Any]]:
        return [("EVALSHA", self._sha[name], len(keys), *keys, *args) for name, keys, args in calls]


def _is_forgotten(reply: Any) -> bool:
    return isinstance(reply, NoScriptError)


async def fetched_hash(client: Client, key: str) -> dict[str, str]:
    """Return a hash as text, empty when there is none.

    Raises:
        TemporaryFailure: the store is down.
    """
    try:
        found = await client.hgetall(key)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return {name.decode(): value.decode() for name, value in found.items()}
