"""A token never leaves for a foreign host, and no redirect leads into the network."""

import ipaddress
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.domain.errors import PermanentFailure
from bot.domain.events import File
from integrations.slack.api.client import SlackApi, SlackSettings
from integrations.slack.api.hosts import is_configured, is_slack_address
from integrations.slack.outbound.files import PublicResolver, download
from tests.doubles.clock import ManualClock

API = "https://slack.com/api/"
LOCAL = "http://127.0.0.1:5000/slack/api/"


class Answering(AbstractResolver):
    """A resolver with one answer for all names."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        version = ipaddress.ip_address(self.address).version
        return [
            ResolveResult(
                hostname=host,
                host=self.address,
                port=port,
                family=socket.AF_INET6 if version == 6 else socket.AF_INET,
                proto=0,
                flags=0,
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("url", "api_url", "trusted"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.pdf", API, True),
        ("https://slack.com/x", API, True),
        ("https://slack-files.com/x", API, True),
        ("http://files.slack.com/x", API, False),
        ("https://files.slack.com.evil.example/x", API, False),
        ("https://evilslack.com/x", API, False),
        ("https://user:pw@files.slack.com/x", API, False),
        ("https://files.slack.com@evil.example/x", API, False),
        ("https://evil.example/?files.slack.com", API, False),
        ("ftp://files.slack.com/x", API, False),
        ("//files.slack.com/x", API, False),
        ("", API, False),
        ("http://127.0.0.1:5000/_files/F1", LOCAL, True),
        ("http://127.0.0.1:5001/_files/F1", LOCAL, False),
        ("http://127.0.0.1:5000/_files/F1", API, False),
        ("http://localhost:bad/x", LOCAL, False),
    ],
)
def test_which_addresses_are_slacks(url: str, api_url: str, trusted: bool) -> None:
    assert is_slack_address(url, api_url) is trusted


def test_nothing_is_not_the_configured_server() -> None:
    assert not is_configured("", "")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1"])
async def test_a_name_that_resolves_into_the_network_is_refused_when_connecting(address: str) -> None:
    connector = aiohttp.TCPConnector(resolver=PublicResolver(Answering(address)))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(PermanentFailure, match="private"):
            await session.get("https://files.slack.com/x")


async def test_a_public_name_is_resolved() -> None:
    found = await PublicResolver(Answering("93.184.216.34")).resolve("files.slack.com", 443)
    assert found[0]["host"] == "93.184.216.34"


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://169.254.169.254/latest", "file:///etc/passwd"])
async def test_a_file_elsewhere_is_not_fetched(url: str) -> None:
    api = SlackApi(SlackSettings("xoxb-1"), ManualClock())
    with pytest.raises(PermanentFailure) as refused:
        await download(api, File("F1", "a", url))
    assert refused.value.code == "foreign_host"
    await api.close()


def test_settings_do_not_print_the_token() -> None:
    assert "xoxb-secret" not in repr(SlackSettings("xoxb-secret"))
