"""Verifies who signed a webhook.

https://developer.zendesk.com/documentation/webhooks/verifying/
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from bot.domain.errors import BadSignature

MAX_AGE_SECONDS = 24 * 3600


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """Return Zendesk's signature: base64 of HMAC-SHA256 over timestamp + raw body.

    The secret looks like base64 but is used as it stands. Old documentation showed body + timestamp; Zendesk
    itself sends timestamp + body.
    """
    message = timestamp.encode(errors="replace") + body
    return base64.b64encode(hmac.digest(secret.encode(), message, sha256)).decode("ascii")


def verify(body: bytes, timestamp: str | None, signature: str | None, secrets: Sequence[str], now: float) -> None:
    """Check that a delivery is Zendesk's and fresh.

    Args:
        body: raw bytes as received; Zendesk signs its own formatting, trailing newline included.
        timestamp: header `X-Zendesk-Webhook-Signature-Timestamp`, ISO 8601.
        signature: header `X-Zendesk-Webhook-Signature`.
        secrets: the webhook's signing secrets, two during rotation.
        now: Unix seconds.

    Raises:
        BadSignature: missing, unparsable, older than 24 hours, or signed with another secret.
    """
    if not timestamp or not signature:
        raise BadSignature("the signature headers are missing")
    given = signature.encode(errors="replace")
    matches = [hmac.compare_digest(sign(body, timestamp, secret).encode(), given) for secret in secrets]
    if not any(matches):
        raise BadSignature("the signature does not match")
    if now - _seconds(timestamp) > MAX_AGE_SECONDS:
        raise BadSignature("the signature is older than 24 hours")


def _seconds(timestamp: str) -> float:
    try:
        time = datetime.fromisoformat(timestamp)
    except ValueError:
        raise BadSignature("the signature's timestamp is no ISO 8601 time") from None
    if time.tzinfo is None:
        raise BadSignature("the signature's timestamp has no time zone")
    return time.timestamp()
