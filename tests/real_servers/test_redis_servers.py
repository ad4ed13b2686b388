"""Stories on the Redis servers that companies run: Debian's and Valkey, by TLS with a password, behind Sentinels."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.app.settings import Settings
from bot.app.store import open_store
from bot.cli.main import main
from bot.domain.errors import ConfigError
from bot.store.redis import connect, disconnect
from bot.store.server_check import check
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, open_stage
from tests.ports import free_port
from tests.real_servers.programs import wait_for
from tests.real_servers.redis_servers import Replicated, asked, open_replicated, redis_server, server_program

PASSWORD = "redis-s3cret"
QUESTION = "Where is my order A1001?"


@pytest.mark.parametrize("kind", ["redis", "valkey"])
async def test_a_customer_is_answered_and_forgotten_on_a_server_with_a_password(kind: str, tmp_path: Path) -> None:
    command = server_program(kind, tmp_path)
    with redis_server(command, tmp_path / "server", "--requirepass", PASSWORD) as port:
        wait_for(lambda: _answers(port), kind)
        async with open_stage(f"redis://:{PASSWORD}@127.0.0.1:{port}", tmp_path) as stage:
            ts = await stage.writes(SARAH, SARAH_DM, QUESTION)
            answer = (await stage.answers(SARAH_DM, ts))[0]
            findings = await check(stage.engine.client)

    assert "A1001" in answer
    assert [finding.problem for finding in findings if finding.fatal] == []


def test_a_server_that_takes_nothing_more_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis_server(server_program("bundled", tmp_path), tmp_path / "server", "--requirepass", PASSWORD) as port:
        wait_for(lambda: _answers(port), "redis")
        with closing(redis.Redis(port=port, password=PASSWORD)) as client:
            client.config_set("maxmemory", 1)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:{port}")

        with pytest.raises(SystemExit) as ended:
            main(["brake", "on"])

    assert ended.value.code == 1
    assert "REDIS_URL: the server answered no more (OutOfMemoryError)" in capsys.readouterr().err


def _answers(port: int) -> bool:
    with closing(redis.Redis(port=port, password=PASSWORD)) as client:
        return bool(client.ping())


@pytest.fixture(autouse=True)
def _authorities_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client trusts what it names: the context that all tests share would trust what any of them named."""
    monkeypatch.setattr(ssl, "create_default_context", ssl.create_default_context.__wrapped__)  # type: ignore[attr-defined]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine that vouches for itself; its key stands in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "server.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def secure_port(tmp_path: Path, certificate: Path) -> Iterator[int]:
    """A server that speaks TLS alone, and wants a password."""
    files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(certificate), "--tls-auth-clients", "no")
    port = free_port()
    options = ("--tls-port", str(port), *files, "--requirepass", PASSWORD)
    with redis_server(server_program("redis", tmp_path), tmp_path / "server", *options, port=port):
        wait_for(lambda: _answers_by_tls(port, certificate), "the server")
        yield port


def _answers_by_tls(port: int, certificate: Path) -> bool:
    with closing(redis.Redis("127.0.0.1", port, password=PASSWORD, ssl=True, ssl_ca_certs=str(certificate))) as client:
        return bool(client.ping())


async def test_a_customer_is_answered_by_tls(secure_port: int, certificate: Path, tmp_path: Path) -> None:
    url = f"rediss://:{PASSWORD}@127.0.0.1:{secure_port}/0?ssl_ca_certs={certificate}"
    async with open_stage(url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, QUESTION)
        answer = (await stage.answers(SARAH_DM, ts))[0]

    assert "A1001" in answer


async def test_a_certificate_that_nobody_vouches_for_and_a_wrong_password_stop_the_start(
    secure_port: int, certificate: Path, tmp_path: Path
) -> None:
    wrong = (
        f"rediss://:{PASSWORD}@127.0.0.1:{secure_port}/0",
        f"rediss://:not-it@127.0.0.1:{secure_port}/0?ssl_ca_certs={certificate}",
        f"redis://:{PASSWORD}@127.0.0.1:{secure_port}/0",
    )
    for url in wrong:
        with pytest.raises(ConfigError, match="REDIS_URL: the server does not answer"):
            await _started(url, tmp_path)


async def _started(url: str, folder: Path) -> None:
    async with open_store(Settings(redis_url=url, frontdesk_data_dir=folder, _env_file=None)):
        pass


@pytest.fixture
def replicated(tmp_path: Path) -> Iterator[Replicated]:
    with open_replicated(server_program("bundled", tmp_path), tmp_path) as servers:
        yield servers


async def test_a_conversation_goes_on_where_the_primary_was_lost(replicated: Replicated, tmp_path: Path) -> None:
    first = replicated.primary()
    async with open_stage(replicated.url, tmp_path / "data") as stage:
        ts = await stage.writes(SARAH, SARAH_DM, QUESTION)
        before = await stage.answers(SARAH_DM, ts)
        await stage.quiet()
        assert asked(first, "WAIT", "1", "0") == 1

        replicated.kill(first)
        await wait_until(lambda: replicated.primary() != first, what="another primary")
        await wait_until(lambda: _takes_writes(replicated), what="a primary that takes writes")
        await stage.writes(SARAH, SARAH_DM, "Where is my order A1001 now?", ts)
        after = await stage.answers(SARAH_DM, ts, len(before) + 1)
        await stage.quiet()

    assert after[: len(before)] == before
    assert "A1001" in after[-1]


async def _takes_writes(servers: Replicated) -> bool:
    client = connect(servers.url)
    try:
        return bool(await client.set("probe", "1", ex=1))
    except redis.RedisError:
        return False
    finally:
        await disconnect(client)
