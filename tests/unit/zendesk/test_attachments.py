"""Attachments: from the vendor alone, never too large, and credentials never leave the account's host."""

import threading
from collections.abc import Iterator

import pytest

from bot.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from integrations.zendesk.outbound.attachments import MAX_BYTES, Fetcher
from tests.unit.zendesk.stand_in import Asked, CountingKey, Say, StandIn, listening

NEVER = threading.Event()


@pytest.fixture
def zendesk() -> Iterator[StandIn]:
    with listening() as stand_in:
        yield stand_in


@pytest.fixture
def fetcher(zendesk: StandIn) -> Fetcher:
    return Fetcher(zendesk.url, CountingKey(), (1.0, 2.0))


def test_our_host_sees_the_credentials(fetcher: Fetcher, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(b"\x00label")
    assert fetcher.fetch(f"{zendesk.url}/attachments/token/x", NEVER) == b"\x00label"
    assert zendesk.asked[0].headers["Authorization"] == "Key 1"


def test_after_a_redirect_nobody_sees_them(fetcher: Fetcher, zendesk: StandIn) -> None:
    def answer(asked: Asked) -> Say:
        return Say(b"label") if asked.path == "/store" else Say(status=302, headers={"Location": "/store"})

    zendesk.answer = answer
    assert fetcher.fetch(f"{zendesk.url}/attachments/token/x", NEVER) == b"label"
    assert "Authorization" not in zendesk.asked[1].headers


@pytest.mark.parametrize(
    "addresses", [("10.0.0.5",), ("169.254.169.254",), ("127.0.0.1",), ("::1",), ("93.184.216.34", "192.168.1.1")]
)
def test_a_redirect_into_a_private_network_is_refused(
    fetcher: Fetcher, zendesk: StandIn, monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    monkeypatch.setattr("integrations.zendesk.outbound.attachments._addresses", lambda _: list(addresses))
    zendesk.answer = lambda _: Say(status=302, headers={"Location": "https://storage.example/x"})
    with pytest.raises(PermanentFailure, match="do not go"):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)


@pytest.mark.parametrize(
    "location", ["http://storage.example/x", "http://127.0.0.1:1/x", "file:///etc/passwd", "https:///x", "ftp://x/"]
)
def test_a_redirect_out_of_tls_is_refused(fetcher: Fetcher, zendesk: StandIn, location: str) -> None:
    zendesk.answer = lambda _: Say(status=302, headers={"Location": location})
    with pytest.raises(PermanentFailure, match="do not go"):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)
    assert len(zendesk.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/x",
        "https://evilzendesk.com/x",
        "https://zendesk.com.evil.example/x",
        "http://acme.zendesk.com/x",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
    ],
)
def test_foreign_files_are_not_asked_for(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(PermanentFailure, match="not at Zendesk"):
        fetcher.fetch(url, NEVER)


def test_redirects_come_to_an_end(fetcher: Fetcher, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(status=302, headers={"Location": f"/{len(zendesk.asked)}"})
    with pytest.raises(PermanentFailure, match="too often"):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)
    assert len(zendesk.asked) < 10


def test_a_file_over_the_limit_is_left(fetcher: Fetcher, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(b"x" * MAX_BYTES)
    assert len(fetcher.fetch(f"{zendesk.url}/x", NEVER)) == MAX_BYTES
    zendesk.answer = lambda _: Say(b"x" * (MAX_BYTES + 1))
    with pytest.raises(PermanentFailure, match="20 MiB"):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)


def test_a_refused_token_is_renewed_once(fetcher: Fetcher, zendesk: StandIn) -> None:
    zendesk.answer = lambda asked: Say(b"x", 200 if asked.headers["Authorization"] == "Key 2" else 401)
    assert fetcher.fetch(f"{zendesk.url}/x", NEVER) == b"x"
    zendesk.answer = lambda _: Say(status=401)
    with pytest.raises(PermanentFailure):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)
    assert len(zendesk.asked) == 4


def test_failures_are_told_apart(fetcher: Fetcher, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(status=404)
    with pytest.raises(NotFound):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)
    zendesk.answer = lambda _: Say(status=503)
    with pytest.raises(TemporaryFailure):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)
    zendesk.answer = lambda _: Say(b"half", promised=1000)
    with pytest.raises(TemporaryFailure):
        fetcher.fetch(f"{zendesk.url}/x", NEVER)


def test_when_the_caller_has_gone_the_download_ends(fetcher: Fetcher, zendesk: StandIn) -> None:
    zendesk.answer = lambda _: Say(b"x" * 1_000_000)
    gone = threading.Event()
    gone.set()
    with pytest.raises(TemporaryFailure):
        fetcher.fetch(f"{zendesk.url}/x", gone)
