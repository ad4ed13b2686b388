"""Every form of `REDIS_URL` leads where it says."""

import pytest
from redis.asyncio.cluster import RedisCluster

from bot.domain.errors import ConfigError
from bot.store.redis import POOL, SECONDS, connect


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache.example:7000/3", {"host": "cache.example", "port": 7000, "db": 3}),
        ("redis://user:secret@cache.example", {"host": "cache.example", "username": "user", "password": "secret"}),
        ("unix:///run/redis.sock?db=2", {"path": "/run/redis.sock", "db": 2}),
    ],
)
def test_a_single_server(url: str, expected: dict[str, object]) -> None:
    options = connect(url).connection_pool.connection_kwargs

    assert {name: options[name] for name in expected} == expected
    assert options["socket_timeout"] == SECONDS


def test_tls_checks_the_server_s_certificate() -> None:
    pool = connect("rediss://:secret@cache.example:6380/0?ssl_ca_certs=/etc/ca.pem").connection_pool
    connection = pool.make_connection()

    assert type(connection).__name__ == "SSLConnection"
    assert connection.ssl_context.cert_reqs.name == "CERT_REQUIRED"
    assert connection.ssl_context.ca_certs == "/etc/ca.pem"
    assert pool.max_connections == POOL


@pytest.mark.parametrize(
    ("url", "nodes", "master", "options"),
    [
        ("redis+sentinel://one:26380/desk", [("one", 26380)], "desk", {"db": 0}),
        ("redis+sentinel://:p%40ss@one/desk", [("one", 26379)], "desk", {"username": None, "password": "p@ss"}),
        ("redis+sentinel://one,two:26381/desk/4", [("one", 26379), ("two", 26381)], "desk", {"db": 4}),
        (
            "redis+sentinel://user:p%40ss@one:1,two:2,three:3/desk",
            [("one", 1), ("two", 2), ("three", 3)],
            "desk",
            {"username": "user", "password": "p@ss"},
        ),
    ],
)
def test_sentinels(url: str, nodes: list[tuple[str, int]], master: str, options: dict[str, object]) -> None:
    pool = connect(url).connection_pool
    asked = [sentinel.connection_pool.connection_kwargs for sentinel in pool.sentinel_manager.sentinels]

    assert [(node["host"], node["port"]) for node in asked] == nodes
    assert pool.service_name == master
    assert {name: pool.connection_kwargs[name] for name in options} == options


def test_a_cluster() -> None:
    client = connect("redis+cluster://user:secret@one:7000")

    assert isinstance(client, RedisCluster)
    assert list(client.nodes_manager.startup_nodes) == ["one:7000"]


@pytest.mark.parametrize(
    ("url", "nodes"),
    [
        ("redis+cluster://one:7000,two:7001", {"one:7000", "two:7001"}),
        ("redis+cluster://user:p%40ss@one,two:7001,three:7002/0", {"one:6379", "two:7001", "three:7002"}),
        ("redis+cluster://:p%40ss@[::1]:7000,[::2]:7001?ssl=true", {"::1:7000", "::2:7001"}),
    ],
)
def test_a_cluster_by_several_of_its_nodes(url: str, nodes: set[str]) -> None:
    client = connect(url)

    assert set(client.nodes_manager.startup_nodes) == nodes
    for node in client.nodes_manager.startup_nodes.values():
        assert node.connection_kwargs.get("password") == ("p@ss" if "@" in url else None)
        assert node.connection_kwargs["socket_timeout"] == SECONDS


def test_a_cluster_over_tls() -> None:
    client = connect("redis+cluster://one:7000?ssl=true")

    assert client.connection_kwargs["connection_class"].__name__ == "SSLConnection"


@pytest.mark.parametrize(
    "url",
    [
        *("http://cache.example", "cache.example:6379", "redis+sentinel://one:26379"),
        *("redis+cluster://", "redis+cluster://one:7000,", "redis+cluster://one:seven"),
    ],
)
def test_what_leads_nowhere_is_explained(url: str) -> None:
    with pytest.raises(ConfigError, match="REDIS_URL"):
        connect(url)
