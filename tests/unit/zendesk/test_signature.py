"""Who may tell us to look at a ticket."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from bot.domain.errors import BadSignature
from integrations.zendesk.inbound.signature import MAX_AGE_SECONDS, sign, verify

CONTRACTS = Path(__file__).parents[3].parent / "shared" / "contracts"

# https://developer.zendesk.com/documentation/webhooks/verifying/ (the secret of "Test webhook")
SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
STAMP = "2021-03-25T05:09:27Z"
BODY = b'{"event":"ticket.updated","id":123}'
SIGNATURE = "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="
NOW = datetime.fromisoformat(STAMP).timestamp()


def test_a_published_delivery_is_accepted() -> None:
    verify(BODY, STAMP, SIGNATURE, [SECRET], NOW)


def test_the_order_of_old_documentation_is_refused() -> None:
    secret, stamp = "HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=", "2021-07-25T10:00:00Z"
    signature = "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw="
    now = datetime.fromisoformat(stamp).timestamp()
    with pytest.raises(BadSignature, match="does not match"):
        verify(b'{"say": "hello"}', stamp, signature, [secret], now)


def test_raw_bytes_are_signed_not_their_meaning() -> None:
    with pytest.raises(BadSignature):
        verify(BODY + b"\n", STAMP, SIGNATURE, [SECRET], NOW)


def test_either_secret_serves_during_rotation() -> None:
    verify(BODY, STAMP, SIGNATURE, ["the new one", SECRET], NOW)
    verify(BODY, STAMP, sign(BODY, STAMP, "the new one"), ["the new one", SECRET], NOW)


def test_without_secrets_nobody_is_believed() -> None:
    with pytest.raises(BadSignature):
        verify(BODY, STAMP, SIGNATURE, [], NOW)


def test_a_delivery_is_good_for_a_day() -> None:
    verify(BODY, STAMP, SIGNATURE, [SECRET], NOW + MAX_AGE_SECONDS)
    with pytest.raises(BadSignature, match="24 hours"):
        verify(BODY, STAMP, SIGNATURE, [SECRET], NOW + MAX_AGE_SECONDS + 1)


@pytest.mark.parametrize("stamp", ["1616648967", "yesterday", "2021-03-25T05:09:27", "٢٠٢١-03-25T05:09:27Z"])
def test_a_signed_timestamp_must_be_a_time(stamp: str) -> None:
    with pytest.raises(BadSignature, match="timestamp"):
        verify(BODY, stamp, sign(BODY, stamp, SECRET), [SECRET], NOW)


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [(None, SIGNATURE), (STAMP, None), ("", ""), (STAMP, "é\udcff"), ("\udcff", SIGNATURE), (STAMP, SIGNATURE[:-1])],
)
def test_missing_and_broken_headers_are_refused(stamp: str | None, signature: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, stamp, signature, [SECRET], NOW)


def test_all_known_vectors_and_deliveries() -> None:
    path = CONTRACTS / "zendesk_webhook_payloads.json"
    if not path.is_file():
        pytest.skip("no ../shared/contracts")
    document = json.loads(path.read_text())
    for vector in document["signature_vectors"]:
        body, stamp = vector["body"].encode(), vector["timestamp"]
        now = datetime.fromisoformat(stamp).timestamp()
        accepted = True
        try:
            verify(body, stamp, vector["signature"], [vector["secret"]], now)
        except BadSignature:
            accepted = False
        assert accepted is vector["use"], vector["order"]
    signed = [sample["payload"] for sample in document["samples"] if "raw_body" in sample["payload"]]
    assert signed
    for payload in signed:
        headers = payload["headers"]
        stamp = headers["X-Zendesk-Webhook-Signature-Timestamp"]
        verify(
            payload["raw_body"].encode(),
            stamp,
            headers["X-Zendesk-Webhook-Signature"],
            [payload["secret"]],
            datetime.fromisoformat(stamp).timestamp(),
        )
