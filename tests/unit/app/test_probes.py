"""A worker tells how it is on a port of its own, and works without where it cannot have one."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog

from bot.app.probes import probed
from bot.app.reception import Reception, open_reception
from bot.app.settings import METRICS_PORT, Settings
from tests.ports import free_port


def settings_of(folder: Path, **more: object) -> Settings:
    return Settings(_env_file=None, frontdesk_data_dir=folder / "data", **more)  # type: ignore[arg-type]


@pytest.fixture
async def reception(redis_url: str, tmp_path: Path) -> AsyncIterator[Reception]:
    settings = settings_of(tmp_path, redis_url=redis_url, frontdesk_metrics_port=free_port())
    async with open_reception(settings) as opened:
        yield opened


async def test_it_answers_what_the_web_app_answers(reception: Reception) -> None:
    async with probed(reception, "127.0.0.1") as url, httpx.AsyncClient(base_url=url, timeout=60) as asked:
        alive = await asked.get("/healthz")
        ready = await asked.get("/readyz")
        shown = await asked.get("/metrics")
        other = await asked.get("/chat")

    assert url == f"http://127.0.0.1:{reception.settings.frontdesk_metrics_port}"
    assert [answer.status_code for answer in (alive, ready, shown, other)] == [200, 200, 200, 404]
    assert ready.json()["dependencies"] == {"redis": "ok", "database": "ok"}
    assert "frontdesk_brake 0.0" in shown.text
    assert ready.headers["x-content-type-options"] == "nosniff"


async def test_the_port_is_free_again_afterwards(reception: Reception) -> None:
    async with probed(reception, "127.0.0.1") as first:
        pass
    async with probed(reception, "127.0.0.1") as second:
        pass

    assert first == second


async def test_where_the_port_is_taken_it_says_so_and_goes_on(reception: Reception) -> None:
    port = reception.settings.frontdesk_metrics_port
    with socket.create_server(("127.0.0.1", port)), structlog.testing.capture_logs() as told:
        async with probed(reception, "127.0.0.1") as url:
            assert url == ""

    warned = next(line for line in told if line["event"] == "metrics.not_served")
    assert (warned["log_level"], warned["port"]) == ("warning", port)


async def test_an_address_of_another_machine_stops_nobody_either(reception: Reception) -> None:
    async with probed(reception, "203.0.113.7") as url:
        assert url == ""


async def test_port_0_is_nowhere(redis_url: str, tmp_path: Path) -> None:
    async with (
        open_reception(settings_of(tmp_path, redis_url=redis_url, frontdesk_metrics_port=0)) as reception,
        probed(reception, "127.0.0.1") as url,
    ):
        assert url == ""


@pytest.mark.parametrize("address", ["tcp://10.0.171.239:9464", "udp://10.0.171.239:9464"])
def test_what_kubernetes_says_of_a_service_of_that_name_is_no_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    monkeypatch.setenv("FRONTDESK_METRICS_PORT", address)

    assert settings_of(tmp_path).frontdesk_metrics_port == METRICS_PORT
