"""``python -m integrations.sandbox``: serve the simulator and print its address."""

import argparse
import contextlib
import socket
import sys
from pathlib import Path

import uvicorn

from integrations.sandbox.app import create_app
from integrations.sandbox.core.options import SandboxOptions


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="file that keeps the world over restarts")
    parser.add_argument("--slack-events-url", default="")
    parser.add_argument("--zendesk-webhook-url", default="")
    parser.add_argument("--zendesk-webhook-style", choices=("native", "trigger", "both"), default="native")
    defaults = SandboxOptions()
    parser.add_argument("--slack-token", default=defaults.slack_token)
    parser.add_argument("--slack-signing-secret", default=defaults.slack_signing_secret)
    parser.add_argument("--zendesk-webhook-secret", default=defaults.zendesk_webhook_secret)
    parser.add_argument("--public-url", default="", help="how others reach it, if not by host and port")
    return parser.parse_args(argv)


def _serve(args: argparse.Namespace) -> None:
    family = socket.AF_INET6 if ":" in args.host else socket.AF_INET
    # With the protocol named, the event loop switches Nagle off: without it every answer waits 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((args.host, args.port))
        listener.listen()  # before the address is printed: whoever reads it may connect at once
        shown = f"[{args.host}]" if family == socket.AF_INET6 else args.host
        address = f"http://{shown}:{listener.getsockname()[1]}"
        app = create_app(
            SandboxOptions(
                slack_token=args.slack_token,
                slack_signing_secret=args.slack_signing_secret,
                slack_events_url=args.slack_events_url,
                zendesk_webhook_secret=args.zendesk_webhook_secret,
                zendesk_webhook_url=args.zendesk_webhook_url,
                zendesk_webhook_style=args.zendesk_webhook_style,
                public_url=args.public_url or address,
                state_file=args.state,
            )
        )
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        sys.stdout.write(f"sandbox {address}\n")
        sys.stdout.flush()
        uvicorn.Server(config).run(sockets=[listener])


def main(argv: list[str] | None = None) -> None:
    """Serve until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        _serve(_arguments(argv))


if __name__ == "__main__":
    main()
