"""How a sandbox is started."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx

from integrations.sandbox.core.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Start values; URLs and secrets can be changed later through ``/_sandbox/config``.

    `slack_status` says which status methods the workspace has: "both", "sessions" (as from February 2027) or "threads"
    (where agents are switched off).
    `slack_retry_delays` and `zendesk_retry_delays` are seconds before each further attempt.
    `transport` replaces the network for deliveries (in-process tests).
    """

    slack_token: str = "xoxb-sandbox"  # noqa: S105 - a simulator's public default
    slack_client_id: str = "sandbox-client"
    slack_client_secret: str = "sandbox-client-secret"  # noqa: S105
    slack_signing_secret: str = "sandbox-signing-secret"  # noqa: S105
    slack_events_url: str = ""
    zendesk_webhook_secret: str = "sandbox-webhook-secret"  # noqa: S105
    zendesk_webhook_url: str = ""
    zendesk_webhook_style: str = "native"
    zendesk_client_id: str = "sandbox"
    zendesk_client_secret: str = "sandbox-secret"  # noqa: S105
    zendesk_email: str = "bot@acme.example"
    zendesk_api_token: str = "sandbox-token"  # noqa: S105
    public_url: str = ""
    state_file: Path | None = None
    slack_ack_seconds: float = 3.0
    slack_retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    zendesk_ack_seconds: float = 12.0
    zendesk_retry_delays: tuple[float, ...] = (1.0, 2.0, 4.0)
    slack_status: str = "both"
    stream_total_seconds: float = 300.0
    stream_idle_seconds: float = 60.0
    search_lag_seconds: float = 2.0
    incremental_lag_seconds: float = 60.0
    own_message_events: bool = True
    random_seed: int | None = None
    clock: Clock = field(default_factory=SystemClock)
    transport: httpx.AsyncBaseTransport | None = None
