"""Ends with 0 where this container's Frontdesk is alive: the web app on 8080, or a worker on FRONTDESK_METRICS_PORT."""

import os
import sys
from urllib.request import urlopen

PORTS = ("8080", os.environ.get("FRONTDESK_METRICS_PORT") or "9464")


def is_alive(port: str) -> bool:
    """Return whether somebody answers there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(not any(is_alive(port) for port in PORTS))
