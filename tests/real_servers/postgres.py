"""A PostgreSQL of the tests' own, on loopback, with a password; each test gets an empty database of its own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.ports import free_port
from tests.real_servers.programs import folder_of, program, running, unprivileged, wait_for

USER, PASSWORD = "frontdesk", "pg-s3cret"
PROGRAMS = "/usr/lib/postgresql/*/bin"
_numbers = count()


class Postgres:
    """A running server."""

    def __init__(self, psql: str, port: int) -> None:
        self._psql = psql
        self.port = port

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"desk_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        """Return the URL by which the product reaches a database."""
        return f"postgresql+asyncpg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as its administrator does; return what it says."""
        address = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
        command = [self._psql, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", address, "--command", statement]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip()


@contextmanager
def open_postgres() -> Iterator[Postgres]:
    """Yield a server; skip where none is installed. It refuses root, so it runs as somebody else there."""
    initdb = program("initdb", f"{PROGRAMS}/initdb", package="postgresql")
    server = program("postgres", f"{PROGRAMS}/postgres", package="postgresql")
    psql = program("psql", f"{PROGRAMS}/psql", package="postgresql-client")
    user = unprivileged()
    with folder_of(user, "postgres") as folder:
        data, port = folder / "data", free_port()
        _make(initdb, data, user)
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",  # nothing here outlives the run
            "shared_buffers": "16MB",
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with running([server, "-D", str(data), *settings], Path(f"{folder}.log"), user) as process:
            found = Postgres(psql, port)
            try:
                wait_for(lambda: process.poll() is not None or found.run("SELECT 1"), "PostgreSQL")
                yield found
            finally:
                process.terminate()
                process.wait()
                Path(f"{folder}.log").unlink()


def _make(initdb: str, data: Path, user: str | None) -> None:
    secret = data.with_name("password")
    secret.write_text(PASSWORD, "utf-8")
    secret.chmod(0o644)
    command = [initdb, "--pgdata", str(data), "--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256"]
    quick = ["--no-sync", "--encoding", "UTF8", "--locale", "C"]
    subprocess.run(
        [*command, *quick], check=True, capture_output=True, user=user, extra_groups=[] if user else None, cwd="/"
    )
