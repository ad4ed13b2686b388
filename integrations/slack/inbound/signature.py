"""Verifies Slack's signature: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

import hmac
from collections.abc import Sequence

from bot.domain.errors import BadSignature

MAX_AGE_SECONDS = 300
_LONGEST_TIMESTAMP = 15


def verify(body: bytes, timestamp: str | None, signature: str | None, secrets: Sequence[str], now: float) -> None:
    """Return when the raw body was signed with one of `secrets` within the last five minutes.

    Args:
        body: the bytes as they came, before any decoding.
        timestamp: header `X-Slack-Request-Timestamp`, Unix seconds.
        signature: header `X-Slack-Signature`.
        secrets: signing secrets; two during a rotation. Empty ones are never accepted.
        now: Unix seconds.

    Raises:
        BadSignature: missing, malformed, stale, or not made with any of the secrets.
    """
    if not timestamp or not signature:
        raise BadSignature("signature headers are missing")
    if not _is_integer(timestamp):
        raise BadSignature("timestamp is not an integer")
    if not signature.isascii():
        raise BadSignature("signature is not ASCII")
    if abs(now - int(timestamp)) > MAX_AGE_SECONDS:
        raise BadSignature("timestamp is stale")
    given = signature.encode()
    if not any(hmac.compare_digest(sign(body, timestamp, secret), given) for secret in secrets if secret):
        raise BadSignature("signature does not match")


def _is_integer(timestamp: str) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP


def sign(body: bytes, timestamp: str, secret: str) -> bytes:
    """Return the signature Slack would send for `body`, as the header's bytes."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return b"v0=" + hmac.digest(secret.encode(), base, "sha256").hex().encode()
