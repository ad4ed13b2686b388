"""Over TLS zenpy resends what it must not; the session it is given does not."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import certifi
import pytest

from bot.domain.effects import UpdateTicket
from bot.domain.errors import TemporaryFailure, UnknownOutcome
from integrations.zendesk.outbound.helpdesk import ZendeskHelpDesk, ZendeskSettings
from tests.doubles.clock import ManualClock
from tests.unit.zendesk.stand_in import Asked, Say, StandIn, listening, say_json

NOTE = UpdateTicket(id="effect-note", comment="late order")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="no cryptography to make a certificate with")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now, serial = datetime.now(UTC), x509.random_serial_number()
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), serial, now - timedelta(1), now + timedelta(1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, plain))
    return cert_file, key_file


@pytest.fixture
def zendesk(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with listening(tls) as stand_in:
        yield stand_in


async def updated(zendesk: StandIn, *, read_seconds: float = 20) -> None:
    settings = ZendeskSettings(zendesk.url, email="bot@acme.example", api_token="t", timeout=(20, read_seconds))
    desk = ZendeskHelpDesk(settings, ManualClock())
    try:
        await desk.update("7", NOTE, ())
    finally:
        await desk.close()


def puts(zendesk: StandIn) -> int:
    return sum(asked.method == "PUT" for asked in zendesk.asked)


def known(asked: Asked) -> Say:
    return say_json({"user": {"id": 1001, "name": "Frontdesk Bot", "role": "agent"}})


async def test_an_update_without_an_answer_is_sent_once(zendesk: StandIn) -> None:
    over = threading.Event()

    def answer(asked: Asked) -> Say:
        if asked.method == "PUT":
            over.wait(40)
        return known(asked)

    zendesk.answer = answer
    try:
        with pytest.raises(UnknownOutcome):
            await updated(zendesk, read_seconds=1.0)
    finally:
        over.set()
    assert puts(zendesk) == 1


@pytest.mark.parametrize("status", [413, 503])
async def test_an_update_that_zenpy_would_repeat_is_sent_once(zendesk: StandIn, status: int) -> None:
    zendesk.answer = lambda asked: known(asked) if asked.method == "GET" else say_json({}, status)
    with pytest.raises(Exception, match=str(status)):
        await updated(zendesk)
    assert puts(zendesk) == 1


async def test_a_host_with_a_strange_certificate_is_told_nothing(
    zendesk: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with pytest.raises(TemporaryFailure):
        await updated(zendesk)
    assert not zendesk.asked
