"""`/healthz`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.telemetry import metrics
from integrations.web import health
from integrations.web.app import create_web
from integrations.web.health import Check, Readiness, health_routes


class Dependency:
    """Answers, or not, and counts how often it was asked."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    async def ping(self) -> None:
        self.asked += 1
        if self.error:
            raise self.error


class Stopwatch:
    """Monotonic seconds that move when told to."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


VENDORS = {"slack", "zendesk"}


@asynccontextmanager
async def open_health(watch: Stopwatch, **checks: Check) -> AsyncIterator[httpx.AsyncClient]:
    vendors = {name: checks.pop(name) for name in VENDORS & checks.keys()}
    app = create_web(*health_routes(Readiness(checks, watch, vendors=vendors)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://frontdesk.test") as client:
        yield client


async def test_alive_is_alive_whatever_the_dependencies_do() -> None:
    redis = Dependency()
    redis.error = ConnectionError()
    async with open_health(Stopwatch(), redis=redis.ping) as web:
        assert (await web.get("/healthz")).status_code == 200
    assert redis.asked == 0


async def test_ready_when_every_dependency_answers() -> None:
    async with open_health(Stopwatch(), redis=Dependency().ping, database=Dependency().ping) as web:
        answer = await web.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "dependencies": {"redis": "ok", "database": "ok"}}


async def test_not_ready_names_which_dependency_is_not_and_nothing_more() -> None:
    database = Dependency()
    database.error = RuntimeError("password abc is wrong for postgresql://desk@db")
    async with open_health(Stopwatch(), redis=Dependency().ping, database=database.ping) as web:
        answer = await web.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["dependencies"] == {"redis": "ok", "database": "unreachable"}
    assert "abc" not in answer.text


@pytest.mark.parametrize("vendor", ["slack", "zendesk"])
async def test_a_vendor_that_is_away_is_shown_and_makes_nobody_unready(vendor: str) -> None:
    away = Dependency()
    away.error = RuntimeError("token abc is wrong for https://acme.zendesk.com")
    async with open_health(Stopwatch(), **{"redis": Dependency().ping, vendor: away.ping}) as web:
        answer = await web.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "dependencies": {"redis": "ok", vendor: "unreachable"}}
    assert "abc" not in answer.text


async def test_a_dependency_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)

    async def hang() -> None:
        await asyncio.Event().wait()

    async with open_health(Stopwatch(), slack=hang) as web:
        assert (await web.get("/readyz")).json()["dependencies"] == {"slack": "unreachable"}


async def test_dependencies_are_asked_at_most_every_five_seconds() -> None:
    watch, redis = Stopwatch(), Dependency()
    async with open_health(watch, redis=redis.ping) as web:
        await asyncio.gather(*(web.get("/readyz") for _ in range(5)))
        redis.error = ConnectionError()
        cached = await web.get("/readyz")
        watch.seconds = 5.0
        fresh = await web.get("/readyz")

    assert redis.asked == 2
    assert [cached.status_code, fresh.status_code] == [200, 503]


async def test_every_metric_begins_with_frontdesk_and_can_be_read() -> None:
    metrics.TURNS.labels(owner="bot", outcome="answered").inc()
    async with open_health(Stopwatch()) as web:
        answer = await web.get("/metrics")

    families = list(text_string_to_metric_families(answer.text))
    assert {family.name for family in families if not family.name.startswith("frontdesk_")} == set()
    assert {"frontdesk_turns", "frontdesk_effects", "frontdesk_http_requests"} <= {family.name for family in families}
    assert answer.headers["content-type"].startswith("text/plain")
